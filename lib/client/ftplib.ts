import { ProtocolError, ReplyError, replyError } from '../errors';
import { checkCall } from '../options/call-checks';
import type {
  CallOptions,
  DownloadOptions,
  UploadFromOptions,
  UploadOptions,
} from '../options/client-options';
import { DOWNLOAD, UPLOAD } from '../options/option-names';
import {
  checkFunction,
  checkInteger,
  checkPath,
  invalidType,
  invalidValue,
} from '../options/validate';
import type { Command, Path } from '../protocol/command';
import { isListing, traitsOf } from '../protocol/commands';
import { type FactsEntry, parseFacts } from '../protocol/facts';
import { LineEncoder } from '../protocol/line-encoder';
import { parse257 } from '../protocol/pathname';
import { parseOriginal } from '../protocol/secrets';
import { announcedSize, parse213 } from '../protocol/size';
import { type Reply, replyClass, replyText } from '../reply';
import {
  firstTransferCommands,
  type LoginCommands,
  login,
  loginCommands,
  loginTogether,
} from '../session/login';
import { pendingRequest } from '../session/pending-session';
import { isUnknownCommand, type Session } from '../session/session';
import {
  blocksOf,
  callEach,
  isOptions,
  linesOf,
  type TransferCallback,
  upload,
} from '../streams/callbacks';
import { DownloadStream } from '../streams/download-stream';
import { ListingStream } from '../streams/listing-stream';
import type { TransferRequest, TransferStream } from '../streams/transfer';
import { TransferDuplex } from '../streams/transfer-duplex';
import { type UploadSource, uploadable } from '../streams/upload-source';
import { UploadStream } from '../streams/upload-stream';
import { collectNames } from '../transfer/names';
import { transferRequest } from '../transfer/open-transfer';
import { setType } from '../transfer/representation-type';
import { checkTransferOptions, type TransferDetails } from '../transfer/transfer-details';
import { isBytes } from '../util/bytes';
import { FTPConnection } from './ftp-connection';

const CALLBACK_BLOCKSIZE = 8192; // ftplib's
// Measured: 1 GiB piped to a file takes .70 of basic-ftp's time. Blocks of 64 KiB take 1.14, and of
// 8 KiB 2.59, because each block costs a write a trip through the thread pool.
const STREAM_BLOCKSIZE = 1024 * 1024;

/**
 * The methods of Python's `ftplib.FTP` in camelCase, on one control connection. Calls run one at a
 * time, in the order in which they are made.
 */
export class FTPLib extends FTPConnection {
  /**
   * Logs in (`ftplib.login`).
   *
   * @param user - default `'anonymous'`
   * @param passwd - default empty, and `'anonymous@'` for an anonymous user
   * @param acct - sent only if the server asks for it
   * @returns the last reply
   * @throws ReplyError if the server refuses
   */
  async login(user = '', passwd = '', acct = '', options: CallOptions = {}): Promise<string> {
    const commands = this.loginCommands(user, passwd, acct);
    return this.procedure([], options, (session) =>
      this.settings.loginInOneWrite
        ? loginTogether(session, commands, firstTransferCommands(session), options)
        : login(session, commands, options),
    );
  }

  /** Sends account information (`ftplib.acct`: ACCT). @throws ReplyError if the server refuses */
  async acct(password: string, options: CallOptions = {}): Promise<string> {
    return this.#simple(options, 'ACCT', password);
  }

  /**
   * Sends a command and resolves with its reply (`ftplib.sendcmd`). After a 1yz reply, the
   * completion reply is still to come: `voidResp()` returns it. Otherwise it is read and dropped
   * before the next command.
   *
   * @throws ReplyError for a 4yz or 5yz reply
   */
  async sendCmd(cmd: Path, options: CallOptions = {}): Promise<string> {
    const command = this.command(cmd);
    return this.procedure([command], options, (session) => session.sendRaw(command, options));
  }

