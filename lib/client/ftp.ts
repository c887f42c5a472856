import { printable } from '../errors';
import {
  checkFileTransfer,
  downloadTo,
  FILE_BLOCKSIZE,
  type FileTransfer,
  type FileTransferResult,
  fileTransferOf,
  offsetCheck,
  uploadFrom,
} from '../files/file-transfer';
import { FileWriter } from '../files/file-writer';
import type { LocalFile } from '../files/local-file';
import { type ListReading, resultOf, withLookAhead } from '../files/many';
import { ProgressListener } from '../files/progress-listener';
import type { Entry } from '../listing/entry';
import { checkCall, checkCredentials } from '../options/call-checks';
import { checkClientObject, copyOf } from '../options/check-names';
import type { CallOptions, Credentials, FTPOptions } from '../options/client-options';
import type { FileTransferOptions } from '../options/file-transfer-options';
import { checkListing, type ListOptions, type StatOptions } from '../options/listing-options';
import { LIST, STAT } from '../options/option-names';
import { checkBoolean, checkPath, invalidType } from '../options/validate';
import type { Path } from '../protocol/command';
import type { Features } from '../protocol/features';
import { parseOriginal } from '../protocol/secrets';
import { parseModificationTime } from '../protocol/time-val';
import { fetchFeatures } from '../session/features';
import type { Session } from '../session/session';
import type { ListingStream } from '../streams/listing-stream';
import { listCommands, listStream } from '../transfer/list';
import { statPath } from '../transfer/stat';
import { isBytes } from '../util/bytes';
import { callListener } from '../util/listeners';
import { FTPLib } from './ftplib';

/** Blocks inference from this position. TypeScript 5.2 has no utility type for this. */
type AsDeclared<O> = [O][O extends unknown ? 0 : never];

/**
 * An FTP client (RFC 959): Python's `ftplib.FTP`, whose transfers are Node streams.
 *
 * Calls run one at a time, in the order in which they are made. Invalid arguments throw, or reject
 * with, a `TypeError` or `RangeError` before anything is sent. All other failures are an
 * `FTPError`; its `connectionUsable` tells whether the client can still be used.
 *
 * @example
 * ```ts
 * await using ftp = await FTP.connect({ host: 'ftp.example.com', user: 'me', password: 'secret' });
 * for await (const entry of ftp.list('/pub')) console.log(entry.name, entry.size);
 * ```
 */
export class FTP extends FTPLib {
  /**
   * Connects and logs in.
   *
   * @param options - the client's options, and the credentials; default: anonymous, on localhost
   * @throws TypeError or RangeError if an option is invalid
   * @throws FTPError if connecting or logging in fails; the connection is then closed
   *
   * @example
   * ```ts
   * const ftp = await FTP.connect({ host: 'ftp.example.com', user: 'me', password: 'secret' });
   * ```
   */
  static async connect<T extends FTP, O extends Omit<FTPOptions, 'secure'>>(
    this: new (
      options?: O,
    ) => T,
    options: AsDeclared<O> & Credentials = {} as AsDeclared<O>,
  ): Promise<T> {
    // The constructor checks the other names: it may be that of a subclass with more options.
    checkClientObject(options);
    const { user, password, passwd, account, acct, ...rest } = copyOf(options);
    checkCredentials({ user, password, passwd, account, acct });
    const ftp = new this(rest as unknown as O);
    const credentials = [user, password ?? passwd, account ?? acct] as const;
    try {
      ftp.loginCommands(...credentials); // throws for invalid credentials, before connecting
      const welcome = await ftp.connect();
      // Not in RFC 959 §5.4, but some servers need no login and greet with 230. Where TLS is
      // required, such a greeting cannot be trusted: it was not encrypted (CVE-2021-22946).
      const isLoggedIn = welcome.startsWith('230') && ftp.settings.tls === undefined;
      if (!isLoggedIn) await ftp.login(...credentials, { signal: options.signal });
      return ftp;
    } catch (error) {
      ftp.close();
      throw error;
    }
  }

