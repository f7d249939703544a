// Who may import whom. `npm run rooms` checks it, and so does `npm test`.

const SRC = '^libs/cache/src';
const SPEC = '\\.(spec|fixture)\\.ts$';
const NEST = '(^|/)node_modules/@nestjs/|^@nestjs/';
const IOREDIS = '(^|/)node_modules/@?ioredis/|^@?ioredis(/|$)';
// What a package shows of itself; by its name it is found compiled, through the link in node_modules.
const ENTRY = '/(src|dist)/(testing/)?index\\.(ts|js|d\\.ts)$';

// A room and the rooms it may import, in the reading order of a cached call. Files beside the rooms, at the
// root of src, may import everything, and no room may import them.
const ROOMS = {
  decorators: ['contracts'],
  advice: ['decorators', 'http', 'cache', 'contracts'],
  http: ['contracts'],
  cache: ['flight', 'tiers', 'coherence', 'strategies', 'write-behind', 'resilience', 'contracts'],
  strategies: ['contracts'],
  flight: ['contracts'],
  tiers: ['codec', 'resilience', 'contracts'],
  codec: ['contracts'],
  redis: ['codec', 'resilience', 'contracts'],
  coherence: ['resilience', 'contracts'],
  resilience: ['contracts'],
  'write-behind': ['resilience', 'contracts'],
  monitoring: ['cache', 'contracts'],
  // The doubles stand for things of these rooms; its module is the application's with other things around it (adr 20).
  testing: [
    'advice',
    'monitoring',
    'flight',
    'tiers',
    'codec',
    'coherence',
    'write-behind',
    'resilience',
    'contracts',
  ],
  contracts: [],
};
const ROOM = `${SRC}/(${Object.keys(ROOMS).join('|')})/`;
// Rooms that may import the files at the root of src.
const ROOMS_ABOVE_ROOT = ['testing'];
const ROOT_FILES = `${SRC}/[^/]+\\.ts$`;
const ROOMS_OF_NEST = ['decorators', 'advice', 'monitoring', 'strategies', 'testing'];

const rooms = Object.entries(ROOMS).map(([room, others]) => ({
  name: `room-${room}`,
  comment: `${room} may import ${others.join(', ') || 'no other room'}`,
  severity: 'error',
  from: { path: `${SRC}/${room}/`, pathNot: SPEC },
  to: {
    path: '^libs/cache/',
    pathNot: [
      `${SRC}/(${[room, ...others].join('|')})/`,
      ...(ROOMS_ABOVE_ROOT.includes(room) ? [ROOT_FILES] : []),
    ],
  },
}));

const forbidden = [
  ...rooms,
  {
    name: 'testing-stays-out-of-the-product',
    comment: 'who caches in production must not load what stands in for it in tests',
    severity: 'error',
    from: { path: `${SRC}/`, pathNot: [`${SRC}/testing/`, SPEC] },
    to: { path: `${SRC}/testing/` },
  },
  {
    name: 'room-unknown',
    comment: 'a new room needs a line in the table above',
    severity: 'error',
    from: { path: `${SRC}/[^/]+/`, pathNot: ROOM },
    to: {},
  },
  {
    name: 'room-unknown-imported',
    comment: 'a new room needs a line in the table above',
    severity: 'error',
    from: {},
    to: { path: `${SRC}/[^/]+/`, pathNot: ROOM },
  },
  {
    name: 'no-cycle',
    comment: 'types count too: files that need each other cannot be read one after the other',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'ioredis-stays-in-redis',
    comment: 'every other room talks to a port, so that it can be tested without a server',
    severity: 'error',
    from: { path: '^libs/', pathNot: [`${SRC}/redis/`, `${SRC}/[^/]+\\.ts$`, SPEC] },
    to: { path: IOREDIS },
  },
  {
    name: 'nest-stays-at-the-edge',
    comment: 'what decides about values and promises does not know the framework',
    severity: 'error',
    from: { path: `${SRC}/[^/]+/`, pathNot: [`${SRC}/(${ROOMS_OF_NEST.join('|')})/`, SPEC] },
    to: { path: NEST },
  },
  {
    name: 'only-public-entries',
    comment: 'a test sees of a package what its users see; the specs beside the source test the parts',
    severity: 'error',
    from: { path: '^test/' },
    to: { path: '^(libs|apps)/', pathNot: ENTRY },
  },
  {
    name: 'only-public-entries-between-packages',
    comment: 'an application sees of a package what its users see, and so does another package',
    severity: 'error',
    from: { path: '^(libs|apps)/([^/]+)/', pathNot: SPEC },
    to: { path: '^(libs|apps)/', pathNot: ['^$1/$2/', ENTRY] },
  },
  {
    name: 'no-application-in-a-library',
    severity: 'error',
    from: { path: '^libs/', pathNot: SPEC },
    to: { path: '^apps/' },
  },
  {
    name: 'no-test-in-the-product',
    comment: 'scripts beside the source of an application may share the support of the tests',
    severity: 'error',
    from: { path: ['^libs/', '^apps/[^/]+/src/'], pathNot: SPEC },
    to: { path: '^test/' },
  },
  {
    name: 'own-imports-resolve',
    comment:
      'what cannot be found cannot be judged by the rules above; the benchmarks install their own peers',
    severity: 'error',
    from: { pathNot: '^test/bench/' },
    to: { couldNotResolve: true, path: '^(\\.|@?nuthatch|governance-api|@nestjs/|ioredis)' },
  },
];

module.exports = {
  forbidden,
  options: {
    // Type imports tie files together as well.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: ['(^|/)node_modules/', '(^|/)dist/', '^test/\\.out/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'default', 'types', 'node'],
    },
  },
};
