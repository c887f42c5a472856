import type { ServerName, StartOptions } from '../start-server';

/** A server as it is started for the soak. */
export interface Setup {
  readonly title: string;
  readonly name: ServerName;
  readonly start: StartOptions & { readonly tlsVersion: '1.2' | '1.3' };
  /** Whether it gives tickets, so that every data connection has to be resumed. */
  readonly resumes: boolean;
}

/** Each server, as strict as it can be made, and vsftpd also as it is in most places. */
export const SETUPS: readonly Setup[] = (['1.2', '1.3'] as const).flatMap((tlsVersion) => [
  {
    title: `vsftpd, TLS ${tlsVersion}`,
    name: 'vsftpd',
    start: { mode: 'tls-reuse', tlsVersion },
    resumes: true,
  },
  {
    title: `vsftpd strict, TLS ${tlsVersion}`,
    name: 'vsftpd',
    start: { mode: 'tls-reuse', tlsVersion, sslStrict: true },
    resumes: true,
  },
  {
    title: `proftpd, TLS ${tlsVersion}`,
    name: 'proftpd',
    start: { mode: 'tls-reuse', tlsVersion },
    resumes: true,
  },
  {
    title: `pureftpd, TLS ${tlsVersion}`,
    name: 'pureftpd',
    start: { mode: 'tls', tlsVersion },
    resumes: tlsVersion === '1.2', // with TLS 1.3 it gives no ticket
  },
  {
    title: `pyftpdlib, TLS ${tlsVersion}`,
    name: 'pyftpdlib',
    start: { mode: 'tls', tlsVersion },
    resumes: true,
  },
]);
