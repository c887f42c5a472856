import type { Duplex } from 'node:stream';
import {
  PermanentReplyError,
  ProtocolError,
  ReplyError,
  replyError,
  TimeoutError,
  TransferError,
} from '../errors';
import type { StepOptions } from '../options/client-options';
import type { Timeouts } from '../options/timeouts';
import type { Command } from '../protocol/command';
import { NOT_IMPLEMENTED } from '../protocol/refusals';
import { type Reply, replyText } from '../reply';
import type { Session } from '../session/session';
import type { Transfer } from '../streams/transfer';
import { reset } from '../transport/socket/reset';
import type { SocketReader } from '../transport/socket/socket-reader';
import { SecureData } from '../transport/tls/secure-data';
import type { StopSignal } from '../util/abort-signal';
import { withTimeout } from '../util/abortable';
import { Deadline } from '../util/deadline';
import { Deferred } from '../util/deferred';

/**
 * Asks for data connections in TLS, or in clear (RFC 4217 §9: PBSZ 0, then PROT).
 * @throws ReplyError when the server refuses it
 */
export async function negotiateProtection(
  session: Session,
  options: StepOptions,
  level: 'private' | 'clear' = 'private',
): Promise<Reply> {
  const details = { ...options, phase: 'secure' as const };
  const isImplicit = session.settings.tls?.implicit === true;
  try {
    await session.exchange(session.command('PBSZ', '0'), details);
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error; // the answer to PROT decides
  }
  try {
    return await session.exchange(session.command('PROT', LEVELS[level]), details);
  } catch (error) {
    // Servers of implicit TLS may know neither command: then the data connections are what the
    // option says. Most of these servers have all of them in TLS; a wrapper like stunnel has none.
    const isUnknown = error instanceof PermanentReplyError && NOT_IMPLEMENTED.has(error.reply.code);
    if (!isImplicit || !isUnknown) throw error;
    session.note({ protection: level });
    return error.reply;
  }
}

/** The parameters of PROT (RFC 2228 §3). */
const LEVELS = { private: 'P', clear: 'C' } as const;

/**
 * The protection that the server must be asked for, if any. After AUTH data is in clear (RFC 4217 §9);
 * under implicit TLS most servers put it into TLS unless they are told otherwise.
 */
export function wantedProtection({ settings, control }: Session): 'private' | 'clear' | undefined {
  if (!settings.tls || !control.tls) return undefined;
  const { dataProtection, implicit } = settings.tls;
  return dataProtection === 'private' || implicit ? dataProtection : undefined;
}

/** The commands that ask for it. */
export function protectionCommands(session: Session): Command[] {
  const wanted = wantedProtection(session);
  if (wanted === undefined) return [];
  return [session.command('PBSZ', '0'), session.command('PROT', LEVELS[wanted])];
}

/** Whether the next data connection will be in TLS. */
export function isProtected({ settings, control, state }: Session): boolean {
  if (state.protection !== undefined) return state.protection === 'private';
  return settings.tls?.dataProtection === 'private' && control.tls !== undefined;
}

/** Whether the protection of the next data connection was not asked for yet. */
export function mustProtect(session: Session): boolean {
  return session.state.protection === undefined && wantedProtection(session) !== undefined;
}

/**
 * Makes sure that the next data connection is protected as it is wanted.
 * @throws ReplyError when the server refuses it; nothing has been sent over a data connection then
 */
export async function ensureProtection(session: Session, options: StepOptions): Promise<void> {
  if (!mustProtect(session)) return;
  const wanted = wantedProtection(session);
  await negotiateProtection(session, options, wanted);
  if (session.state.protection !== wanted) throw new ProtocolError('PROT was not kept');
}

export interface ProtectedTransfer {
  /** The command, as it may be shown. */
  readonly command: string;
  readonly timeouts: Timeouts;
  readonly isDownload: boolean;
  /** Whether we open the data connection. */
  readonly isPassive: boolean;
  /** Whether the number of bytes is known for certain: then an end that comes too early shows. */
  readonly isExact: boolean;
}

/** Milliseconds that a server may take to its 150 after it has opened a data connection. */
const PRELIMINARY_WAIT = 500;

