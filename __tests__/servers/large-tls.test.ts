import { large } from './suites/large';
import { only, privateData, tlsWays } from './suites/ways';

for (const way of tlsWays(only('vsftpd', privateData('1.3')))) large(way);
