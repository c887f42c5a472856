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
import { parsed } from '../protocol/secrets';
import { announcedSize, parse213 } from '../protocol/size';
import { type Reply, replyClass, replyText } from '../reply';
import {
  beforeTransfer,
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
import { namesOf } from '../transfer/names';
import { transferRequest } from '../transfer/open-transfer';
import { setType } from '../transfer/representation-type';
import { checkTransfer, type TransferDetails } from '../transfer/transfer-details';
import { isBytes } from '../util/bytes';
import { FTPConnection } from './ftp-connection';

const BLOCKSIZE = 8192; // ftplib's

/**
 * The methods of Python's `ftplib.FTP`, in camelCase, on one control connection. Calls are
 * carried out one at a time, in their order.
 */
export class FTPLib extends FTPConnection {
  /**
   * Logs in (`ftplib.login`).
   *
   * @param user - default `'anonymous'`
   * @param passwd - default empty, and `'anonymous@'` for an anonymous user
   * @param acct - sent only if the server asks for it
   */
  async login(user = '', passwd = '', acct = '', options: CallOptions = {}): Promise<string> {
    const commands = this.loginCommands(user, passwd, acct);
    return this.procedure([], options, (session) =>
      this.settings.loginInOneWrite
        ? loginTogether(session, commands, beforeTransfer(session), options)
        : login(session, commands, options),
    );
  }

  /** Sends an account (`ftplib.acct`). */
  async acct(password: string, options: CallOptions = {}): Promise<string> {
    return this.#simple(options, 'ACCT', password);
  }

  /**
   * Sends a command (`ftplib.sendcmd`). After a 1yz the completion is still owed:
   * `voidResp()` gives it, else it is read and dropped before the next command.
   *
   * @throws ReplyError for a 4yz or 5yz
   */
  async sendCmd(cmd: Path, options: CallOptions = {}): Promise<string> {
    const made = this.command(cmd);
    return this.procedure([made], options, (session) => session.sendRaw(made, options));
  }

  /** Sends a command that a 2yz must answer (`ftplib.voidcmd`). @throws ReplyError for all else */
  async voidCmd(cmd: Path, options: CallOptions = {}): Promise<string> {
    const made = this.command(cmd);
    const reply = await this.whenOpen((session) => {
      return session.procedure([made], options, () => session.sendRaw(made, options));
    }, options);
    if (replyClass(reply) !== 2) throw new ReplyError(reply, { command: made.label });
    return replyText(reply);
  }

  /** The completion reply that is owed after `sendCmd()` returned a 1yz (`ftplib.voidresp`). */
  async voidResp(options: CallOptions = {}): Promise<string> {
    checkCall(options);
    return replyText(await this.session().owedReply(options));
  }

  /**
   * Downloads bytes as a stream, or block by block to a callback (`ftplib.retrbinary`).
   *
   * @param cmd - a RETR command
   * @returns the stream at once; with a callback, the final reply
   */
  retrBinary(cmd: Path, options?: DownloadOptions): DownloadStream;
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
    return this.#called(() => this.openDownload(cmd, options, 'I'), first, options);
  }

  /**
   * Downloads text as a stream of lines without their ends, or line by line to a
   * callback (`ftplib.retrlines`).
   *
   * @param cmd - a RETR, LIST, NLST or MLSD command
   */
  retrLines(cmd: Path, options?: CallOptions): ListingStream<string>;
  retrLines(cmd: Path, callback: TransferCallback<string>, options?: CallOptions): Promise<string>;
  retrLines(
    cmd: Path,
    first: CallOptions | TransferCallback<string> = {},
    options: CallOptions = {},
  ): ListingStream<string> | Promise<string> {
    const lines = (given: CallOptions) => this.#listing(this.command(cmd), given, (line) => line);
    if (typeof first !== 'function') return lines(first);
    return this.#called(() => lines(options), first, options);
  }

  /**
   * Uploads bytes: what is written to the stream, or a source (`ftplib.storbinary`).
   * As in ftplib, `rest` may lie beyond the end of the server's file: servers fill the gap with zeros.
   *
   * @param cmd - a STOR, APPE or STOU command
   * @param source - see `UploadSource`; a stream that was read to its end rejects (`ERR_INVALID_STATE`); bytes are
   * not copied: their memory must stay until the call settles, and fails it (`ERR_INVALID_STATE`) if it does not
   * @param callback - called with each block of at most `blocksize` bytes once it is sent
   * @returns the stream at once; with a source, the final reply
   */
  storBinary(cmd: Path, options?: UploadOptions): UploadStream;
  storBinary(
    cmd: Path,
    source: UploadSource,
    blocksize?: number | UploadFromOptions,
    callback?: TransferCallback<Buffer> | null,
    rest?: number | null,
  ): Promise<string>;
  storBinary(cmd: Path, ...args: readonly unknown[]): UploadStream | Promise<string> {
    const [source, second, callback, rest] = args;
    // An explicit undefined is a source that is missing, and not a call without one.
    if (args.length === 0) return this.openUpload(cmd, {}, 'I');
    if (isOptions(source)) return this.openUpload(cmd, source as UploadOptions, 'I');
    const positional = { blocksize: second ?? undefined, onBlock: callback ?? undefined, rest };
    const options = typeof second === 'object' && second !== null ? second : positional;
    return this.#uploaded(cmd, source, options as UploadFromOptions, 'I');
  }

  /**
   * Uploads text: every line end becomes CRLF, and a missing last one is added
   * (`ftplib.storlines`).
   *
   * @param callback - called with each line, as it goes out, once it is sent
   */
  storLines(cmd: Path, options?: CallOptions): UploadStream;
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
    return this.#uploaded(cmd, source, given as UploadFromOptions, 'A');
  }

  /**
   * Starts a transfer and gives its connection (`ftplib.transfercmd`), which owns the
   * completion reply: it ends, or finishes, only when the transfer is committed.
   * No TYPE is sent. Without `size` or `verify`, a download in any type but I is not measured.
   */
  async transferCmd(cmd: Path, options: DownloadOptions = {}): Promise<TransferDuplex> {
    return (await this.ntransferCmd(cmd, options)).connection;
  }

  /** The same, with the size that the 150 tells (`ftplib.ntransfercmd`). */
  async ntransferCmd(
    cmd: Path,
    options: DownloadOptions = {},
  ): Promise<{ connection: TransferDuplex; size: number | null }> {
    const isUpload = traitsOf(this.command(cmd).verb).transfer === 'upload';
    const stream = isUpload
      ? this.openUpload(cmd, options, undefined)
      : this.openDownload(cmd, options, undefined);
    const { reply } = await stream.opened();
    return { connection: new TransferDuplex(stream), size: announcedSize(reply) };
  }

  /**
   * The names that NLST gives (`ftplib.nlst`).
   *
   * @throws ProtocolError `ERR_FTP_REPLY_TOO_LARGE` when they take more memory than `maxReadAhead`; each name counts
   * for 32 bytes more than it has
   */
  async nlst(...args: [...Path[], CallOptions] | Path[]): Promise<string[]> {
    const { paths, options } = splitArguments(args);
    const lines = this.#listing(this.command('NLST', ...paths), options, (line) => line);
    return namesOf(lines, this.settings.maxReadAhead);
  }

  /** The lines of LIST as a stream, or line by line to a callback, which comes last (`ftplib.dir`). */
  dir(...args: [...Path[], CallOptions] | Path[]): ListingStream<string>;
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
    return this.#called(() => lines(given), last, splitArguments(given).options);
  }

  /**
   * The entries that MLSD gives, as they come (`ftplib.mlsd`, RFC 3659 §7).
   *
   * @param path - default: the current directory
   * @param facts - the facts to ask for (OPTS MLST); default: the server's choice
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

  /** Renames a file or directory (`ftplib.rename`: RNFR, RNTO). */
  async rename(from: Path, to: Path, options: CallOptions = {}): Promise<string> {
    const rnfr = this.command('RNFR', checkPath('from', from));
    const rnto = this.command('RNTO', checkPath('to', to));
    return this.procedure([rnfr, rnto], options, async (session) => {
      await session.exchange(rnfr, { ...options, expects: 'intermediate' });
      return session.exchange(rnto, options);
    });
  }

  /** Deletes a file (`ftplib.delete`). @throws ReplyError for all but 250 and 200 */
  async delete(path: Path, options: CallOptions = {}): Promise<string> {
    const dele = this.command('DELE', checkPath('path', path));
    return this.procedure([dele], options, async (session) => {
      const reply = await session.exchange(dele, options);
      if (reply.code !== 250 && reply.code !== 200)
        throw replyError(reply, { command: dele.label });
      return reply;
    });
  }

  /** Changes the directory (`ftplib.cwd`); `'..'` is CDUP where the server knows it. */
  async cwd(path: Path, options: CallOptions = {}): Promise<string> {
    const target = checkPath('path', path === '' ? '.' : path);
    const cwd = this.command('CWD', target);
    return this.procedure([cwd], options, async (session) => {
      if (path === '..') {
        try {
          return await session.exchangeNamed('CDUP', undefined, options);
        } catch (error) {
          if (!isUnknownCommand(error)) throw error;
        }
      }
      return session.exchangeNamed('CWD', target, options);
    });
  }

  /** Makes a directory (`ftplib.mkd`). @returns its path as the server tells it, or `''` */
  async mkd(path: Path, options: CallOptions = {}): Promise<string> {
    return parsed(await this.#named(options, 'MKD', checkPath('path', path)), pathIn);
  }

  /** Removes a directory (`ftplib.rmd`). */
  async rmd(path: Path, options: CallOptions = {}): Promise<string> {
    return replyText(await this.#named(options, 'RMD', checkPath('path', path)));
  }

  /** The current directory (`ftplib.pwd`), or `''` if the server does not tell. */
  async pwd(options: CallOptions = {}): Promise<string> {
    return parsed(await this.#named(options, 'PWD'), pathIn);
  }

  /**
   * The size of a file in bytes, as TYPE I counts them (`ftplib.size`, RFC 3659 §4).
   *
   * @returns `null` for a 2yz that is no 213
   * @throws ProtocolError for a size beyond the safe integers
   */
  async size(path: Path, options: CallOptions = {}): Promise<number | null> {
    const size = this.command('SIZE', checkPath('path', path));
    const reply = await this.answer([size], options, async (session) => {
      await setType(session, 'I', options);
      return session.exchange(size, options);
    });
    return reply.code === 213 ? parsed(reply, parse213) : null;
  }

  /**
   * Aborts the running transfer, whose stream fails; does not wait for its turn
   * (`ftplib.abort`). What the server has to say to it is read, in whatever order.
   *
   * @returns the reply to ABOR
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

  /** What is refused of credentials is refused here, before anything is sent. @internal */
  protected loginCommands(user = '', passwd = '', acct = ''): LoginCommands {
    return loginCommands((...parts) => this.command(...parts), user, passwd, acct);
  }

  async #simple(options: CallOptions, ...parts: Path[]): Promise<string> {
    const made = this.command(...parts);
    return this.procedure([made], options, (session) => session.exchange(made, options));
  }

  async #named(options: CallOptions, verb: string, path?: Path): Promise<Reply> {
    const made = path === undefined ? this.command(verb) : this.command(verb, path);
    return this.answer([made], options, (session) => session.exchangeNamed(verb, path, options));
  }

  #request(made: Command, details: TransferDetails): TransferRequest {
    const request = (session: Session) => transferRequest(session, made, details);
    if (this.pending) return pendingRequest(made.label, this.pending.use(request));
    try {
      return request(this.session());
    } catch (error) {
      // Not connected: that is the stream's error, as all that comes after.
      return { command: made.label, open: () => Promise.reject(error) };
    }
  }

  /** @internal */
  protected openDownload(
    cmd: Path | Command,
    options: DownloadOptions,
    type: 'I' | undefined,
    more: Partial<TransferDetails> = {},
  ): DownloadStream {
    const made = isMade(cmd) ? cmd : this.command(cmd);
    checkCall(options, DOWNLOAD);
    const blocksize = checkInteger('blocksize', options.blocksize ?? BLOCKSIZE, 1);
    const details = { direction: 'download' as const, type, ...checkTransfer(options), ...more };
    const { signal } = options;
    const inPlace = details.memory !== undefined;
    const given = { blocksize, isListing: isListing(made), inPlace, signal };
    return this.#told(new DownloadStream(this.#request(made, details), given));
  }

  #listing<T>(
    made: Command,
    options: CallOptions,
    parse: (line: string) => T | undefined,
    before: readonly Command[] = [],
  ): ListingStream<T> {
    checkCall(options);
    const { signal, timeout } = options;
    const { maxListingLine, maxReadAhead } = this.settings;
    const details = { direction: 'download' as const, type: 'A' as const, timeout, before };
    const stream = new ListingStream(this.#request(made, details), {
      parse: (line) => parse(this.settings.codec.decode(line)),
      maxListingLine,
      maxReadAhead,
      signal,
    });
    return this.#told(stream);
  }

  /** @internal */
  protected openUpload(
    cmd: Path | Command,
    options: UploadOptions,
    type: 'I' | 'A' | undefined,
    more: Partial<TransferDetails> = {},
  ): UploadStream {
    const made = isMade(cmd) ? cmd : this.command(cmd);
    checkCall(options, UPLOAD);
    if (options.verify !== undefined && made.verb === 'STOU') {
      throw invalidValue('verify', options.verify, 'absent: the name of a STOU is not known');
    }
    const blocksize = checkInteger('blocksize', options.blocksize ?? BLOCKSIZE, 1);
    const details = { direction: 'upload' as const, type, ...checkTransfer(options), ...more };
    const { signal } = options;
    const encoder = type === 'A' ? { encoder: new LineEncoder() } : {};
    return this.#told(
      new UploadStream(this.#request(made, details), { blocksize, signal, ...encoder }),
    );
  }

  async #uploaded(
    cmd: Path,
    source: unknown,
    options: UploadFromOptions,
    type: 'I' | 'A',
  ): Promise<string> {
    const { onBlock, blocksize = BLOCKSIZE } = options;
    if (onBlock !== undefined) checkFunction('callback', onBlock);
    const { codec } = this.settings;
    const checked = uploadable(source, codec); // before anything is sent
    const stream = this.openUpload(cmd, options, type);
    await upload(checked, stream, type === 'A' ? linesOf : blocksOf(blocksize), onBlock, codec);
    return replyText(stream.reply as Reply);
  }

  /** Gives what a stream reads to a callback; resolves with the final reply. */
  async #called<T>(
    open: () => DownloadStream | ListingStream<T>,
    callback: TransferCallback<never>,
    options: CallOptions,
  ): Promise<string> {
    const stream = open();
    await callEach(stream, callback, this.dependencies(options));
    return replyText(stream.reply as Reply);
  }

  #told<S extends (TransferStream & DownloadStream) | ListingStream<unknown> | UploadStream>(
    stream: S,
  ): S {
    stream.once('open', () => this.emit('transfer', stream));
    return stream;
  }
}

