export { CacheTestingModule } from './module/cache-testing.module.js';
export type { CacheTestingOptions, TestGround } from './module/cache-testing.module.js';
export { cacheModuleIn } from './module/cache-module-in.js';
export { RecordedEvents, RegionEvents } from './module/recorded-events.js';
export { RecordedReports } from './module/recorded-reports.js';
export { TestRedis } from './module/test-redis.js';
export { FakeClock } from './fake-clock.js';

export { MemoryStore } from './memory/memory-store.js';
export { MemoryChannel } from './memory/memory-channel.js';
export { NoopChannel, NoopDerivedStore, NoopStore } from './noop.js';
export { Faults } from './faults/faults.js';
export { FaultyStore, STORE_COMMANDS } from './faults/faulty-store.js';
export type { StoreCommand } from './faults/faulty-store.js';
export { DERIVED_COMMANDS, FaultyDerivedStore } from './faults/faulty-derived-store.js';
export type { DerivedCommand } from './faults/faulty-derived-store.js';
export { CHANNEL_COMMANDS, FaultyChannel } from './faults/faulty-channel.js';
export type { ChannelCommand } from './faults/faulty-channel.js';
export { silentRecorder, silentReporter } from '../contracts/events.js';
export { systemClock } from '../contracts/clock.js';

export type { Clock, Timer } from '../contracts/clock.js';
export type { Channel, ChannelListener } from '../contracts/channel.js';
export type { Recorder, RegionEvent, RegionRecorder, Reporter, SystemEvent } from '../contracts/events.js';
export type * from '../contracts/store.js';
export type * from '../contracts/derived-store.js';
export { LocalDerivedStore } from '../tiers/local-derived-store.js';

export { storeContract } from './contracts/store.js';
export type { StoreContractSetup } from './contracts/store.js';
export type { StoreSubject } from './contracts/store-bench.js';
export type { Subjects, TestRunner } from './contracts/runner.js';
export { derivedStoreContract } from './contracts/derived-store.js';
export type { DerivedStoreSubject } from './contracts/derived-bench.js';
export { channelContract } from './contracts/channel.js';
export type { ChannelProcess, ChannelSubject } from './contracts/channel-bench.js';
export { codecContract, payloadContract } from './contracts/codec.js';
export type { PayloadCodec } from '../codec/payload.js';
export type { ValueCodec } from '../codec/value-codec.js';
