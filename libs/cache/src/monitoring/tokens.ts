/** Where a container keeps the `Figures` of its cache. */
export const FIGURES = Symbol('nuthatch.figures');

/** Where a container keeps its `StatsSource`: what is known of Redis, the channel and memory at this moment. */
export const STATS_SOURCE = Symbol('nuthatch.stats-source');

/** Where a container keeps its `AccessOptions`: who may see the monitoring routes. */
export const ACCESS_OPTIONS = Symbol('nuthatch.access-options');