  /**
   * Sends a command that must get a 2yz reply (`ftplib.voidcmd`).
   * @throws ReplyError for any other reply
   */
  async voidCmd(cmd: Path, options: CallOptions = {}): Promise<string> {
    const command = this.command(cmd);
    const reply = await this.whenOpen((session) => {
      return session.procedure([command], options, () => session.sendRaw(command, options));
    }, options);
    if (replyClass(reply) !== 2) throw new ReplyError(reply, { command: command.label });
    return replyText(reply);
  }

  /**
   * Waits for the completion reply after `sendCmd()` returned a 1yz reply (`ftplib.voidresp`).
   * @throws ReplyError for a 4yz or 5yz reply
   */
  async voidResp(options: CallOptions = {}): Promise<string> {
    checkCall(options);
    return replyText(await this.session().owedReply(options));
  }

  /**
   * Downloads a file as a stream of bytes (`ftplib.retrbinary`). The stream ends only after the
   * server has confirmed the transfer. It emits all errors of the transfer.
   *
   * @param cmd - a RETR command
   * @returns the stream, at once
   * @throws TypeError or RangeError if an argument is invalid
   *
   * @example
   * ```ts
   * await pipeline(ftp.retrBinary('RETR big.iso'), createWriteStream('big.iso'));
   * ```
   */
  retrBinary(cmd: Path, options?: DownloadOptions): DownloadStream;
  /**
   * Downloads a file and passes each block to a callback (`ftplib.retrbinary`).
   *
   * @param cmd - a RETR command
   * @param callback - called with each block; a promise that it returns is awaited
   * @param blocksize - maximum size of a block in bytes (default 8192), or all options
   * @param rest - byte of the file to begin at; default 0
   * @returns the final reply
   * @throws FTPError if the transfer fails
   *
   * @example
   * ```ts
   * const hash = createHash('sha256');
   * await ftp.retrBinary('RETR big.iso', (block) => hash.update(block));
   * ```
   */
  retrBinary(
    cmd: Path,
    callback: TransferCallback<Buffer>,
    blocksize?: number | DownloadOptions,
    rest?: number | null,
  ): Promise<string>;
  retrBinary(
    cmd: Path,
    first: DownloadOptions | TransferCallback<Buffer> = {},
    second?: number | DownloadOptions | null,
    rest?: number | null,
  ): DownloadStream | Promise<string> {
    if (typeof first !== 'function') return this.openDownload(cmd, first, 'I');
    const positional = { blocksize: second ?? undefined, rest } as DownloadOptions;
    const options = typeof second === 'object' && second !== null ? second : positional;
    const open = () => this.openDownload(cmd, options, 'I', {}, CALLBACK_BLOCKSIZE);
    return this.#readWith(open, first, options);
  }

  /**
   * Downloads text as a stream of lines, without their line ends (`ftplib.retrlines`).
   *
   * @param cmd - a RETR, LIST, NLST or MLSD command
   * @returns the stream, at once
   * @throws TypeError or RangeError if an argument is invalid
   *
   * @example
   * ```ts
   * for await (const line of ftp.retrLines('RETR notes.txt')) console.log(line);
   * ```
   */
  retrLines(cmd: Path, options?: CallOptions): ListingStream<string>;
  /**
   * Downloads text and passes each line to a callback, without its line end (`ftplib.retrlines`).
   *
   * @param cmd - a RETR, LIST, NLST or MLSD command
   * @param callback - called with each line; a promise that it returns is awaited
   * @returns the final reply
   * @throws FTPError if the transfer fails
   *
   * @example
   * ```ts
   * await ftp.retrLines('RETR notes.txt', (line) => console.log(line));
   * ```
   */
  retrLines(cmd: Path, callback: TransferCallback<string>, options?: CallOptions): Promise<string>;
  retrLines(
    cmd: Path,
    first: CallOptions | TransferCallback<string> = {},
    options: CallOptions = {},
  ): ListingStream<string> | Promise<string> {
    const lines = (given: CallOptions) => this.#listing(this.command(cmd), given, (line) => line);
    if (typeof first !== 'function') return lines(first);
    return this.#readWith(() => lines(options), first, options);
  }

