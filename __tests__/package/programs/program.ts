// A program of a user. consumer.test.ts compiles it against the packed package as an ES module, as
// CommonJS and for a bundler, and runs the first two.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type ConnectOptions,
  connect,
  DownloadStream,
  error_perm,
  FTP,
  FTPError,
  type FTPOptions,
  Error as FtplibError,
  PermanentReplyError,
  type Reply,
  type TransferDuplex,
  type TransferProgress,
  type UploadStream,
} from 'ftpipe';
import { type Fault, TestServer, type TestServerOptions } from 'ftpipe/testing';

// Exported without type annotations, so their declarations must be able to name the result types.
export const calls = {
  connect: () => connect(),
  download: (ftp: FTP) => ftp.retrBinary('RETR a'),
  lines: (ftp: FTP) => ftp.retrLines('RETR a'),
  upload: (ftp: FTP) => ftp.storBinary('STOR a'),
  connection: (ftp: FTP) => ftp.transferCmd('RETR a'),
  connectionAndSize: (ftp: FTP) => ftp.ntransferCmd('RETR a'),
  entries: (ftp: FTP) => ftp.mlsd('/', ['size']),
  opened: (stream: UploadStream) => stream.opened(),
  reply: (error: PermanentReplyError) => error.reply,
  server: () => TestServer.start(),
  seen: (server: TestServer) => server.transfers,
  sessions: (server: TestServer) => server.sessions,
  files: (server: TestServer) => server.storage,
};

export class Client extends FTP {
  readonly seen: Reply[] = [];

  constructor(options?: FTPOptions) {
    super(options);
    this.on('reply', (reply) => this.seen.push(reply));
  }
}

// Errors, unless an index signature or an `any` hides them.
export const mistakes = (ftp: FTP): unknown[] => [
  // @ts-expect-error no such option
  connect({ hots: 'localhost' }),
  // @ts-expect-error a path is not a number
  ftp.cwd(1),
  // @ts-expect-error no such event
  ftp.on('replies', () => {}),
];

async function main(): Promise<void> {
  const refusal: Fault = { on: 'DELE', reply: '550 No.' };
  const setUp: TestServerOptions = { files: { '/a.txt': 'hello' }, faults: [refusal] };
  const server = await TestServer.start(setUp);
  const options: ConnectOptions = {
    host: server.host,
    port: server.port,
    user: 'user',
    password: 'password',
  };
  const ftp: Client = await Client.connect(options);

  const upload: UploadStream = ftp.storBinary('STOR b.txt');
  upload.on('progress', (_progress: TransferProgress) => {});
  await pipeline(Readable.from([Buffer.from('wor'), Buffer.from('ld')]), upload);

  const words: string[] = [];
  for (const name of ['a.txt', 'b.txt']) {
    const download: DownloadStream = ftp.retrBinary(`RETR ${name}`, { blocksize: 4 });
    if (!(download instanceof DownloadStream)) throw new Error('not a DownloadStream');
    const blocks: Buffer[] = [];
    for await (const block of download) blocks.push(block);
    words.push(Buffer.concat(blocks).toString());
  }
  const { connection, size }: { connection: TransferDuplex; size: number | null } =
    await ftp.ntransferCmd('RETR a.txt');
  words.push(`${size} ${await connection.toArray()}`);
  for await (const [name, { type }] of ftp.mlsd()) if (type === 'file') words.push(name);

  const caught: unknown = await ftp.delete('a.txt').catch((error: unknown) => error);
  const classes = [error_perm, PermanentReplyError, FTPError, FtplibError];
  words.push(`${classes.filter((each) => caught instanceof each).length} classes`);
  if (caught instanceof error_perm) words.push(`${caught.code} ${caught.reply.code}`);

  await ftp.quit();
  await server.close();
  console.log(words.join(' '), ftp.seen.length > 10);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
