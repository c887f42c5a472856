import { files } from './suites/files';
import { only, privateData, tlsWays } from './suites/ways';

// It is about commands and names: what TLS changes in them is the same for all servers.
for (const way of tlsWays(only('proftpd', privateData('1.2')))) files(way);