  /**
   * Uploads the bytes that are written to the returned stream (`ftplib.storbinary`). The stream
   * finishes only after the server has confirmed the transfer. It emits all errors of the transfer.
   *
   * @param cmd - a STOR, APPE or STOU command
   * @param options - as in ftplib, `rest` may be beyond the end of the server's file: servers fill
   * the gap with zeros
   * @returns the stream, at once
   * @throws TypeError or RangeError if an argument is invalid
   *
   * @example
   * ```ts
   * await pipeline(createReadStream('big.iso'), ftp.storBinary('STOR big.iso'));
   * ```
   */
  storBinary(cmd: Path, options?: UploadOptions): UploadStream;
  /**
   * Uploads bytes from a source (`ftplib.storbinary`).
   *
   * @param cmd - a STOR, APPE or STOU command
   * @param source - see `UploadSource`. Bytes are not copied: their memory must remain valid until
   * the call settles
   * @param blocksize - maximum size of a block in bytes (default 8192), or all options
   * @param callback - called with each block of at most `blocksize` bytes once it has been sent; a
   * promise that it returns is awaited
   * @param rest - byte of the server's file to begin at; default 0. As in ftplib, it may be beyond
   * the end of that file: servers fill the gap with zeros
   * @returns the final reply
   * @throws FTPError if the transfer fails
   * @throws TypeError `ERR_INVALID_STATE` if the source is a stream that was already read to its
   * end, or if the memory of its bytes is detached before the call settles
   *
   * @example
   * ```ts
   * await ftp.storBinary('STOR notes.txt', 'hello');
   * ```
   */
  storBinary(
    cmd: Path,
    source: UploadSource,
    blocksize?: number | UploadFromOptions,
    callback?: TransferCallback<Buffer> | null,
    rest?: number | null,
  ): Promise<string>;
  storBinary(cmd: Path, ...args: readonly unknown[]): UploadStream | Promise<string> {
    const [source, second, callback, rest] = args;
    // An explicit undefined is a missing source. It must not open a stream.
    if (args.length === 0) return this.openUpload(cmd, {}, 'I');
    if (isOptions(source)) return this.openUpload(cmd, source as UploadOptions, 'I');
    const positional = { blocksize: second ?? undefined, onBlock: callback ?? undefined, rest };
    const options = typeof second === 'object' && second !== null ? second : positional;
    return this.#uploadFrom(cmd, source, options as UploadFromOptions, 'I');
  }

  /**
   * Uploads the text that is written to the returned stream (`ftplib.storlines`). Every line end
   * becomes CRLF, and a missing last one is added.
   *
   * @param cmd - a STOR, APPE or STOU command
   * @returns the stream, at once
   * @throws TypeError or RangeError if an argument is invalid
   *
   * @example
   * ```ts
   * await pipeline(createReadStream('notes.txt'), ftp.storLines('STOR notes.txt'));
   * ```
   */
  storLines(cmd: Path, options?: CallOptions): UploadStream;
  /**
   * Uploads text from a source (`ftplib.storlines`). Every line end becomes CRLF, and a missing
   * last one is added.
   *
   * @param cmd - a STOR, APPE or STOU command
   * @param source - see `UploadSource`
   * @param callback - called with each line as sent, once it has been sent; a promise that it
   * returns is awaited
   * @returns the final reply
   * @throws FTPError if the transfer fails
   *
   * @example
   * ```ts
   * await ftp.storLines('STOR notes.txt', ['first line\n', 'second line\n']);
   * ```
   */
  storLines(
    cmd: Path,
    source: UploadSource,
    callback?: TransferCallback<Buffer> | null,
    options?: CallOptions,
  ): Promise<string>;
  storLines(cmd: Path, ...args: readonly unknown[]): UploadStream | Promise<string> {
    const [source, callback, options] = args;
    if (args.length === 0) return this.openUpload(cmd, {}, 'A');
    if (isOptions(source)) return this.openUpload(cmd, source as CallOptions, 'A');
    const given = { ...(options as CallOptions), onBlock: callback ?? undefined };
    return this.#uploadFrom(cmd, source, given as UploadFromOptions, 'A');
  }