function isMade(cmd: Path | Command): cmd is Command {
  return typeof cmd === 'object' && cmd !== null && 'wire' in cmd;
}

function isEmpty(path: Path): boolean {
  return (typeof path === 'string' || isBytes(path)) && path.length === 0;
}

/** Paths, and the options that may follow them. */
function splitArguments(args: readonly unknown[]): { paths: Path[]; options: CallOptions } {
  const last = args.at(-1);
  const hasOptions = isOptions(last);
  return {
    paths: (hasOptions ? args.slice(0, -1) : args) as Path[],
    options: hasOptions ? (last as CallOptions) : {},
  };
}

// ftplib, too, gives an empty path for a 2yz that is no 257: Microsoft's server of 2003.
function pathIn(reply: string): string {
  return reply.startsWith('257') ? parse257(reply) : '';
}

/** Which of the replies to an aborted transfer is ABOR's own: a 2yz, wherever it stands. */
function replyToAbor(replies: readonly Reply[], abor: Command): Reply {
  const completion = replies.findLast(({ code }) => code >= 200 && code < 300);
  const reply = completion ?? replies.find(({ code }) => code === 426) ?? replies.at(-1);
  if (!reply) throw new ProtocolError('No reply to ABOR', { command: abor.label });
  if (reply.code >= 500) throw replyError(reply, { command: abor.label });
  return reply;
}
