import { availableParallelism } from 'node:os';

// swc removes the types and keeps what Nest needs: decorator metadata, class names, and class fields that
// do not overwrite an injected property. It checks no types; `tsc -b` does.
const swc = {
  swcrc: false,
  sourceMaps: 'inline',
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
  },
  module: { type: 'es6' },
};

/** What the two projects below share. @type {import('jest').Config} */
const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  resolver: '<rootDir>/jest.resolver.cjs',
  moduleNameMapper: {
    '^nuthatch$': '<rootDir>/libs/cache/src/index.ts',
    '^nuthatch/testing$': '<rootDir>/libs/cache/src/testing/index.ts',
    '^@nuthatch/governance$': '<rootDir>/libs/governance/src/index.ts',
    '^governance-api$': '<rootDir>/apps/governance-api/src/index.ts',
  },
  setupFiles: ['reflect-metadata'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/test/\\.out/'],
  modulePathIgnorePatterns: ['<rootDir>/(libs|apps)/[^/]+/dist/', '<rootDir>/test/\\.out/'],
};

/** @type {import('jest').Config} */
export default {
  // With two cores jest would choose a single process; the end-to-end tests mostly wait for their children.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // Module registries of the ESM mode are never collected, so a worker grows with each file it has run.
  workerIdleMemoryLimit: '1GB',
  // for all tests: jest takes no such limit per project; the end-to-end tests share two cores with their children
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/test/support/tally-reporter.mjs'],
  coverageProvider: 'v8',
  coverageDirectory: 'coverage',
  collectCoverageFrom: ['libs/*/src/**/*.ts', 'apps/*/src/**/*.ts', '!**/*.spec.ts', '!**/{main,index}.ts'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['libs/*/src', 'apps/*/src', 'test'].map((place) => `<rootDir>/${place}/**/*.spec.ts`),
    },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'],
    },
  ],
};
