import { printable } from '../errors';
import {
  checkFileTransfer,
  downloadTo,
  FILE_BLOCKSIZE,
  type FileTransfer,
  type FileTransferResult,
  preparation,
  transferred,
  uploadFrom,
} from '../files/file-transfer';
import { FileWriter } from '../files/file-writer';
import type { LocalFile } from '../files/local-file';
import { type ListReading, resultOf, withNext } from '../files/many';
import { ProgressListener } from '../files/progress-listener';
import type { Entry } from '../listing/entry';
import { checkCall } from '../options/call-checks';
import { checkClientObject, copyOf } from '../options/check-names';
import type { CallOptions, Credentials, FTPOptions } from '../options/client-options';
import type { FileTransferOptions } from '../options/file-transfer-options';
import { checkListing, type ListOptions, type StatOptions } from '../options/listing-options';
import { LIST, STAT } from '../options/option-names';
import { checkBoolean, checkPath, invalidType } from '../options/validate';
import type { Path } from '../protocol/command';
import type { Features } from '../protocol/features';
import { parsed } from '../protocol/secrets';
import { parseModificationTime } from '../protocol/time-val';
import { featuresOf } from '../session/features';
import type { Session } from '../session/session';
import type { ListingStream } from '../streams/listing-stream';
import { listCommands, listStream } from '../transfer/list';
import { statPath } from '../transfer/stat';
import { isBytes } from '../util/bytes';
import { callListener } from '../util/listeners';
import { FTPLib } from './ftplib';

/** The same type, but nothing is inferred from it. TypeScript's own type for this is newer than 5.2. */
type AsDeclared<O> = [O][O extends unknown ? 0 : never];

/**
 * An FTP client (RFC 959): Python's `ftplib.FTP`, whose transfers are Node streams.
 *
 * Calls are carried out one at a time, in their order. Bad arguments throw, or
 * reject with, a `TypeError` or `RangeError` before anything is sent. All else that
 * fails gives an `FTPError`, whose `connectionUsable` tells whether to go on.
 */
export class FTP extends FTPLib {
  /**
   * Connects and logs in.
   * @throws FTPError when either fails; nothing is left open then
   */
  static async connect<T extends FTP, O extends Omit<FTPOptions, 'secure'>>(
    this: new (
      options?: O,
    ) => T,
    options: AsDeclared<O> & Credentials = {} as AsDeclared<O>,
  ): Promise<T> {
    // The names of the others are the constructor's to check: it may be that of a subclass.
    checkClientObject(options);
    const { user, password, passwd, account, acct, ...rest } = copyOf(options);
    const ftp = new this(rest as unknown as O);
    const credentials = [user, password ?? passwd, account ?? acct] as const;
    try {
      ftp.loginCommands(...credentials); // what is refused of them is refused before connecting
      const welcome = await ftp.connect();
      // RFC 959 §5.4 does not know it, but some servers need no login and say so. Said in clear,
      // it is worth nothing where TLS is required (CVE-2021-22946).
      const isIn = welcome.startsWith('230') && ftp.settings.tls === undefined;
      if (!isIn) await ftp.login(...credentials, { signal: options.signal });
      return ftp;
    } catch (error) {
      ftp.close();
      throw error;
    }
  }

  /**
   * The entries of a directory, as they come: by MLSD where the server has it (RFC 3659 §7), else
   * by LIST in whatever dialect it writes.
   *
   * The stream has one more event, `'unparsed'`: a line that is neither an entry nor what stands
   * around them. Where nobody listens, and there is no option `unparsed`, the client's `'warning'` tells it.
   *
   * @param path - default: the current directory
   * @returns the stream at once; commands can be sent from inside a loop over it
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
    const at = (session: Session) => ({ session, ticket: session.turns.take() });
    const take = () => this.pending?.use(at) ?? at(this.session());
    const stream = listStream(take, commands, options, this.settings, {
      unparsed: (line, told) => {
        callListener(() => {
          const isHeard = told.emit('unparsed', line) || options.unparsed !== undefined;
          const warning = `Not understood in a listing: ${printable(line)}`;
          if (!isHeard) this.emit('warning', warning);
        });
        options.unparsed?.(line);
      },
    });
    stream.once('open', () => this.emit('transfer', stream));
    return stream;
  }

  /**
   * What the server says of one file or directory, called by the last part of its path: by MLST;
   * where the server has none, as far as SIZE, MDTM and LIST tell it.
   *
   * @throws ReplyError if there is none such
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

  /** When a file was modified (MDTM, RFC 3659 §3). @throws ProtocolError for a reply without a time */
  async mdtm(path: Path, options: CallOptions = {}): Promise<Date> {
    const mdtm = this.command('MDTM', checkPath('path', path));
    const run = (session: Session) => session.exchange(mdtm, options);
    return parsed(await this.answer([mdtm], options, run), parseModificationTime);
  }

