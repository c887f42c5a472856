/** An endpoint as messages show it; an IPv6 address stands in brackets. */
export function hostPort(host: string, port?: number): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? name : `${name}:${port}`;
}
