import type { Store } from '../contracts/store.js';
import type { Leases } from '../flight/lease.js';
import type { Fill } from './fill.js';
import type { Reader } from './reader.js';

/** The shared store and what works with it; absent with memory only. */
export interface SharedParts {
  readonly store: Store;
  readonly reader: Reader;
  readonly leases: Leases;
  readonly fill: Fill;
}
