import { essentials } from './suites/essentials';
import { clearData, implicit, privateData, tlsWays } from './suites/ways';

// What no whole suite tries unless all of them are run.
const ways = tlsWays(privateData('1.2'), clearData('1.3'), implicit('1.2'));
for (const way of ways) essentials(way);
