import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import { IsInt, Max, Min, ValidateBy, ValidateIf } from 'class-validator';
import { parseDuration } from './contracts/duration.js';
import type { LoadOptions } from './contracts/load-policy.js';
import { loadPolicy, PLAIN_LOADS } from './contracts/load-policy.js';

/** May be left out. `null` is a value like any other, and never an allowed one: class-validator's own `IsOptional` lets it pass. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** A duration of at least `min` milliseconds. */
export function IsDuration(min = 0): PropertyDecorator {
  return ValidateBy({
    name: 'isDuration',
    validator: {
      validate: (value) => (parseDuration(value) ?? -1) >= min,
      defaultMessage: () =>
        `must be a duration${min > 0 ? ` of at least ${min} ms` : ''}: milliseconds, or text such as '250ms', '5s', '5m', '1h', '7d'`,
    },
  });
}

/** An option of loads, by the rule that holds for it wherever it stands. */
export function IsLoadOption(name: keyof LoadOptions): PropertyDecorator {
  const fault = (value: unknown): string | undefined => {
    try {
      // what one option needs of another is seen when all are there
      loadPolicy({ failSafe: true, [name]: value }, PLAIN_LOADS, 'CacheModule');
      return undefined;
    } catch (error) {
      return (error as Error).message.replace(' of CacheModule', '');
    }
  };
  return ValidateBy({
    name: 'isLoadOption',
    validator: {
      validate: (value) => fault(value) === undefined,
      defaultMessage: (args) => fault(args?.value) ?? '',
    },
  });
}

export function isVersion(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0;
  return typeof value === 'string' && /^[\w.-]{1,50}$/.test(value);
}

export const IsVersion = (): PropertyDecorator =>
  ValidateBy({
    name: 'isVersion',
    validator: {
      validate: (value) => value === false || isVersion(value),
      defaultMessage: () =>
        `must be a number, a text of letters, digits, '.', '-' and '_', or false for keys without a version`,
    },
  });

export const IsListOf = (isOne: (value: unknown) => boolean, what: string): PropertyDecorator =>
  ValidateBy({
    name: 'isListOf',
    validator: {
      validate: (value) => Array.isArray(value) && value.every(isOne),
      defaultMessage: () => `must be an array of ${what}`,
    },
  });

/** Other options say the same in another way: both together would leave open which is meant. */
export const IsAlone = (others: readonly string[]): PropertyDecorator =>
  ValidateBy({
    name: 'isAlone',
    validator: {
      validate: (_, args) =>
        others.every((other) => (args?.object as Record<string, unknown>)[other] === undefined),
      defaultMessage: () => `cannot be combined with ${others.join(', ')}`,
    },
  });

/** An object whose keys are names of a kind. */
export const IsNaming = (name: RegExp, what: string): PropertyDecorator =>
  ValidateBy({
    name: 'isNaming',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'object' && value !== null && Object.keys(value).every((key) => name.test(key)),
      defaultMessage: () => `must have ${what}`,
    },
  });

export const Port = (): PropertyDecorator => (target, key) => {
  for (const rule of [IsInt(), Min(1), Max(65_535)]) rule(target, key);
};

const URL_SHAPE = /^(redis|rediss|unix):\/\//;

/** What a Redis URL must be, for people. */
export const REDIS_URL_RULE = 'must be a URL that starts with redis://, rediss:// or unix://';

/** Whether ioredis can read a URL; what it throws otherwise holds the URL, and with it the password. */
export function isRedisUrl(url: unknown): boolean {
  if (typeof url !== 'string' || !URL_SHAPE.test(url)) return false;
  try {
    const { username, password, pathname, protocol } = new URL(url);
    decodeURIComponent(username + password);
    return protocol === 'unix:' || /^\/?\d*$/.test(pathname);
  } catch {
    return false;
  }
}

export const IsRedisUrl = (): PropertyDecorator =>
  ValidateBy({
    name: 'isRedisUrl',
    validator: { validate: isRedisUrl, defaultMessage: () => REDIS_URL_RULE },
  });

const isPem = (value: unknown): boolean =>
  typeof value === 'string' || Buffer.isBuffer(value) ? value.includes('-----BEGIN ') : false;

/** Certificates or keys as text. Whether they can be read is the business of `IsReadableTls`. */
export const IsPem = (): PropertyDecorator =>
  ValidateBy({
    name: 'isPem',
    validator: {
      validate: (value) => isPem(value) || (Array.isArray(value) && value.length > 0 && value.every(isPem)),
      defaultMessage: () => 'must be text or a Buffer in PEM',
    },
  });

/** What is wrong with certificates and keys that are PEM: a connection that is tried with them would fail for ever. */
function faultOfTls({ ca, cert, key }: SecureContextOptions): string | undefined {
  if ((cert === undefined) !== (key === undefined)) return 'must have both cert and key, or neither';
  const authorities = ca === undefined ? [] : [ca].flat();
  if (![...authorities, cert, key].every((text) => text === undefined || isPem(text))) return undefined;
  try {
    createSecureContext({ ca, cert, key });
    // of these it lets pass what it cannot read
    for (const one of authorities) new X509Certificate(one);
    return undefined;
  } catch {
    return 'must have certificates and a key that can be read and belong together';
  }
}

export const IsReadableTls = (): PropertyDecorator =>
  ValidateBy({
    name: 'isReadableTls',
    validator: {
      validate: (tls) => faultOfTls(Object(tls) as SecureContextOptions) === undefined,
      defaultMessage: (args) => faultOfTls(Object(args?.value) as SecureContextOptions) ?? '',
    },
  });
