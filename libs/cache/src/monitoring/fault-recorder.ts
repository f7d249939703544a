import type { Recorder, RegionEvent, RegionRecorder, Reporter, SystemEvent } from '../contracts/events.js';

/** How the names of regions begin that hold responses of routes. */
const ROUTES = 'http:';

/**
 * A recorder that also says what somebody should know of: faults, once per kind and region.
 * Every outcome goes on to the recorder that counts.
 */
export class FaultRecorder implements Recorder {
  constructor(
    private readonly counts: Recorder,
    private readonly reporter: Reporter,
  ) {}

  region(name: string): RegionRecorder {
    return new RegionFaults(name, this.counts.region(name), this.reporter);
  }

  record(event: SystemEvent): void {
    this.counts.record(event);
    if (event.type === 'channel-gap')
      this.reporter.once(
        `channel:${event.reason}`,
        `invalidations of other processes may be missed (${event.reason}); memory forgets what it cannot vouch for`,
      );
    if (event.type === 'breaker' && event.state === 'open')
      this.reporter.once('breaker', 'Redis does not answer in time; calls do not ask it until it does');
  }
}

class RegionFaults implements RegionRecorder {
  constructor(
    private readonly name: string,
    private readonly counts: RegionRecorder,
    private readonly reporter: Reporter,
  ) {}

  memoryHit(): boolean {
    return this.counts.memoryHit();
  }

  memoryLatency(ms: number): void {
    this.counts.memoryLatency(ms);
  }

  record(event: RegionEvent): void {
    this.counts.record(event);
    if (event.type !== 'invalid-entry') return;
    const isRoute = this.name.startsWith(ROUTES);
    const region = isRoute ? this.name.slice(ROUTES.length) : this.name;
    const what = `${isRoute ? 'a response' : 'an entry'} of the region '${region}'`;
    this.reporter.once(
      `invalid-entry:${this.name}`,
      `${what} in Redis cannot be read and is loaded anew: another program, or another version of this one, has written it`,
    );
  }
}
