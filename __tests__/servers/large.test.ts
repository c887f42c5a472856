import { large } from './suites/large';
import { plain } from './suites/ways';

large(plain);
