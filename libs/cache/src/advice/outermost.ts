import type { NestInterceptor } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';

/** What is used of Nest's own configuration, which no public provider gives. */
interface GlobalInterceptors {
  getGlobalInterceptors?: () => NestInterceptor[];
}

/**
 * Makes an interceptor the outermost of the application, wherever its module stands among the imports.
 * Global interceptors run in the order in which their modules are scanned, the root module's first. One that stood outside ours
 * would get bytes instead of objects, and a ClassSerializerInterceptor could no longer hide what it is there to hide.
 * `false`: this Nest keeps its configuration elsewhere, and the order cannot be vouched for.
 */
export function makeOutermost(modules: ModuleRef, interceptor: NestInterceptor): boolean {
  const { container } = modules as unknown as { container?: { applicationConfig?: GlobalInterceptors } };
  const config = container?.applicationConfig;
  const original = config?.getGlobalInterceptors;
  if (config === undefined || typeof original !== 'function') return false;
  config.getGlobalInterceptors = () => {
    const all = original.call(config);
    return all.includes(interceptor) ? [interceptor, ...all.filter((one) => one !== interceptor)] : all;
  };
  return true;
}
