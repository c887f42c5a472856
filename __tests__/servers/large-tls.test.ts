import { large } from './suites/large';
import { tlsWays } from './suites/ways';

for (const way of tlsWays()) large(way);