  /**
   * Starts a transfer and resolves with its data connection (`ftplib.transfercmd`). That stream
   * reads the completion reply itself: it ends, or finishes, only after the server has confirmed
   * the transfer. No TYPE command is sent. Without `size` or `verify`, the length of a download is
   * checked only in type I.
   *
   * @param cmd - a command that starts a transfer: RETR, LIST, STOR, ...
   * @throws FTPError if the server refuses
   */
  async transferCmd(cmd: Path, options: DownloadOptions = {}): Promise<TransferDuplex> {
    return (await this.ntransferCmd(cmd, options)).connection;
  }

  /**
   * Like `transferCmd()`, but also returns the size that the 150 reply announces
   * (`ftplib.ntransfercmd`).
   *
   * @returns `connection`: the data connection; `size`: in bytes, or `null` if it was not announced
   * @throws FTPError if the server refuses
   */
  async ntransferCmd(
    cmd: Path,
    options: DownloadOptions = {},
  ): Promise<{
    /** The data connection. */
    connection: TransferDuplex;
    /** The announced size in bytes; `null` if there is none. */
    size: number | null;
  }> {
    const isUpload = traitsOf(this.command(cmd).verb).transfer === 'upload';
    const stream = isUpload
      ? this.openUpload(cmd, options, undefined)
      : this.openDownload(cmd, options, undefined);
    const { reply } = await stream.opened();
    return { connection: new TransferDuplex(stream), size: announcedSize(reply) };
  }

  /**
   * Lists the names in a directory (`ftplib.nlst`: NLST).
   *
   * @param args - paths (default: the current directory), then options
   * @throws ProtocolError `ERR_FTP_REPLY_TOO_LARGE` if the names take more memory than
   * `maxReadAhead`. Each name counts as its length plus 32 bytes
   * @throws ReplyError if the server refuses; some do so for an empty directory
   *
   * @example
   * ```ts
   * const names = await ftp.nlst('/pub');
   * ```
   */
  async nlst(...args: [...Path[], CallOptions] | Path[]): Promise<string[]> {
    const { paths, options } = splitArguments(args);
    const lines = this.#listing(this.command('NLST', ...paths), options, (line) => line);
    return collectNames(lines, this.settings.maxReadAhead);
  }

  /**
   * Lists a directory as a stream of the lines of LIST (`ftplib.dir`).
   *
   * @param args - paths (default: the current directory), then options
   * @returns the stream, at once
   */
  dir(...args: [...Path[], CallOptions] | Path[]): ListingStream<string>;
  /**
   * Lists a directory and passes each line of LIST to a callback (`ftplib.dir`).
   *
   * @param args - paths (default: the current directory), then the callback
   * @returns the final reply
   * @throws FTPError if the transfer fails
   */
  dir(...args: [...Path[], TransferCallback<string>]): Promise<string>;
  dir(
    ...args: (Path | CallOptions | TransferCallback<string>)[]
  ): ListingStream<string> | Promise<string> {
    const last = args.at(-1);
    const lines = (given: readonly unknown[]) => {
      const { paths, options } = splitArguments(given);
      const named = paths.filter((path) => !isEmpty(path)); // as in ftplib
      return this.#listing(this.command('LIST', ...named), options, (line) => line);
    };
    if (typeof last !== 'function') return lines(args);
    const given = args.slice(0, -1);
    return this.#readWith(() => lines(given), last, splitArguments(given).options);
  }

