import { files } from './suites/files';
import { privateData, tlsWays } from './suites/ways';

for (const way of tlsWays(privateData('1.2', { isStrict: true }))) files(way);