/** Milliseconds from its handshake on in which a server may send its ticket, or a download's first bytes. */
const TICKET_WAIT = 100;

/** The TLS of one transfer's data connection: when it begins, and what its failures mean. */
export class DataProtection {
  readonly #session: Session;
  readonly #transfer: ProtectedTransfer;
  readonly #onFailure: (error: Error) => void;
  readonly #failureTimer = new Deadline();
  readonly #preliminaryTimer = new Deadline();
  readonly #ticketTimer = new Deadline();
  readonly #handshakeOver = new Deferred<void>();
  #raw: Duplex | undefined;
  #reader: SocketReader | undefined;
  #mayStart = false;
  #isReleased = false;
  #data: SecureData | undefined;
  #failure: Error | undefined; // of the handshake

  /** @param lost - told when TLS has failed, and the server says nothing in time */
  constructor(session: Session, transfer: ProtectedTransfer, lost: (error: Error) => void) {
    this.#session = session;
    this.#transfer = transfer;
    this.#onFailure = lost;
  }

  /** The data connection in TLS, once that has begun. */
  get data(): SecureData | undefined {
    return this.#data;
  }

  connected(raw: Duplex, reader?: SocketReader): void {
    this.#raw ??= raw;
    this.#reader = reader;
    this.#start();
  }

