import { listings } from './suites/listings';
import { plain } from './suites/ways';

listings(plain);
