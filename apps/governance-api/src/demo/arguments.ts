import { parseArgs } from 'node:util';

/** What the demo was asked to do. */
export interface DemoArguments {
  /** How long the traffic lasts, in milliseconds; undefined: the usual time, and then the application stays up. */
  readonly forMs?: number;
  /** Whether one last line of JSON is wanted. */
  readonly json: boolean;
  /** The access trace to replay instead of generated traffic. */
  readonly trace?: string;
  /** How many accesses of the trace at most. */
  readonly limit?: number;
  readonly redis: boolean;
  /** Where the application listens; 0 is any free port. */
  readonly port: number;
}

export const USAGE = `Usage: npm run demo -- [options]

  --for TIME     let the traffic last TIME (500ms, 10s, 2m), then end; without it the application stays up
  --trace FILE   replay an access trace, raw or .xz; ends with the trace, or after --for if that is earlier
  --limit N      replay only the first N accesses of the trace
  --json         print one last line of JSON
  --no-redis     memory only, even where Redis is at hand
  --port N       where the application listens (default: any free port)
  --help         print this

Environment: REDIS_URL or REDIS_SERVER_BIN, DATABASE_URL.`;

/** A mistake of the user: its message is all there is to say. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads the command line.
 * @returns `'help'` when only the usage is wanted.
 * @throws UsageError naming the option, what it got and what is allowed.
 */
export function parseArguments(argv: readonly string[]): DemoArguments | 'help' {
  const values = split(argv);
  if (values.help) return 'help';
  if (values.limit !== undefined && values.trace === undefined) {
    throw new UsageError('--limit counts the accesses of a trace: it needs --trace.');
  }
  if (values.trace === '') throw new UsageError('--trace needs the name of a file.');
  return {
    forMs: values.for === undefined ? undefined : duration('--for', values.for),
    json: values.json ?? false,
    trace: values.trace,
    limit: values.limit === undefined ? undefined : integer('--limit', values.limit, [1, 1_000_000_000]),
    redis: !values['no-redis'],
    port: values.port === undefined ? 0 : integer('--port', values.port, [0, 65_535]),
  };
}

function split(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      allowPositionals: false,
      strict: true,
      options: {
        for: { type: 'string' },
        trace: { type: 'string' },
        limit: { type: 'string' },
        json: { type: 'boolean' },
        'no-redis': { type: 'boolean' },
        port: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function duration(option: string, text: string): number {
  const match = /^([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h)$/.exec(text);
  const ms = match ? Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0) : 0;
  if (ms <= 0) throw new UsageError(`${option} is "${text}", but must be a time such as 500ms, 10s or 2m.`);
  return ms;
}

function integer(option: string, text: string, [min, max]: readonly [number, number]): number {
  const value = /^[0-9]{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${option} is "${text}", but must be a whole number from ${min} to ${max}.`);
}
