import { compliance } from './compliance-suite';

compliance('plain');
