import { transfers } from './suites/transfers';
import { plain } from './suites/ways';

transfers(plain);
