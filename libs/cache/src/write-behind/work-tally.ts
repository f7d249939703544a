import type { WorkFigures } from '../contracts/behind-handler.js';

/** What was done for one region in this process. */
export class WorkTally {
  applied = 0;
  coalesced = 0;
  batches = 0;
  retries = 0;
  buried = 0;
  fenced = 0;

  figures(owned: number): WorkFigures {
    const { applied, coalesced, batches, retries, buried, fenced } = this;
    return { applied, coalesced, batches, retries, buried, fenced, owned };
  }
}
