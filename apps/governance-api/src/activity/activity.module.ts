import type { MiddlewareConsumer, NestModule } from '@nestjs/common';
import { Global, Module, RequestMethod } from '@nestjs/common';
import { ActivityService } from './activity.service.js';
import { PageViewsMiddleware } from './page-views.middleware.js';
import { RecordedController } from './recorded.controller.js';
import { SightingsHandler } from './sightings.handler.js';
import { ViewsHandler } from './views.handler.js';

@Global()
@Module({
  controllers: [RecordedController],
  providers: [ActivityService, SightingsHandler, ViewsHandler],
})
export class ActivityModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(PageViewsMiddleware).forRoutes({ path: 'communities/:id', method: RequestMethod.GET });
  }
}
