import { type ConnectOptions, FTP_PORT } from 'ftpipe';

/** The content of an FTP URL: how to connect, and the path. */
export interface FtpUrl {
  readonly server: ConnectOptions;
  /**
   * The path to send to the server, relative to the folder after the login; empty for that folder.
   * `ftp://host/a` is `a`, and `ftp://host/%2Fa` is `/a` (RFC 1738 §3.2.2).
   */
  readonly path: string;
}

/**
 * Parses `ftp://user:password@host:port/path`. Without a user, the login is anonymous.
 *
 * @throws TypeError if it is not an FTP URL; the message does not contain it, because it may
 * contain a password
 */
export function parseFtpUrl(text: string): FtpUrl {
  if (!URL.canParse(text)) throw new TypeError('Not a URL; expected ftp://user:password@host/path');
  const url = new URL(text);
  if (url.protocol !== 'ftp:') throw new TypeError(`Not an FTP URL, but one of ${url.protocol}`);
  if (url.search || url.hash) {
    throw new TypeError('FTP URLs have no ? and no #; in a name write %3F and %23');
  }
  const user = decode('user', url.username) || undefined;
  const password = decode('password', url.password) || undefined;
  const port = url.port === '' ? FTP_PORT : Number(url.port);
  const path = url.pathname.slice(1).replace(/;type=i$/i, '');
  return {
    server: { host: url.hostname, port, user, password },
    path: decode('path', path),
  };
}

/** Parses a URL that must name a file. */
export function parseFtpFileUrl(text: string): FtpUrl {
  const url = parseFtpUrl(text);
  if (isFolder(url.path)) throw new TypeError('The URL names a folder, not a file');
  return url;
}

/** Whether a path can only name a folder. */
export function isFolder(path: string): boolean {
  return path === '' || path.endsWith('/');
}

function decode(part: string, text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw new TypeError(`The ${part} in the URL has a % that is no percent-encoded UTF-8`);
  }
  // A line end would start a second command. ftpipe also rejects it, but later.
  if (/[\0\r\n]/.test(decoded)) {
    throw new TypeError(`The ${part} in the URL has a line end or a NUL, which FTP cannot send`);
  }
  return decoded;
}