  /**
   * Lists a directory with MLSD, as a stream of entries (`ftplib.mlsd`, RFC 3659 §7). Entries are
   * emitted as they arrive.
   *
   * @param path - default: the current directory
   * @param facts - the facts to ask for (OPTS MLST); default: the server's choice
   * @returns the stream, at once
   * @throws TypeError if an argument is invalid
   */
  mlsd(
    path: Path = '',
    facts: readonly string[] = [],
    options: CallOptions = {},
  ): ListingStream<FactsEntry> {
    if (!Array.isArray(facts)) throw invalidType('facts', facts, 'an array of strings');
    const before = facts.length > 0 ? [this.command(`OPTS MLST ${facts.join(';')};`)] : [];
    const mlsd = this.command('MLSD', ...(isEmpty(path) ? [] : [path]));
    const parse = (line: string) => (line === '' ? undefined : parseFacts(line));
    return this.#listing(mlsd, options, parse, before);
  }

  /**
   * Renames or moves a file or directory (`ftplib.rename`: RNFR, RNTO).
   *
   * @returns the reply to RNTO
   * @throws ReplyError if the server refuses
   *
   * @example
   * ```ts
   * await ftp.rename('upload.tmp', 'report.pdf');
   * ```
   */
  async rename(from: Path, to: Path, options: CallOptions = {}): Promise<string> {
    const rnfr = this.command('RNFR', checkPath('from', from));
    const rnto = this.command('RNTO', checkPath('to', to));
    return this.procedure([rnfr, rnto], options, async (session) => {
      await session.exchange(rnfr, { ...options, expects: 'intermediate' });
      return session.exchange(rnto, options);
    });
  }

  /** Deletes a file (`ftplib.delete`: DELE). @throws ReplyError for any reply but 250 and 200 */
  async delete(path: Path, options: CallOptions = {}): Promise<string> {
    const dele = this.command('DELE', checkPath('path', path));
    return this.procedure([dele], options, async (session) => {
      const reply = await session.exchange(dele, options);
      if (reply.code !== 250 && reply.code !== 200)
        throw replyError(reply, { command: dele.label });
      return reply;
    });
  }

  /**
   * Changes the current directory (`ftplib.cwd`: CWD). For `'..'`, CDUP is sent if the server knows
   * it.
   * @throws ReplyError if the server refuses
   */
  async cwd(path: Path, options: CallOptions = {}): Promise<string> {
    const target = checkPath('path', path === '' ? '.' : path);
    const cwd = this.command('CWD', target);
    return this.procedure([cwd], options, async (session) => {
      if (path === '..') {
        try {
          return await session.exchangeWithXForm('CDUP', undefined, options);
        } catch (error) {
          if (!isUnknownCommand(error)) throw error;
        }
      }
      return session.exchangeWithXForm('CWD', target, options);
    });
  }

