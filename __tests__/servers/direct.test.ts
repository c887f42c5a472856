import { direct } from './suites/direct';
import { plain } from './suites/ways';

direct(plain);
