import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Appended, AppendTerms, Grip, LogEntry, LogPlace, WriteLog } from '../../contracts/write-log.js';

/** Longer than any test, in milliseconds. */
export const LONG = 60_000;

/** Logs for the contract. */
export interface WriteLogSubject {
  readonly log: WriteLog;
  /** Lets time go by; without it the contract waits. */
  readonly advance?: (ms: number) => void | Promise<void>;
}

const TERMS: AppendTerms = { maxDepth: 1_000, floor: 0, deadline: Number.MAX_SAFE_INTEGER };

/** Logs under test, with places that no other promise uses. */
export class WriteLogBench {
  readonly log: WriteLog;

  constructor(readonly subject: WriteLogSubject) {
    this.log = subject.log;
  }

  region(): string {
    return `flock.${randomUUID()}`;
  }

  place(): LogPlace {
    return { region: this.region(), partition: 1 };
  }

  write(key: string, value = 'value', marks = true) {
    const [args, bytes] = [Buffer.from(`args of ${key}`), Buffer.from(value, 'latin1')];
    return { id: randomUUID(), key, args, value: bytes, marks };
  }

  append(
    place: LogPlace,
    key: string,
    value?: string,
    terms: Partial<AppendTerms> & { marks?: boolean } = {},
  ): Promise<Appended> {
    const { marks = true, ...bounds } = terms;
    return this.log.append(place, this.write(key, value, marks), { ...TERMS, ...bounds });
  }

  /** The version of a write that was taken. */
  async appended(...write: Parameters<WriteLogBench['append']>): Promise<number> {
    const reply = await this.append(...write);
    if (reply.kind !== 'appended') return assert.fail(`nothing is appended: ${reply.kind}`);
    return reply.version;
  }

  async claimed(place: LogPlace, owner = 'finch', ms = LONG): Promise<Grip> {
    const grip = await this.log.claim(place, owner, ms);
    return grip ?? assert.fail('somebody else has the log');
  }

  async taken(place: LogPlace, grip: Grip, count = 100): Promise<readonly LogEntry[]> {
    return (await this.log.take(place, grip, count)) ?? assert.fail('the log is not given');
  }

  /** What reads see of a key. */
  async read(place: LogPlace, key: string): Promise<string | undefined> {
    return (await this.log.unsettled(place, key))?.value.toString('latin1');
  }

  async pass(ms: number): Promise<void> {
    if (this.subject.advance === undefined) await pause(ms);
    else await this.subject.advance(ms);
  }
}
