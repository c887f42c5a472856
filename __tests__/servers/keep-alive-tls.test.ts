import { keepAlive } from './suites/keep-alive';
import { privateData, tlsWays } from './suites/ways';

for (const way of tlsWays(privateData('1.3', { isStrict: true }))) keepAlive(way);
