import type { DiscoveryService } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Engine } from './cache/engine.js';
import type { BehindHandler, WriteBehindHandling } from './contracts/behind-handler.js';
import { handlerTerms } from './contracts/behind-terms.js';
import { CacheError } from './contracts/errors.js';
import { BEHIND_HANDLER_METADATA } from './contracts/operations.js';
import type { BehindHandlerSite } from './decorators/write-behind.decorator.js';

/** A provider that brings the writes of a region to the database. */
interface Found {
  readonly name: string;
  readonly instance: WriteBehindHandling;
  readonly site: BehindHandlerSite;
}

/**
 * Finds the providers with `@WriteBehindHandler`, one for each region at most.
 * @throws CacheError `INVALID_DECORATOR`, `INVALID_OPTION` or `WRITE_BEHIND_REGION`, naming class and region.
 */
export function behindHandlers(discovery: DiscoveryService, { regions }: Engine): readonly BehindHandler[] {
  const byRegion = new Map<string, Found>();
  return discovery.getProviders().flatMap((wrapper) => {
    const found = handlerIn(wrapper);
    if (found === undefined) return [];
    const { name, instance, site } = found;
    const { name: region, behind } = regions.register(site.region);
    const other = byRegion.get(region);
    if (other?.instance === instance) return [];
    if (other !== undefined)
      throw new CacheError(
        'INVALID_DECORATOR',
        `${other.name} and ${name} are both @WriteBehindHandler of '${region}'; a region has one`,
      );
    if (behind === undefined)
      throw new CacheError(
        'WRITE_BEHIND_REGION',
        `${name} is @WriteBehindHandler of '${region}', which has no writeBehind; say so in its options`,
      );
    byRegion.set(region, found);
    const terms = handlerTerms(site.options, behind.terms.kind, name);
    // what it throws at once is a rejection as well
    const write: BehindHandler['write'] = async (batch, context) => instance.write(batch as never, context);
    behind.handler = { region: behind, terms, write };
    return [behind.handler];
  });
}

function handlerIn(wrapper: InstanceWrapper): Found | undefined {
  const instance: unknown = wrapper.instance;
  const isObject = typeof instance === 'object' && instance !== null;
  const type: unknown = isObject ? instance.constructor : wrapper.metatype;
  if (typeof type !== 'function') return undefined;
  const site = Reflect.getMetadata(BEHIND_HANDLER_METADATA, type) as BehindHandlerSite | undefined;
  if (site === undefined) return undefined;
  const { name } = type;
  if (!isObject || !wrapper.isDependencyTreeStatic())
    throw new CacheError(
      'INVALID_DECORATOR',
      `${name} is @WriteBehindHandler and cannot be request-scoped or transient: batches belong to no request`,
    );
  if (typeof (instance as Partial<WriteBehindHandling>).write !== 'function')
    throw new CacheError(
      'INVALID_DECORATOR',
      `${name} is @WriteBehindHandler and needs a method write(batch, context)`,
    );
  return { name, instance: instance as WriteBehindHandling, site };
}
