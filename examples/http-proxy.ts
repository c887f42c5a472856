/**
 * Serves the files of an FTP server over HTTP: every request pipes a download into the response.
 *
 *     node examples/build/http-proxy.js ftp://user:password@host:port/folder/ PORT
 *
 * `opened()` resolves or rejects before the first byte, and decides the status. A later failure
 * cannot change the status. It destroys the connection, so that the browser sees a broken response
 * and does not treat a part of the file as the whole.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { FTP, ReplyError } from 'ftpipe';
import { run, type Terminal } from './command-line';
import { type FtpUrl, isFolder, parseFtpUrl } from './ftp-url';

/** Resolves when the server listens. Port 0 means any free port. */
export async function main(url: string, port = 0, terminal: Terminal = process): Promise<Server> {
  const folder = parseFtpUrl(url);
  const server = createServer((request, response) => void serve(folder, request, response));
  server.listen({ port, host: '127.0.0.1', signal: terminal.signal });
  await once(server, 'listening');
  const { address, port: bound } = server.address() as AddressInfo;
  terminal.stdout.write(`http://${address}:${bound}/\n`);
  return server;
}

async function serve(
  { server, path: folder }: FtpUrl,
  { method = '', url = '' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = decodeName(url);
  if (method !== 'GET' && method !== 'HEAD') return answer(response, 405, 'Only GET and HEAD');
  if (name === undefined) return answer(response, 400, 'This path cannot be asked for');
  const path = isFolder(folder) ? folder + name : `${folder}/${name}`;
  if (isFolder(path)) return answer(response, 404, 'No file, but a folder');

  // If the client disconnects, the FTP session ends, whatever it is waiting for.
  const disconnected = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) disconnected.abort();
  });
  try {
    await using ftp = await FTP.connect({ ...server, signal: disconnected.signal });
    const size = await exactSize(ftp, path);
    const download = ftp.retrBinary(`RETR ${path}`, { blocksize: 64 * 1024, size });
    await download.opened();
    response.setHeader('Content-Type', 'application/octet-stream');
    if (size !== undefined) response.setHeader('Content-Length', size);
    if (method === 'GET') {
      await pipeline(download, response);
    } else {
      download.destroy();
      response.end();
    }
  } catch (error) {
    if (response.headersSent) response.destroy();
    else if (isMissing(error)) answer(response, 404, 'No such file');
    else answer(response, 502, `The FTP server failed: ${(error as Error).message}`);
  }
}

/** The path of a request, without its first slash; `undefined` if it must not be forwarded. */
function decodeName(target: string): string | undefined {
  const [path = ''] = target.split('?', 1);
  if (!path.startsWith('/')) return undefined;
  try {
    const segments = path.slice(1).split('/').map(decodeURIComponent);
    // A line end would start a second command, and slashes and dots could lead out of the folder.
    const isForbidden = (segment: string) => segment === '..' || /[\0\r\n/\\]/.test(segment);
    return segments.some(isForbidden) ? undefined : segments.join('/');
  } catch {
    return undefined; // not percent-encoded UTF-8
  }
}

/** The size from SIZE. The one in the 150 is only a hint, but a Content-Length must be exact. */
async function exactSize(ftp: FTP, path: string): Promise<number | undefined> {
  try {
    return (await ftp.size(path)) ?? undefined;
  } catch (error) {
    // A refused SIZE does not mean that the file is missing (RFC 3659 §4.2).
    if (error instanceof ReplyError) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof ReplyError && error.reply.code === 550;
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

if (require.main === module) {
  void run(['URL', 'PORT'], ([url, port], terminal) => main(url, Number(port), terminal));
}
