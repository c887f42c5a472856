import { compliance } from './compliance-suite';

compliance('TLS');
