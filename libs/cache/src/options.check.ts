import type { ValidationError } from 'class-validator';
import { validateSync } from 'class-validator';
import { CacheError } from './contracts/errors.js';
import { NodeSchema, RedisSchema, TlsSchema } from './options.redis.js';
import {
  MaintenanceSchema,
  MemorySchema,
  MonitoringSchema,
  OptionsSchema,
  WarmingSchema,
} from './options.schema.js';
import { WriteBehindSchema } from './options.write-behind.js';

/** Options before anybody knows whether they are what their types say. */
interface Unchecked {
  readonly redis?: unknown;
  readonly partitions?: unknown;
  readonly memory?: unknown;
  readonly monitoring?: unknown;
  readonly warming?: unknown;
  readonly maintenance?: unknown;
  readonly writeBehind?: unknown;
}

/** @throws CacheError `INVALID_OPTION` that names every bad option, what it got and what is allowed. */
export function assertValid(options: Unchecked): void {
  const { partitions } = options;
  const faults = faultsOf(toSchema(options), '');
  for (const [name, target] of Object.entries(isObject(partitions) ? partitions : {})) {
    const where = `partitions.${name}`;
    if (isObject(target)) faults.push(...faultsOf(redisSchema(target), where));
    else faults.push(`${where} got a value that is not shown: must be an object`);
  }
  if (faults.length > 0) throw new CacheError('INVALID_OPTION', `CacheModule: ${faults.join('; ')}`);
}

function faultsOf(schema: object, where: string): string[] {
  const checked = validateSync(schema, { whitelist: true, forbidNonWhitelisted: true });
  return checked.flatMap((error) => describe(error, where));
}

function toSchema(options: Unchecked): OptionsSchema {
  const { redis, memory, warming, writeBehind, maintenance, monitoring: watched } = options;
  const schema: OptionsSchema = Object.assign(new OptionsSchema(), options);
  if (isObject(redis)) schema.redis = redisSchema(redis);
  if (isObject(memory)) schema.memory = Object.assign(new MemorySchema(), memory);
  if (isObject(warming)) schema.warming = Object.assign(new WarmingSchema(), warming);
  if (isObject(writeBehind)) schema.writeBehind = Object.assign(new WriteBehindSchema(), writeBehind);
  if (typeof watched === 'boolean') delete schema.monitoring;
  else if (isObject(watched)) schema.monitoring = Object.assign(new MonitoringSchema(), watched);
  if (typeof maintenance === 'boolean') delete schema.maintenance;
  else if (isObject(maintenance)) schema.maintenance = Object.assign(new MaintenanceSchema(), maintenance);
  return schema;
}

function redisSchema(given: object): RedisSchema {
  const schema = Object.assign(new RedisSchema(), given);
  const { tls } = schema as { tls?: unknown };
  if (typeof tls === 'boolean') delete schema.tls;
  else if (isObject(tls)) schema.tls = Object.assign(new TlsSchema(), tls);
  for (const list of ['sentinels', 'cluster'] as const) {
    const nodes: unknown = schema[list];
    if (Array.isArray(nodes))
      schema[list] = nodes.map((one) => Object.assign(new NodeSchema(), one as object));
  }
  return schema;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is a secret, or may hold one where something else was expected. */
const SECRET =
  /password|token|url|^redis$|^sentinels$|^cluster$|^partitions$|^monitoring$|^(tls|ca|cert|key)$/i;

/** One line per fault: `redis.port got 0: must not be less than 1`. Secrets are named, never shown. */
function describe(error: ValidationError, path: string): string[] {
  const name = path === '' ? error.property : `${path}.${error.property}`;
  const nested = (error.children ?? []).flatMap((child) => describe(child, name));
  const { constraints } = error;
  if (constraints === undefined) return nested;
  if ('whitelistValidation' in constraints) return [`${name} is no option`, ...nested];
  const got = SECRET.test(error.property) ? 'a value that is not shown' : show(error.value);
  const { nestedValidation, ...own } = constraints;
  const broken = Object.values(own).length > 0 || nestedValidation === undefined ? own : { nestedValidation };
  const rules = [...new Set(Object.values(broken))].map((rule) => rule.replace(`${error.property} `, ''));
  return [`${name} got ${got}: ${rules.join(', ')}`, ...nested];
}

function show(value: unknown): string {
  if (typeof value === 'function') return value.name;
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 100);
  } catch {
    return typeof value;
  }
}
