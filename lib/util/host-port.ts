/** Formats a host and port for messages, with brackets around an IPv6 address. */
export function hostPort(host: string, port?: number): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? name : `${name}:${port}`;
}
