const { availableParallelism } = require('node:os');

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/.ci/environment.js', // Node's; a file fails that leaves something open
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  // Types are checked by `npm run check`; isolatedModules in the tsconfig lets ts-jest leave them out.
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.json' }] },
  moduleNameMapper: {
    '^ftpipe$': '<rootDir>/lib/index.ts',
    '^ftpipe/testing$': '<rootDir>/lib/testing/index.ts',
  },
  // For `npm run coverage`, which runs all the tests.
  collectCoverageFrom: ['lib/**/*.ts', '!lib/**/index.ts'],
  coverageThreshold: { global: { branches: 95 }, './lib/protocol/': { branches: 100 } },
  testSequencer: '<rootDir>/.ci/sequencer.js',
  // One less than the cores by default, which is one of two; many of the tests wait.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testTimeout: 20_000, // real servers on a busy machine; no test that passes comes near
};
