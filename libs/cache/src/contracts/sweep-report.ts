/** What can be left behind, with nobody to remove it. */
export type OrphanKind = 'value' | 'lease' | 'writers' | 'nonce' | 'marker';

/** What a sweep has found and removed. */
export class SweepReport {
  /** Keys of the servers that were looked at: all that begin with the prefix. */
  scanned = 0;
  /** Entries and leases that were removed because no instance of their version runs any more, by version; `''` for none. */
  readonly versions: Record<string, number> = {};
  /** What was removed because it had no end, and writers of whom none was at work. */
  readonly orphans: Record<OrphanKind, number> = { value: 0, lease: 0, writers: 0, nonce: 0, marker: 0 };
  /** Keys that begin with the prefix and are nothing that is known; they are left alone. */
  unknown = 0;
  /** It ended before its end. */
  cancelled = false;
  /** Servers that could not be looked through. */
  failed = 0;
  /** Servers that were left alone because another instance has looked through them lately. */
  passedOver = 0;

  /** Entries and leases of old versions that are gone. */
  get entries(): number {
    return sum(this.versions);
  }

  /** What had no end and is gone. */
  get orphaned(): number {
    return sum(this.orphans);
  }

  removed(version: string | undefined, count: number): void {
    const name = version ?? '';
    this.versions[name] = (this.versions[name] ?? 0) + count;
  }

  orphan(kind: string): void {
    if (Object.hasOwn(this.orphans, kind)) this.orphans[kind as OrphanKind]++;
  }

  /** Takes over what was found elsewhere. */
  add(other: SweepReport): void {
    this.scanned += other.scanned;
    this.unknown += other.unknown;
    this.failed += other.failed;
    this.passedOver += other.passedOver;
    this.cancelled ||= other.cancelled;
    for (const [version, count] of Object.entries(other.versions)) this.removed(version, count);
    for (const [kind, count] of Object.entries(other.orphans)) this.orphans[kind as OrphanKind] += count;
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, one) => all + one, 0);
}
