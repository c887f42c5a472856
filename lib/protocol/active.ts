import type { Endpoint } from './passive';

/** Formats the argument of PORT: h1,h2,h3,h4,p1,p2 (RFC 959 §4.1.2). */
export function formatPort({ host, port }: Endpoint): string {
  return [...host.split('.'), port >> 8, port & 0xff].join(',');
}

/** Formats the argument of EPRT: |family|address|port| (RFC 2428 §2), without an IPv6 zone. */
export function formatEprt({ host, port }: Endpoint): string {
  const family = host.includes(':') ? 2 : 1;
  return `|${family}|${withoutZone(host)}|${port}|`;
}

/** Converts an IPv4-mapped IPv6 address to plain IPv4; returns any other address unchanged. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

function withoutZone(host: string): string {
  return host.split('%', 1)[0] as string;
}