  /**
   * Makes a directory (`ftplib.mkd`: MKD).
   *
   * @returns the path in the reply, or `''` if it has none
   * @throws ReplyError if the server refuses
   */
  async mkd(path: Path, options: CallOptions = {}): Promise<string> {
    return parseOriginal(await this.#named(options, 'MKD', checkPath('path', path)), pathIn);
  }

  /** Removes a directory (`ftplib.rmd`: RMD). @throws ReplyError if the server refuses */
  async rmd(path: Path, options: CallOptions = {}): Promise<string> {
    return replyText(await this.#named(options, 'RMD', checkPath('path', path)));
  }

  /**
   * Asks for the current directory (`ftplib.pwd`: PWD).
   *
   * @returns its path, or `''` if the reply has none
   * @throws ReplyError if the server refuses
   */
  async pwd(options: CallOptions = {}): Promise<string> {
    return parseOriginal(await this.#named(options, 'PWD'), pathIn);
  }

  /**
   * Asks for the size of a file in bytes, in TYPE I (`ftplib.size`: SIZE, RFC 3659 §4).
   *
   * @returns the size, or `null` for a 2yz reply other than 213
   * @throws ReplyError if the server refuses
   * @throws ProtocolError if the size is not a safe integer
   */
  async size(path: Path, options: CallOptions = {}): Promise<number | null> {
    const size = this.command('SIZE', checkPath('path', path));
    const reply = await this.procedureReply([size], options, async (session) => {
      await setType(session, 'I', options);
      return session.exchange(size, options);
    });
    return reply.code === 213 ? parseOriginal(reply, parse213) : null;
  }

  /**
   * Aborts the running transfer (`ftplib.abort`: ABOR). Does not wait for other calls. The stream
   * of the transfer fails. The replies to the transfer and to ABOR may arrive in either order.
   *
   * @returns the reply to ABOR
   * @throws ReplyError if the server refuses
   */
  async abort(options: CallOptions = {}): Promise<string> {
    checkCall(options);
    const session = this.session();
    const abor = this.command('ABOR');
    const replies = await session.transfer?.abort(abor, options);
    if (replies) return replyText(replyToAbor(replies, abor));
    const details = { signal: options.signal, timeout: session.timeouts(options).reply };
    try {
      return replyText(await session.control.immediateExchange(abor, details));
    } catch (error) {
      if (error instanceof ReplyError && error.reply.code === 426) return replyText(error.reply);
      throw error;
    }
  }

  /** Validates credentials before anything is sent. @throws TypeError @internal */
  protected loginCommands(user = '', passwd = '', acct = ''): LoginCommands {
    return loginCommands((...parts) => this.command(...parts), user, passwd, acct);
  }

  async #simple(options: CallOptions, ...parts: Path[]): Promise<string> {
    const command = this.command(...parts);
    return this.procedure([command], options, (session) => session.exchange(command, options));
  }

  async #named(options: CallOptions, verb: string, path?: Path): Promise<Reply> {
    const command = path === undefined ? this.command(verb) : this.command(verb, path);
    return this.procedureReply([command], options, (session) =>
      session.exchangeWithXForm(verb, path, options),
    );
  }

  #request(command: Command, details: TransferDetails): TransferRequest {
    const request = (session: Session) => transferRequest(session, command, details);
    if (this.pending) return pendingRequest(command.label, this.pending.use(request));
    try {
      return request(this.session());
    } catch (error) {
      // Not connected: the stream emits the error, as it does all later ones.
      return { command: command.label, open: () => Promise.reject(error) };
    }
  }

  /** @internal */
  protected openDownload(
    cmd: Path | Command,
    options: DownloadOptions,
    type: 'I' | undefined,
    more: Partial<TransferDetails> = {},
    defaultBlocksize = STREAM_BLOCKSIZE,
  ): DownloadStream {
    const command = isCommand(cmd) ? cmd : this.command(cmd);
    checkCall(options, DOWNLOAD);
    const blocksize = checkInteger('blocksize', options.blocksize ?? defaultBlocksize, 1);
    const details = {
      direction: 'download' as const,
      type,
      ...checkTransferOptions(options),
      ...more,
    };
    const { signal } = options;
    const inPlace = details.memory !== undefined;
    const given = { blocksize, isListing: isListing(command), inPlace, signal };
    return this.#withTransferEvent(new DownloadStream(this.#request(command, details), given));
  }

