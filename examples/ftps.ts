/**
 * Downloads a file over TLS from a server with a self-signed certificate.
 *
 *     openssl s_client -connect host:21 -starttls ftp </dev/null | openssl x509 > server.pem
 *     node examples/build/ftps.js ftp://user:password@host:port/path server.pem FILE
 *
 * Compare the certificate once with that of the server's owner. It is then the only trusted one,
 * whatever its names. `rejectUnauthorized: false` is not needed: it would accept a certificate of
 * anyone on the network path.
 */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { PeerCertificate } from 'node:tls';
import { FTPTLS } from 'ftpipe';
import { run, type Terminal } from './command-line';
import { parseFtpFileUrl } from './ftp-url';

export async function main(
  url: string,
  certificate: string,
  file: string,
  terminal: Terminal = process,
): Promise<void> {
  const { server, path } = parseFtpFileUrl(url);
  const ca = await readFile(certificate);
  const { fingerprint256 } = new X509Certificate(ca);
  const checkServerIdentity = (_host: string, peer: PeerCertificate) =>
    peer.fingerprint256 === fingerprint256 ? undefined : new Error('It is another certificate');

  // Without TLS, not even the user name is sent.
  const tls = { ca, checkServerIdentity };
  await using ftp = await FTPTLS.connect({ ...server, tls, signal: terminal.signal });

  const target = createWriteStream(file, { flags: 'wx' });
  await once(target, 'open'); // fails if the file exists: it must not be overwritten
  try {
    const download = ftp.retrBinary(`RETR ${path}`, { verify: 'size' });
    await pipeline(download, target);
    const { protocol, cipher, reused } = download.tls ?? {};
    const session = reused ? 'the session of the control connection' : 'a session of its own';
    terminal.stdout.write(
      `${download.bytesTransferred} bytes in ${protocol}, ${cipher}, ${session}\n`,
    );
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

if (require.main === module) {
  void run(['URL', 'CERTIFICATE', 'FILE'], ([url, certificate, file], terminal) =>
    main(url, certificate, file, terminal),
  );
}
