import { transfers } from './suites/transfers';
import { privateData, tlsWays } from './suites/ways';

for (const way of tlsWays(privateData('1.3', { isStrict: true }))) transfers(way);