  /** What the server says it can do (FEAT, RFC 2389), asked once after each login; empty if it does not know FEAT. */
  async features(options: CallOptions = {}): Promise<Features> {
    return this.whenOpen((session) => {
      return session.procedure([], options, () => featuresOf(session, options));
    }, options);
  }

  /** The server's system, as it tells it: `UNIX Type: L8` (SYST, RFC 959 §4.1.3). */
  async system(options: CallOptions = {}): Promise<string> {
    const syst = this.command('SYST');
    const run = (session: Session) => session.exchange(syst, options);
    return (await this.procedure([syst], options, run)).slice(4);
  }

  /**
   * Downloads a file into a file of this machine, by the shortest way: committed, and of the size that
   * the server tells, or an error. A local file that was begun stays when the download fails.
   *
   * @param local - a path, or a FileHandle, which stays open
   * @throws FTPError, or Node's error when the local file cannot be written (`EBADF` for a
   * FileHandle that is closed meanwhile)
   */
  async download(
    remotePath: Path,
    local: LocalFile,
    options: FileTransferOptions = {},
  ): Promise<FileTransfer> {
    return this.#downloadFile(remotePath, local, options);
  }

  /**
   * Uploads a file of this machine, by the shortest way: committed, and of the same size at the server,
   * or an error.
   *
   * @param local - a path, or a FileHandle, which stays open
   * @throws FTPError, or Node's error when the local file cannot be read (`EBADF` for a FileHandle
   * that is closed meanwhile); the upload is reset then
   */
  async upload(
    local: LocalFile,
    remotePath: Path,
    options: FileTransferOptions = {},
  ): Promise<FileTransfer> {
    return this.#uploadFile(local, remotePath, options);
  }

  /**
   * Downloads one file after the other over this connection, with `pipelining` in fewer round trips.
   *
   * @param pairs - remote paths, and the local files for them
   * @returns a result for each, in their order, as it is done; one that failed has an `error`, unless
   * the connection is lost, or `signal` aborted: that is thrown, and ends it
   */
  async *downloadMany(
    pairs: Iterable<readonly [Path, LocalFile]> | AsyncIterable<readonly [Path, LocalFile]>,
    options: FileTransferOptions = {},
  ): AsyncGenerator<FileTransferResult> {
    const memory = new FileWriter();
    const listener = this.#listenerOf(options);
    for await (const { item, hasNext } of withNext(pairs, this.#reading(options))) {
      const [remotePath, local] = item;
      const many = { memory, hasNext, listener };
      const done = this.#downloadFile(remotePath, local, options, many);
      yield await resultOf(remotePath, local, done, options, listener);
    }
  }

  /** Uploads one file after the other: see `downloadMany()`. @param pairs - local files, and the remote paths for them */
  async *uploadMany(
    pairs: Iterable<readonly [LocalFile, Path]> | AsyncIterable<readonly [LocalFile, Path]>,
    options: FileTransferOptions = {},
  ): AsyncGenerator<FileTransferResult> {
    const listener = this.#listenerOf(options);
    for await (const { item, hasNext } of withNext(pairs, this.#reading(options))) {
      const [local, remotePath] = item;
      const done = this.#uploadFile(local, remotePath, options, { hasNext, listener });
      yield await resultOf(remotePath, local, done, options, listener);
    }
  }

  #listenerOf({ onProgress }: FileTransferOptions): ProgressListener | undefined {
    return typeof onProgress === 'function' ? new ProgressListener(onProgress) : undefined;
  }

  #reading(options: FileTransferOptions): ListReading {
    return { dependencies: this.dependencies(options), looksAhead: this.settings.pipelining };
  }

  async #downloadFile(
    remotePath: Path,
    local: LocalFile,
    options: FileTransferOptions,
    { memory = new FileWriter(), hasNext, listener = this.#listenerOf(options) }: OneOfMany = {},
  ): Promise<FileTransfer> {
    const checked = checkFileTransfer(local, options);
    const retr = this.command('RETR', checkPath('remotePath', remotePath));
    const { rest = 0 } = checked;
    const prepare = preparation(local, rest, retr.label);
    const more = { memory, hasNext, prepare, files: { mayBeUnknown: true } };
    const stream = this.openDownload(retr, { ...checked, blocksize: FILE_BLOCKSIZE }, 'I', more);
    listener?.follow(stream);
    const dependencies = this.dependencies(options);
    const done = downloadTo(local, rest, stream, memory, dependencies);
    await (listener ? listener.outcome(done, dependencies) : done);
    return transferred(remotePath, local, stream);
  }

  async #uploadFile(
    local: LocalFile,
    remotePath: Path,
    options: FileTransferOptions,
    { hasNext, listener = this.#listenerOf(options) }: OneOfMany = {},
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
    return transferred(remotePath, local, stream);
  }
}

/** What a transfer shares with the others of `downloadMany()` or `uploadMany()`. */
interface OneOfMany {
  readonly memory?: FileWriter;
  readonly hasNext?: boolean;
  readonly listener?: ProgressListener | undefined;
}
