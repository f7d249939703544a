import type { RegionEvent } from '../contracts/events.js';
import { UserFault } from '../contracts/user-fault.js';
import type { CallContext } from './call-context.js';
import type { RegionRuntime } from './requests.js';
import { attempt } from './keyed-call.js';
import { uncounted } from './uncounted.js';
import type { Missing } from './warm-errand.js';
import type { WarmLooks } from './warm-looks.js';
import type { LegOutcome } from './warm-loads.js';

/** What calls of a decorated method work with. */
export interface ThroughParts {
  readonly context: CallContext;
  readonly looks: WarmLooks;
  readonly through: (...args: readonly unknown[]) => unknown;
  readonly region: RegionRuntime;
}

const LOADS: readonly RegionEvent['type'][] = ['loaded', 'refreshed'];

/** Loads keys by calls of a method that is decorated with their region; its calls count as no requests. */
export class WarmThroughs {
  constructor(private readonly parts: ThroughParts) {}

  /** The outcome of each key. Never rejects. */
  load(group: readonly Missing[]): Promise<readonly LegOutcome[]> {
    return Promise.all(group.map((missing) => this.#call(missing)));
  }

  async #call({ errand, request }: Missing): Promise<LegOutcome> {
    const { context, through, region, looks } = this.parts;
    const heard: RegionEvent['type'][] = [];
    const hear = ({ type }: RegionEvent) => void heard.push(type);
    const recorder = (other: RegionRuntime) => (other === region ? uncounted(region, hear) : other);
    try {
      await context.recordedBy(recorder, () => attempt(() => through(...errand.args)));
    } catch (error) {
      errand.ended = { kind: 'failed', error };
      return 'failed';
    }
    if (heard.some((type) => LOADS.includes(type))) return 'loaded';
    if (heard.length > 0 || looks.isInMemory(request)) return 'fresh';
    errand.ended = { kind: 'failed', error: new UserFault('did not read the region through the cache') };
    return 'failed';
  }
}