  /**
   * Lists a directory as a stream of entries, which are emitted as they arrive. Uses MLSD if the
   * server supports it (RFC 3659 §7). Otherwise uses LIST, and detects its dialect.
   *
   * The stream has an additional event, `'unparsed'`, for a line that is neither an entry nor part
   * of a header or footer. Without a listener and without the option `unparsed`, the client emits
   * `'warning'`.
   *
   * @param path - default: the current directory
   * @returns the stream, at once. Commands can be sent from inside a loop over it
   * @throws TypeError or RangeError if an argument is invalid
   *
   * @example
   * ```ts
   * for await (const entry of ftp.list('/pub')) {
   *   if (entry.type === 'file') console.log(entry.name, entry.size, entry.modified);
   * }
   * ```
   */
  list(path: Path = '', options: ListOptions = {}): ListingStream<Entry> {
    if (typeof path !== 'string' && !isBytes(path)) {
      throw invalidType('path', path, 'a string or a Uint8Array');
    }
    checkCall(options, LIST);
    const { all = false } = checkListing(options).parsing;
    const { hidden = all } = options;
    checkBoolean('hidden', hidden);
    const commands = listCommands((...parts) => this.command(...parts), path, hidden || all);
    const inTurn = (session: Session) => ({ session, turn: session.turns.take() });
    const takeTurn = () => this.pending?.use(inTurn) ?? inTurn(this.session());
    const stream = listStream(takeTurn, commands, options, this.settings, {
      unparsed: (line, listing) => {
        callListener(() => {
          const isHandled = listing.emit('unparsed', line) || options.unparsed !== undefined;
          const warning = `Not understood in a listing: ${printable(line)}`;
          if (!isHandled) this.emit('warning', warning);
        });
        options.unparsed?.(line);
      },
    });
    stream.once('open', () => this.emit('transfer', stream));
    return stream;
  }

  /**
   * Describes one file or directory. Its `name` is the last part of the path. Uses MLST if the
   * server supports it. Otherwise combines the replies to SIZE, MDTM and LIST.
   *
   * @throws ReplyError if the path does not exist
   *
   * @example
   * ```ts
   * const { type, size, modified } = await ftp.stat('/pub/big.iso');
   * ```
   */
  async stat(path: Path, options: StatOptions = {}): Promise<Entry> {
    checkCall(options, STAT);
    checkListing(options);
    const mlst = this.command('MLST', checkPath('path', path));
    const { signal, timeout } = options;
    const limits = { signal, timeout };
    return this.whenOpen((session) => {
      return session.procedure([mlst], limits, () => statPath(session, path, options));
    }, limits);
  }

  /**
   * Asks when a file was modified (MDTM, RFC 3659 §3).
   *
   * @throws ReplyError if the server refuses
   * @throws ProtocolError if the reply contains no time
   */
  async mdtm(path: Path, options: CallOptions = {}): Promise<Date> {
    const mdtm = this.command('MDTM', checkPath('path', path));
    const run = (session: Session) => session.exchange(mdtm, options);
    return parseOriginal(await this.procedureReply([mdtm], options, run), parseModificationTime);
  }

  /**
   * Asks for the features of the server (FEAT, RFC 2389). FEAT is sent once after each login, and
   * the result is kept. Empty if the server does not know FEAT.
   */
  async features(options: CallOptions = {}): Promise<Features> {
    return this.whenOpen((session) => {
      return session.procedure([], options, () => fetchFeatures(session, options));
    }, options);
  }

  /**
   * Asks for the server's operating system (SYST, RFC 959 §4.1.3).
   *
   * @returns the text of the reply, such as `UNIX Type: L8`
   * @throws ReplyError if the server refuses
   */
  async system(options: CallOptions = {}): Promise<string> {
    const syst = this.command('SYST');
    const run = (session: Session) => session.exchange(syst, options);
    return (await this.procedure([syst], options, run)).slice(4);
  }

  /**
   * Downloads a file to a local file. Succeeds only if the server confirms the transfer and the
   * size matches. If the download fails, an incomplete local file is kept.
   *
   * @param local - a path, or a FileHandle, which stays open
   * @throws FTPError if the transfer fails
   * @throws Error of Node if the local file cannot be written; `EBADF` if the FileHandle is closed
   * during the download
   *
   * @example
   * ```ts
   * const { bytesTransferred } = await ftp.download('/pub/big.iso', 'big.iso');
   * ```
   */
  async download(
    remotePath: Path,
    local: LocalFile,
    options: FileTransferOptions = {},
  ): Promise<FileTransfer> {
    return this.#downloadFile(remotePath, local, options);
  }

  /**
   * Uploads a local file. Succeeds only if the server confirms the transfer and the size matches.
   *
   * @param local - a path, or a FileHandle, which stays open
   * @throws FTPError if the transfer fails
   * @throws Error of Node if the local file cannot be read; `EBADF` if the FileHandle is closed
   * during the upload. The data connection is then reset
   *
   * @example
   * ```ts
   * await ftp.upload('big.iso', '/pub/big.iso', {
   *   onProgress: ({ bytesTransferred }) => console.log(bytesTransferred),
   * });
   * ```
   */
  async upload(
    local: LocalFile,
    remotePath: Path,
    options: FileTransferOptions = {},
  ): Promise<FileTransfer> {
    return this.#uploadFile(local, remotePath, options);
  }

