import { keepAlive } from './suites/keep-alive';
import { plain } from './suites/ways';

keepAlive(plain);