  /**
   * The command is written. Not before may a ClientHello be sent: pyftpdlib, for one, resets it. And
   * at once, since others answer the command only after the handshake.
   */
  onCommandSent(): void {
    if (this.#transfer.isPassive) this.begin();
  }

  /**
   * The server has opened the data connection itself. pyftpdlib resets a ClientHello that comes
   * before its 150, also here: so that is awaited, but not for ever.
   */
  onAccepted(): void {
    this.#preliminaryTimer.arm(PRELIMINARY_WAIT, () => this.begin());
  }

  /** Begins TLS as soon as there is a data connection. */
  begin(): void {
    this.#preliminaryTimer.disarm();
    this.#mayStart = true;
    this.#start();
  }

  /** Waits for the handshake; where it fails, the data connection is destroyed with the reason. */
  async waitForHandshake(signal: StopSignal): Promise<void> {
    const { data } = this;
    if (!data) return;
    const { tls } = this.#transfer.timeouts;
    const what = `No TLS handshake with ${this.#session.host} within ${tls} ms`;
    const expired = () => new TimeoutError(what, { phase: 'data' });
    try {
      await withTimeout(data.secured, tls, signal, expired);
    } catch (error) {
      if (signal.aborted) throw error;
      data.stream.destroy(error as Error);
      reset(data.stream, this.#raw as Duplex); // an end would be that of an empty file
    }
  }

  /** What the stream of the transfer is told of it. */
  tlsDetails(): Pick<Transfer, 'tls' | 'explainEnd' | 'explain'> {
    return {
      tls: this.#data?.info,
      explainEnd: (error) => this.explainEnd(error),
      explain: (reply) => this.explain(reply),
    };
  }

  /** See `Transfer.explainEnd`. */
  explainEnd(error: Error | undefined): Error | undefined {
    if (error && !this.#data?.info) return handshakeError(error);
    // Where a close_notify is required, a reset is no way to end a download.
    if (error) return this.#requiresNotify() ? new Error(error.message, { cause: error }) : error;
    if (!this.#data?.isTruncated || !this.#rejectsTruncation()) return undefined;
    const message =
      'it ended without a TLS close_notify, as a download does that somebody has cut short ' +
      "(for a server that never sends it: the option closeNotify: 'ignore', or the size of the file)";
    return new TransferError(message, { command: this.#transfer.command }, 'ERR_FTP_TRUNCATED');
  }

  /** See `Transfer.explain`. The next data connection then offers another session. */
  explain(reply: Reply): string | undefined {
    // The server's word for it may be only that we have left.
    if (!isAboutResumption(reply, this.#data)) return this.#failure?.message;
    this.#session.tlsSessions.rotate();
    const what =
      'the server wants the TLS session of the control connection resumed on the data connection';
    const runtime = otherRuntime();
    return runtime === undefined
      ? `${what}, and it was not; try again, with the option tlsSession: 'rotate', or a server that needs no resumption`
      : `${what}, and it was not: ${runtime} may not be able to resume TLS sessions; use Node, or a server that needs no resumption`;
  }

  /**
   * Lets the handshake of a transfer that was given up come to its end, unless the transfer's own end
   * comes first: vsftpd and Pure-FTPd end the session where one breaks off, and ProFTPD where it
   * cannot write the first bytes after it. Where a reset meets the ticket of TLS 1.3, OpenSSL passes over
   * it, and a vsftpd that is not strict takes what follows for the end of an upload.
   */
  async finishHandshake(over: Promise<void>, timeout: number): Promise<void> {
    const either = Promise.race([this.#handshakeOver.promise, over]);
    await withTimeout(either, timeout, undefined, () => new Error('too late')).catch(() => {});
  }

  /** A refusal with what it means. */
  explainRefusal(reason: unknown): unknown {
    const hint = reason instanceof ReplyError ? this.explain(reason.reply) : undefined;
    if (hint === undefined) return reason;
    const { command } = this.#transfer;
    return replyError((reason as ReplyError).reply, { command, phase: 'data', hint });
  }

  release(): void {
    this.#isReleased = true;
    this.#failureTimer.stop();
    this.#preliminaryTimer.stop();
    this.#ticketTimer.stop();
  }

  #start(): void {
    const { control, settings } = this.#session;
    const { tls } = control;
    const raw = this.#raw;
    if (!this.#mayStart || !raw || this.#data || !tls) return;
    const session = this.#session.tlsSessions.take(tls);
    const onlySends = !this.#transfer.isDownload && settings.createConnection === undefined;
    const data = new SecureData(raw, tls, session, { onlySends, reader: this.#reader });
    this.#data = data;
    this.#session.tlsSessions.collectFrom(data.stream);
    const settled = () => this.#handshakeOver.resolve();
    data.secured.then(() => {
      const expectsBytes = this.#transfer.isDownload || data.info?.protocol === 'TLSv1.3';
      if (this.#isReleased || !expectsBytes) return settled();
      data.onceRead(settled);
      this.#ticketTimer.arm(TICKET_WAIT, settled);
    }, settled);
    data.secured.catch((error) => {
      if (this.#isReleased) return; // nobody waits any more, and a timer would keep the process
      const { command, timeouts } = this.#transfer;
      const cause = handshakeError(error);
      this.#failure = cause;
      const what = `The data connection with ${this.#session.host} failed`;
      const message = `${what}: ${cause.message} (${command})`;
      const lost = () =>
        this.#onFailure(new TransferError(message, { command, phase: 'data', cause }));
      this.#failureTimer.arm(timeouts.abort, lost);
    });
  }

  // Of an upload only the reply tells: some servers close without a word when they have all.
  #rejectsTruncation(): boolean {
    const { isDownload, isExact } = this.#transfer;
    const isAuto = this.#session.settings.tls?.closeNotify === 'auto';
    return this.#requiresNotify() || (isDownload && isAuto && !isExact);
  }

  #requiresNotify(): boolean {
    return this.#transfer.isDownload && this.#session.settings.tls?.closeNotify === 'require';
  }
}

// vsftpd names it ("session reuse required"); ProFTPD says only that it is not permitted.
function isAboutResumption(reply: Reply, data: SecureData | undefined): boolean {
  if (reply.code !== 425 && reply.code !== 522) return false;
  return /resum|re-?us/i.test(replyText(reply)) || data?.info?.reused === false;
}

/** Why there is no TLS. OpenSSL's own messages are lines of its source. */
function handshakeError(cause: Error): Error {
  if (cause instanceof TimeoutError) return cause;
  const { reason = cause.message } = cause as { reason?: string };
  return new Error(`the TLS handshake failed: ${reason}`, { cause });
}

/** The runtime and its version where it is not Node itself. */
function otherRuntime(): string | undefined {
  const { bun, deno } = process.versions as { bun?: string; deno?: string };
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? undefined : `Deno ${deno}`;
}
