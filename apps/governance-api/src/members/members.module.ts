import { Module } from '@nestjs/common';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';
import { PermissionsController } from './permissions.controller.js';
import { PermissionsService } from './permissions.service.js';
import { PreferencesService } from './preferences.service.js';

@Module({
  controllers: [MembersController, PermissionsController],
  providers: [MembersService, PreferencesService, PermissionsService],
  exports: [MembersService],
})
export class MembersModule {}
