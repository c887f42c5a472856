/**
 * The codes of a server that has not implemented a command, or not with this parameter
 * (RFC 959 §4.2.1).
 */
export const NOT_IMPLEMENTED: ReadonlySet<number> = new Set([500, 502, 504]);
