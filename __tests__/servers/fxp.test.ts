import { fxp } from './suites/fxp';
import { plain } from './suites/ways';

fxp(plain);
