import { fxp } from './suites/fxp';
import { clearData } from './suites/ways';

// With PROT P it cannot work: two servers would be TLS servers to each other (RFC 4217 §7).
fxp(clearData('1.3'));
