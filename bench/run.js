/** Starts main.ts, with the types taken off on the way: the servers' harness is TypeScript too. */
require('../.ci/typescript');
require('./main');
