import { modes } from './suites/modes';
import { plain } from './suites/ways';

modes(plain);
