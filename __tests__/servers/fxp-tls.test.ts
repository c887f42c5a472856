import { fxp } from './suites/fxp';
import { ALL_WAYS, clearData } from './suites/ways';

// With PROT P it cannot work: two servers would be TLS servers to each other (RFC 4217 §7).
if (ALL_WAYS) for (const version of ['1.2', '1.3'] as const) fxp(clearData(version));
else fxp(clearData('1.3'), ['127.0.0.1']);
