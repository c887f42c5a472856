import { type Duplex, PassThrough, type Readable, type Writable } from 'node:stream';
import { expect, it } from '@jest/globals';
import type {
  Codec,
  DownloadStream,
  Entry,
  Facts,
  FactsEntry,
  Features,
  FTPError,
  FTPOptions,
  ListingStream,
  OpenedTransfer,
  Path,
  Reply,
  ReplyError,
  TransferDuplex,
  TransferProgress,
  TransferStream,
  TransferTls,
  UploadStream,
} from 'ftpipe';
import {
  connect,
  FTP,
  FTPTLS,
  type ProtocolError,
  type parse150,
  type parse227,
  type parse229,
  type parse257,
  parseListing,
} from 'ftpipe';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_T extends true>() => {};
const ftp = null as unknown as FTP;

// Never called: the compiler checks it.
const calls = {
  async methods(): Promise<void> {
    is<Equal<ReturnType<typeof connect>, Promise<FTP>>>();
    const own = await FTP.connect({ host: 'x', user: 'a', passwd: 'b', acct: 'c' });
    is<Equal<typeof own, FTP>>();
    class Mine extends FTP {
      readonly mine = 1;
    }
    const mine = await Mine.connect();
    is<Equal<typeof mine, Mine>>();

    const promises = [
      ftp.connect('h', 21, { timeout: 1, localAddress: '::1', signal: AbortSignal.abort() }),
      ftp.login('u', 'p', 'a'),
      ftp.acct('x'),
      ftp.sendCmd('NOOP', { timeout: 1 }),
      ftp.voidCmd(new Uint8Array(1)),
      ftp.voidResp(),
      ftp.rename('a', Buffer.from('b')),
      ftp.delete('a'),
      ftp.cwd('..'),
      ftp.mkd('a'),
      ftp.rmd('a'),
      ftp.pwd(),
      ftp.abort(),
      ftp.quit(),
    ];
    is<Equal<typeof promises, Promise<string>[]>>();
    is<Equal<ReturnType<FTP['size']>, Promise<number | null>>>();
    is<Equal<ReturnType<FTP['nlst']>, Promise<string[]>>>();
    is<Equal<ReturnType<FTP['getWelcome']>, string>>();
    is<Equal<ReturnType<FTP['close']>, void>>();
    is<Equal<FTP['lastResp'], string>>();
    is<Equal<FTP['timeout'], number | undefined>>();
    is<Equal<FTP['encoding'], string | Codec>>();
    await using disposed = ftp;
    disposed.ref().unref();
  },

  downloads(): void {
    const stream = ftp.retrBinary('RETR a', { blocksize: 1, rest: 5, size: 9, verify: 'size' });
    is<Equal<typeof stream, DownloadStream>>();
    is<Equal<typeof stream extends Readable & TransferStream ? true : false, true>>();
    is<Equal<ReturnType<DownloadStream['opened']>, Promise<OpenedTransfer>>>();
    is<Equal<DownloadStream['reply'], Reply | undefined>>();
    is<Equal<DownloadStream['size'], number | null>>();
    const reply = ftp.retrBinary('RETR a', (block) => block.byteLength, 8192, 5);
    is<Equal<typeof reply, Promise<string>>>();
    void ftp.retrBinary('RETR a', async () => {}, { blocksize: 1, rest: null });
    // @ts-expect-error -- a call with a callback returns no stream
    is<Equal<typeof reply, DownloadStream>>();
    // @ts-expect-error -- the options are an object
    ftp.retrBinary('RETR a', 8192);
    // @ts-expect-error -- no such verification
    ftp.retrBinary('RETR a', { verify: 'yes' });
    // @ts-expect-error -- a controller is not a signal
    ftp.retrBinary('RETR a', { signal: new AbortController() });
    // @ts-expect-error -- an offset is a number
    ftp.retrBinary('RETR a', { rest: '5' });

    stream.on('data', (block) => is<Equal<typeof block, Buffer>>());
    stream.once('open', (opened) => is<Equal<typeof opened, OpenedTransfer>>());
    stream.on('progress', (progress) => is<Equal<typeof progress, TransferProgress>>());
    stream.prependListener('close', () => {}).on('error', (error: Error) => error.message);
    // @ts-expect-error -- a block is a Buffer
    stream.on('data', (block) => block.name);
    is<Equal<ReturnType<typeof stream.toArray>, Promise<Buffer[]>>>();
    stream.pipe(new PassThrough()).setEncoding('utf8');

    const lines = ftp.retrLines('LIST');
    is<Equal<typeof lines, ListingStream<string>>>();
    void ftp.retrLines('LIST', (line) => line.toUpperCase());
    const entries = ftp.mlsd('/', ['size'], { timeout: 1 });
    is<Equal<typeof entries, ListingStream<FactsEntry>>>();
    is<Equal<FactsEntry, [name: string, facts: Facts]>>();
    is<Equal<ReturnType<typeof ftp.dir>, Promise<string>>>();
    const listed = ftp.dir('-la', 'x', { signal: AbortSignal.timeout(1) });
    is<Equal<typeof listed, ListingStream<string>>>();
    const list = ftp.list('/', { all: true, serverTimeZone: 'Europe/Berlin', timeout: 1 });
    is<Equal<typeof list, ListingStream<Entry>>>();
    is<Equal<ReturnType<typeof list.toArray>, Promise<Entry[]>>>();
    list.on('data', (entry) => is<Equal<typeof entry, Entry>>());
    list.on('unparsed', (line) => is<Equal<typeof line, string>>());
    const names = list.filter(({ type }) => type === 'file').map(({ name }) => name);
    is<Equal<ReturnType<typeof names.toArray>, Promise<string[]>>>();
    // @ts-expect-error -- an entry has no such field
    list.map(({ nmae }) => nmae);
    void ftp.list(Buffer.from('x'), { parser: (line) => (line === '' ? null : { name: line }) });
    is<Equal<Entry['size'], number | undefined>>();
    is<Equal<Entry['unsafe'], true | undefined>>();
    is<Equal<ReturnType<FTP['stat']>, Promise<Entry>>>();
    is<Equal<ReturnType<FTP['mdtm']>, Promise<Date>>>();
    is<Equal<ReturnType<FTP['features']>, Promise<Features>>>();
    is<Equal<ReturnType<FTP['system']>, Promise<string>>>();
    is<Equal<ReturnType<typeof parseListing>, Entry[]>>();
    parseListing(['a', 'b'], {
      dateOrder: 'dmy',
      now: new Date(),
      unparsed: (line) => line.length,
    });
    // @ts-expect-error -- an entry is readonly
    parseListing('')[0]!.name = 'x';
    // @ts-expect-error -- lines are strings
    parseListing([1]);
    // @ts-expect-error -- a parser returns at least a name
    parseListing('', { parser: () => ({ size: 1 }) });
    // @ts-expect-error -- facts are an array
    ftp.mlsd('/', 'size');
  },

  uploads(source: Readable, web: ReadableStream<Uint8Array>): void {
    const stream = ftp.storBinary('STOR a', { blocksize: 1, rest: 5, size: 9 });
    stream.on('progress', (progress) => is<Equal<typeof progress, TransferProgress>>());
    stream.on('open', ({ size }) => is<Equal<typeof size, number | null>>());
    is<Equal<typeof stream, UploadStream>>();
    is<Equal<typeof stream extends Writable & TransferStream ? true : false, true>>();
    const bytes = new Uint8Array(1);
    const stored = [
      ftp.storBinary('STOR a', source, 8192, (block) => block.length, 5),
      ftp.storBinary('STOR a', web, { onBlock: (block) => block.length, verify: 'size' }),
      ftp.storBinary('STOR a', bytes),
      ftp.storBinary('STOR a', new Blob([bytes])),
      ftp.storBinary('STOR a', [bytes, 'text']),
      ftp.storLines('STOR a', source, null, { timeout: 1 }),
    ];
    is<Equal<typeof stored, Promise<string>[]>>();
    const text = ftp.storLines('STOR a');
    is<Equal<typeof text, UploadStream>>();
    // @ts-expect-error -- a number is not a source
    void ftp.storBinary('STOR a', 5);
    // @ts-expect-error -- null is not a source
    void ftp.storBinary('STOR a', null);
    // @ts-expect-error -- numbers are not chunks
    void ftp.storLines('STOR a', [5]);
  },

  async connections(): Promise<void> {
    const { connection, size } = await ftp.ntransferCmd('RETR a', { rest: 5 });
    is<Equal<typeof connection, TransferDuplex>>();
    is<Equal<typeof connection extends Duplex ? true : false, true>>();
    is<Equal<typeof size, number | null>>();
    is<Equal<ReturnType<FTP['transferCmd']>, Promise<TransferDuplex>>>();
  },

  events(): void {
    ftp.on('reply', (reply) => is<Equal<typeof reply, Reply>>());
    ftp.on('command', (label) => is<Equal<typeof label, string>>());
    ftp.on('warning', (message) => is<Equal<typeof message, string>>());
    ftp.on('transfer', (stream) => is<Equal<typeof stream, TransferStream>>());
    ftp.on('close', (reason) => is<Equal<typeof reason, FTPError | undefined>>());
    // @ts-expect-error -- no such event
    ftp.on('replyy', () => {});
    // @ts-expect-error -- a reply is not a string
    ftp.on('reply', (reply: string) => reply);
  },

  async tls(): Promise<void> {
    const made = await FTPTLS.connect({ implicit: true, tls: { ca: 'x' }, user: 'a' });
    is<Equal<typeof made, FTPTLS>>();
    is<Equal<ReturnType<FTPTLS['auth']>, Promise<string>>>();
    const secure = await connect({ secure: 'explicit', tls: {} });
    is<Equal<typeof secure, FTPTLS>>();
    // @ts-expect-error -- only FTPTLS speaks TLS
    void FTP.connect({ secure: true });
    // @ts-expect-error -- only FTPTLS speaks TLS
    new FTP({ secure: 'explicit' });
    const plaintext = await connect({ secure: false });
    is<Equal<typeof plaintext, FTP>>();
    const { tls } = made.retrBinary('RETR x');
    is<Equal<typeof tls, TransferTls | undefined>>();
    // @ts-expect-error -- only FTPTLS speaks TLS
    new FTP({ implicit: true });
    // @ts-expect-error -- the client sets the socket itself
    new FTPTLS({ tls: { socket: null } });
    // @ts-expect-error -- no such level
    new FTPTLS({ dataProtection: 'safe' });
  },

  options(): FTPOptions[] {
    // @ts-expect-error -- no such option
    new FTP({ hostt: 'x' });
    // @ts-expect-error -- no such timeout
    new FTP({ timeouts: { connectt: 1 } });
    // @ts-expect-error -- a range has two ports
    new FTP({ activePorts: [1] });
    // @ts-expect-error -- no such family
    new FTP({ family: 5 });
    // @ts-expect-error -- a level is 0, 1 or 2
    ftp.setDebugLevel(3);
    // @ts-expect-error -- the settings are private
    ftp.settings;
    return [{}, { timeouts: { reply: 1 } }, { encoding: { encode: Buffer.from, decode: String } }];
  },

  errors(error: ReplyError, wrong: ProtocolError): void {
    is<Equal<typeof error.reply, Reply>>();
    is<Equal<typeof error.code, string>>();
    is<Equal<Reply['lines'], readonly string[]>>();
    is<Equal<Path, string | Uint8Array>>();
    switch (wrong.code) {
      case 'ERR_FTP_PROTOCOL':
      case 'ERR_FTP_REPLY_TOO_LARGE':
      case 'ERR_FTP_BAD_PASV':
      case 'ERR_FTP_PLAINTEXT_AFTER_AUTH':
        break;
      default:
        is<Equal<typeof wrong.code, never>>();
    }
    // @ts-expect-error -- a reply is readonly
    error.reply.code = 200;
  },

  parsers(): void {
    is<Equal<ReturnType<typeof parse150>, number | null>>();
    is<Equal<ReturnType<typeof parse257>, string>>();
    is<Equal<ReturnType<typeof parse227>, ReturnType<typeof parse229>>>();
  },
};

it('has the documented types', () => {
  expect(Object.keys(calls)).toHaveLength(9); // the compiler checks the rest
});
