import { interrupted } from './suites/interrupted';
import { plain } from './suites/ways';

interrupted(plain);