  #listing<T>(
    command: Command,
    options: CallOptions,
    parse: (line: string) => T | undefined,
    before: readonly Command[] = [],
  ): ListingStream<T> {
    checkCall(options);
    const { signal, timeout } = options;
    const { maxListingLine, maxReadAhead } = this.settings;
    const details = { direction: 'download' as const, type: 'A' as const, timeout, before };
    const stream = new ListingStream(this.#request(command, details), {
      parse: (line) => parse(this.settings.codec.decode(line)),
      maxListingLine,
      maxReadAhead,
      signal,
    });
    return this.#withTransferEvent(stream);
  }

  /** @internal */
  protected openUpload(
    cmd: Path | Command,
    options: UploadOptions,
    type: 'I' | 'A' | undefined,
    more: Partial<TransferDetails> = {},
    defaultBlocksize = STREAM_BLOCKSIZE,
  ): UploadStream {
    const command = isCommand(cmd) ? cmd : this.command(cmd);
    checkCall(options, UPLOAD);
    if (options.verify !== undefined && command.verb === 'STOU') {
      throw invalidValue('verify', options.verify, 'absent: the file name of STOU is unknown');
    }
    const blocksize = checkInteger('blocksize', options.blocksize ?? defaultBlocksize, 1);
    const details = {
      direction: 'upload' as const,
      type,
      ...checkTransferOptions(options),
      ...more,
    };
    const { signal } = options;
    const encoder = type === 'A' ? { encoder: new LineEncoder() } : {};
    return this.#withTransferEvent(
      new UploadStream(this.#request(command, details), { blocksize, signal, ...encoder }),
    );
  }

  async #uploadFrom(
    cmd: Path,
    source: unknown,
    options: UploadFromOptions,
    type: 'I' | 'A',
  ): Promise<string> {
    const { onBlock, blocksize = CALLBACK_BLOCKSIZE } = options;
    if (onBlock !== undefined) checkFunction('callback', onBlock);
    const { codec } = this.settings;
    const checked = uploadable(source, codec); // before anything is sent
    // A callback is called once its block was sent, so the stream must not buffer more of them.
    const buffered = onBlock ? CALLBACK_BLOCKSIZE : STREAM_BLOCKSIZE;
    const stream = this.openUpload(cmd, options, type, {}, buffered);
    await upload(checked, stream, type === 'A' ? linesOf : blocksOf(blocksize), onBlock, codec);
    return replyText(stream.reply as Reply);
  }

  /** Passes each item of a stream to a callback. Resolves with the final reply. */
  async #readWith<T>(
    open: () => DownloadStream | ListingStream<T>,
    callback: TransferCallback<never>,
    options: CallOptions,
  ): Promise<string> {
    const stream = open();
    await callEach(stream, callback, this.dependencies(options));
    return replyText(stream.reply as Reply);
  }

  #withTransferEvent<
    S extends (TransferStream & DownloadStream) | ListingStream<unknown> | UploadStream,
  >(stream: S): S {
    stream.once('open', () => this.emit('transfer', stream));
    return stream;
  }
}

function isCommand(cmd: Path | Command): cmd is Command {
  return typeof cmd === 'object' && cmd !== null && 'wire' in cmd;
}

function isEmpty(path: Path): boolean {
  return (typeof path === 'string' || isBytes(path)) && path.length === 0;
}

/** Separates paths from the options that may follow them. */
function splitArguments(args: readonly unknown[]): { paths: Path[]; options: CallOptions } {
  const last = args.at(-1);
  const hasOptions = isOptions(last);
  return {
    paths: (hasOptions ? args.slice(0, -1) : args) as Path[],
    options: hasOptions ? (last as CallOptions) : {},
  };
}

// As in ftplib, a 2yz reply other than 257 has no path. Microsoft's server of 2003 sends such
// replies.
function pathIn(reply: string): string {
  return reply.startsWith('257') ? parse257(reply) : '';
}

/** Finds the reply to ABOR among those to an aborted transfer: a 2yz, wherever it comes. */
function replyToAbor(replies: readonly Reply[], abor: Command): Reply {
  const completion = replies.findLast(({ code }) => code >= 200 && code < 300);
  const reply = completion ?? replies.find(({ code }) => code === 426) ?? replies.at(-1);
  if (!reply) throw new ProtocolError('No reply to ABOR', { command: abor.label });
  if (reply.code >= 500) throw replyError(reply, { command: abor.label });
  return reply;
}