  /**
   * Downloads several files, one after the other over this connection. With the client's option
   * `pipelining`, this takes fewer round trips.
   *
   * @param pairs - pairs of a remote path and a local file
   * @returns a result for each pair, in order. A file that could not be downloaded has an `error`
   * @throws FTPError if the connection is lost, or the signal's reason if it is aborted. No more
   * files are then downloaded
   *
   * @example
   * ```ts
   * for await (const { remotePath, error } of ftp.downloadMany([['a', 'a.txt'], ['b', 'b.txt']])) {
   *   if (error) console.error(remotePath, error.message);
   * }
   * ```
   */
  async *downloadMany(
    pairs: Iterable<readonly [Path, LocalFile]> | AsyncIterable<readonly [Path, LocalFile]>,
    options: FileTransferOptions = {},
  ): AsyncGenerator<FileTransferResult> {
    const memory = new FileWriter();
    const listener = this.#listenerOf(options);
    for await (const { item, hasNext } of withLookAhead(pairs, this.#listReading(options))) {
      const [remotePath, local] = item;
      const many = { memory, hasNext, listener };
      const done = this.#downloadFile(remotePath, local, options, many);
      yield await resultOf(remotePath, local, done, options, listener);
    }
  }

  /**
   * Uploads several files, one after the other over this connection. With the client's option
   * `pipelining`, this takes fewer round trips.
   *
   * @param pairs - pairs of a local file and a remote path
   * @returns a result for each pair, in order. A file that could not be uploaded has an `error`
   * @throws FTPError if the connection is lost, or the signal's reason if it is aborted. No more
   * files are then uploaded
   *
   * @example
   * ```ts
   * for await (const { remotePath, error } of ftp.uploadMany([['a.txt', 'a'], ['b.txt', 'b']])) {
   *   if (error) console.error(remotePath, error.message);
   * }
   * ```
   */
  async *uploadMany(
    pairs: Iterable<readonly [LocalFile, Path]> | AsyncIterable<readonly [LocalFile, Path]>,
    options: FileTransferOptions = {},
  ): AsyncGenerator<FileTransferResult> {
    const listener = this.#listenerOf(options);
    for await (const { item, hasNext } of withLookAhead(pairs, this.#listReading(options))) {
      const [local, remotePath] = item;
      const done = this.#uploadFile(local, remotePath, options, { hasNext, listener });
      yield await resultOf(remotePath, local, done, options, listener);
    }
  }

  #listenerOf(options: FileTransferOptions): ProgressListener | undefined {
    const onProgress = options?.onProgress; // null is refused with the other options
    return typeof onProgress === 'function' ? new ProgressListener(onProgress) : undefined;
  }

  #listReading(options: FileTransferOptions): ListReading {
    return { dependencies: this.dependencies(options), lookAhead: this.settings.pipelining };
  }

  async #downloadFile(
    remotePath: Path,
    local: LocalFile,
    options: FileTransferOptions,
    { memory = new FileWriter(), hasNext, listener = this.#listenerOf(options) }: SharedState = {},
  ): Promise<FileTransfer> {
    const checked = checkFileTransfer(local, options);
    const retr = this.command('RETR', checkPath('remotePath', remotePath));
    const { rest = 0 } = checked;
    const prepare = offsetCheck(local, rest, retr.label);
    const more = { memory, hasNext, prepare, files: { mayBeUnknown: true } };
    const stream = this.openDownload(retr, { ...checked, blocksize: FILE_BLOCKSIZE }, 'I', more);
    listener?.follow(stream);
    const dependencies = this.dependencies(options);
    const done = downloadTo(local, rest, stream, memory, dependencies);
    await (listener ? listener.outcome(done, dependencies) : done);
    return fileTransferOf(remotePath, local, stream);
  }

  async #uploadFile(
    local: LocalFile,
    remotePath: Path,
    options: FileTransferOptions,
    { hasNext, listener = this.#listenerOf(options) }: SharedState = {},
  ): Promise<FileTransfer> {
    const checked = checkFileTransfer(local, options);
    const stor = this.command('STOR', checkPath('remotePath', remotePath));
    const done = uploadFrom(local, checked.rest ?? 0, (prepare) => {
      const settings = { ...checked, blocksize: FILE_BLOCKSIZE };
      const files = { mayBeUnknown: checked.verify === undefined };
      const opened = this.openUpload(stor, settings, 'I', { hasNext, prepare, files });
      listener?.follow(opened);
      return opened;
    });
    const stream = await (listener ? listener.outcome(done, this.dependencies(options)) : done);
    return fileTransferOf(remotePath, local, stream);
  }
}

/** What the transfers of one `downloadMany()` or `uploadMany()` share. */
interface SharedState {
  readonly memory?: FileWriter;
  readonly hasNext?: boolean;
  readonly listener?: ProgressListener | undefined;
}
