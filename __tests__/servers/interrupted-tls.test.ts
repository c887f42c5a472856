import { interrupted } from './suites/interrupted';
import { privateData, tlsWays } from './suites/ways';

for (const way of tlsWays(privateData('1.3', { isStrict: true }))) interrupted(way);
