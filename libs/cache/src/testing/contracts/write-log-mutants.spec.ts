import { describe, expect, test } from '@jest/globals';
import { CollectingRunner } from '../../../../../test/support/collecting-runner.js';
import type { AppendTerms, Grip, LogEntry, LoggedWrite, LogPlace } from '../../contracts/write-log.js';
import { LocalWriteLog } from '../../write-behind/local-write-log.js';
import { FakeClock } from '../fake-clock.js';
import { writeLogContract } from './write-log.js';

const LONG = 60_000;

/** Steals the log back for a moment, so that who is no owner is taken for one. */
async function asOwner<T>(log: LocalWriteLog, place: LogPlace, step: (grip: Grip) => Promise<T>): Promise<T> {
  const names = ['finch', 'wren', 'kite'];
  const grips = await Promise.all(names.map((name) => log.claim(place, name, LONG)));
  return step(grips.find((grip) => grip !== undefined) ?? { owner: '', fence: 0 });
}

/** Logs that break one promise each. */
const LOGS: Readonly<Record<string, new (clock: FakeClock) => LocalWriteLog>> = {
  'settles for anybody': class extends LocalWriteLog {
    override settle(place: LogPlace, _grip: Grip, entries: readonly LogEntry[]) {
      return asOwner(this, place, (grip) => super.settle(place, grip, entries));
    }
  },
  'buries for anybody': class extends LocalWriteLog {
    override bury(place: LogPlace, _grip: Grip, entry: LogEntry, reason: string) {
      return asOwner(this, place, (grip) => super.bury(place, grip, entry, reason));
    }
  },
  'gives writes to anybody': class extends LocalWriteLog {
    override take(place: LogPlace, _grip: Grip, count: number) {
      return asOwner(this, place, (grip) => super.take(place, grip, count));
    }
  },
  'renews for anybody': class extends LocalWriteLog {
    override renew = () => Promise.resolve(true);
  },
  'never renews': class extends LocalWriteLog {
    override renew = () => Promise.resolve(false);
  },
  'releases for anybody': class extends LocalWriteLog {
    override async release(place: LogPlace) {
      await asOwner(this, place, (grip) => super.release(place, grip));
    }
  },
  'gives the same fence to all': class extends LocalWriteLog {
    override async claim(place: LogPlace, owner: string, ms: number) {
      const grip = await super.claim(place, owner, ms);
      return grip && { ...grip, fence: 1 };
    }
  },
  'gives a log to two': class extends LocalWriteLog {
    override async claim(place: LogPlace, owner: string, ms: number) {
      return (await super.claim(place, owner, ms)) ?? { owner, fence: LONG };
    }
  },
  'settles newer writes, too': class extends LocalWriteLog {
    override async settle(place: LogPlace, grip: Grip, entries: readonly LogEntry[]) {
      const all = (await this.take(place, grip, 1_000)) ?? [];
      const keys = new Set(entries.map(({ key }) => key));
      return super.settle(place, grip, [...entries, ...all.filter(({ key }) => keys.has(key))]);
    }
  },
  'settles nothing': class extends LocalWriteLog {
    override settle = () => Promise.resolve(true);
  },
  'trims by length': class extends LocalWriteLog {
    override async append(place: LogPlace, write: LoggedWrite, terms: AppendTerms) {
      const appended = await super.append(place, write, terms);
      const grip = await super.claim(place, 'trimmer', LONG);
      const taken = (grip && (await super.take(place, grip, 1_000))) ?? [];
      if (grip) await super.settle(place, grip, taken.slice(0, -100));
      if (grip) await super.release(place, grip);
      return appended;
    }
  },
  'has room for everything': class extends LocalWriteLog {
    override append(place: LogPlace, write: LoggedWrite, terms: AppendTerms) {
      return super.append(place, write, { ...terms, maxDepth: Infinity });
    }
  },
  'does not know the floor': class extends LocalWriteLog {
    override append(place: LogPlace, write: LoggedWrite, terms: AppendTerms) {
      return super.append(place, write, { ...terms, floor: 0 });
    }
  },
  'issues versions without a floor': class extends LocalWriteLog {
    override issue(place: LogPlace) {
      return super.issue(place, 0);
    }
  },
  'takes writes that are late': class extends LocalWriteLog {
    override append(place: LogPlace, write: LoggedWrite, terms: AppendTerms) {
      return super.append(place, write, { ...terms, deadline: Infinity });
    }
  },
  'gives only what nobody has taken before': class extends LocalWriteLog {
    #seen = '';
    override async take(place: LogPlace, grip: Grip, count: number) {
      const taken = await super.take(place, grip, 1_000);
      const fresh = taken?.filter(({ seq }) => seq > this.#seen).slice(0, count);
      this.#seen = fresh?.at(-1)?.seq ?? this.#seen;
      return fresh;
    }
  },
  'gives the newest first': class extends LocalWriteLog {
    override async take(place: LogPlace, grip: Grip, count: number) {
      return (await super.take(place, grip, 1_000))?.toReversed().slice(0, count);
    }
  },
  'gives more than is wanted': class extends LocalWriteLog {
    override take(place: LogPlace, grip: Grip) {
      return super.take(place, grip, 1_000);
    }
  },
  'marks deltas': class extends LocalWriteLog {
    override append(place: LogPlace, write: LoggedWrite, terms: AppendTerms) {
      return super.append(place, { ...write, marks: true }, terms);
    }
  },
  'marks nothing': class extends LocalWriteLog {
    override append(place: LogPlace, write: LoggedWrite, terms: AppendTerms) {
      return super.append(place, { ...write, marks: false }, terms);
    }
  },
  'overtakes nothing': class extends LocalWriteLog {
    override overtake = () => Promise.resolve();
  },
  'overtakes what is newer': class extends LocalWriteLog {
    override overtake(place: LogPlace, key: string) {
      return super.overtake(place, key, Infinity);
    }
  },
  'forgets nobody who was there': class extends LocalWriteLog {
    override attend(region: string, worker: string) {
      return super.attend(region, worker, LONG);
    }
  },
  'sees nobody leave': class extends LocalWriteLog {
    override leave = () => Promise.resolve();
  },
  'lets everybody divide a region': class extends LocalWriteLog {
    override partitions = (_region: string, wanted: number) => Promise.resolve(wanted);
  },
  'buries without a reason': class extends LocalWriteLog {
    override bury(place: LogPlace, grip: Grip, entry: LogEntry) {
      return super.bury(place, grip, entry, '');
    }
  },
  'loses dead letters': class extends LocalWriteLog {
    override bury(place: LogPlace, grip: Grip, entry: LogEntry) {
      return super.settle(place, grip, [entry]);
    }
  },
  'begins again when the last letter of a page is gone': class extends LocalWriteLog {
    override async deadLetters(place: LogPlace, after: string | undefined, limit: number) {
      const all = await super.deadLetters(place, undefined, 1_000);
      const from = all.findIndex(({ seq }) => seq === after) + 1;
      return all.slice(from, from + limit);
    }
  },
  'shows the newest letter first': class extends LocalWriteLog {
    override async deadLetters(place: LogPlace, after: string | undefined, limit: number) {
      return (await super.deadLetters(place, after, limit)).toReversed();
    }
  },
  'replays nothing': class extends LocalWriteLog {
    override replay(place: LogPlace, seqs: readonly string[]) {
      return super.drop(place, seqs);
    }
  },
  'drops nothing': class extends LocalWriteLog {
    override async drop(_place: LogPlace, seqs: readonly string[]) {
      return seqs.length;
    }
  },
  'does not tell what is oldest': class extends LocalWriteLog {
    override async figures(place: LogPlace) {
      return { ...(await super.figures(place)), oldest: undefined };
    }
  },
};

async function failuresOf(Log: new (clock: FakeClock) => LocalWriteLog): Promise<readonly string[]> {
  const runner = new CollectingRunner();
  writeLogContract(
    'log',
    {
      create: () => {
        const clock = new FakeClock();
        return { log: new Log(clock), advance: (ms) => clock.advance(ms) };
      },
    },
    runner,
  );
  return runner.failures();
}

describe('the contract of logs', () => {
  test('is kept by the log in memory', async () => {
    expect(await failuresOf(LocalWriteLog)).toEqual([]);
  });

  test.each(Object.entries(LOGS))('finds one that %s', async (_, Log) => {
    expect(await failuresOf(Log)).not.toEqual([]);
  });
});
