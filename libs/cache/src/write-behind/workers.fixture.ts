import type {
  BehindContext,
  BehindHandler,
  BehindRegion,
  BehindWrite,
  HandlerTerms,
} from '../contracts/behind-handler.js';
import { silentReporter } from '../contracts/events.js';
import type { Reporter } from '../contracts/events.js';
import type { WriteLog } from '../contracts/write-log.js';
import { FakeClock } from '../testing/fake-clock.js';
import { LocalWriteLog } from './local-write-log.js';
import { Workers } from './workers.js';

export const LEASE_MS = 5_000;
export const TERMS: HandlerTerms = {
  batch: 500,
  maxDelayMs: 200,
  coalesce: true,
  attempts: 3,
  permanent: undefined,
};

/** What is wrong with a row for ever. */
export class BadRow extends Error {
  readonly code = '23514';
}

/** What is wrong with a database for now. */
export class Away extends Error {
  readonly code = 'ECONNREFUSED';
}

/** A region of numbers whose arguments are its key. */
export function regionOf(name: string, partitions = 1): BehindRegion {
  return {
    name,
    terms: {
      kind: 'state',
      durability: 'memory',
      partitions,
      maxDepth: 100_000,
      whenFull: 'reject',
      blockForMs: 0,
    },
    decode: (args, value) =>
      value.length === 0 ? undefined : { args: [args.toString()], value: value.toString() },
  };
}

type Batch = readonly BehindWrite[];

/** Workers on logs in memory, with a handler that notes what it is given. */
export class Workshop {
  readonly clock = new FakeClock();
  readonly log: WriteLog;
  readonly batches: { readonly batch: Batch; readonly context: BehindContext }[] = [];
  readonly stale: string[] = [];
  readonly said: string[] = [];
  /** What the handler does; it resolves by default. */
  handle: (batch: Batch, context: BehindContext) => unknown = () => undefined;
  #count = 0;

  constructor(
    log?: (clock: FakeClock) => WriteLog,
    private readonly terms: Partial<HandlerTerms> = {},
    readonly region: BehindRegion = regionOf('flock'),
  ) {
    this.log = log === undefined ? new LocalWriteLog(this.clock) : log(this.clock);
  }

  /** The workers of one process. */
  workers(log: WriteLog = this.log): Workers {
    const handler: BehindHandler = {
      region: this.region,
      terms: { ...TERMS, ...this.terms },
      // may throw at once, as a user's may
      write: (batch, context) => {
        this.batches.push({ batch, context });
        return Promise.resolve(this.handle(batch, context));
      },
    };
    const reporter: Reporter = { ...silentReporter, info: (message) => this.said.push(message) };
    return new Workers([handler], {
      logOf: () => log,
      clock: this.clock,
      leaseMs: LEASE_MS,
      reporter,
      random: () => 1,
      onStale: (_, keys) => this.stale.push(...keys),
    });
  }

  async append(key: string, value: string, partition = 0): Promise<number> {
    const write = { id: `id ${++this.#count}`, key, args: Buffer.from(key), value: Buffer.from(value) };
    const appended = await this.log.append(
      { region: this.region.name, partition },
      { ...write, marks: true },
      { maxDepth: 1e6, floor: 0, deadline: Number.MAX_SAFE_INTEGER },
    );
    return appended.kind === 'appended' ? appended.version : 0;
  }

  async depth(partition = 0): Promise<number> {
    return (await this.log.figures({ region: this.region.name, partition })).depth;
  }

  /** Keys and values that the handler was given, batch by batch. */
  get handed(): string[][] {
    return this.batches.map(({ batch }) =>
      batch.map(({ args, value }) => `${String(args[0])}=${String(value)}`),
    );
  }
}
