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
 * Negotiates TLS or plaintext for data connections (RFC 4217 §9: PBSZ 0, then PROT).
 * @returns the reply to PROT
 * @throws ReplyError if the server refuses
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
    if (!(error instanceof ReplyError)) throw error; // the reply to PROT decides
  }
  try {
    return await session.exchange(session.command('PROT', LEVELS[level]), details);
  } catch (error) {
    // Servers with implicit TLS may know neither command. Then the option `dataProtection` decides:
    // most of these servers use TLS on all data connections, a wrapper like stunnel on none.
    const isUnknown = error instanceof PermanentReplyError && NOT_IMPLEMENTED.has(error.reply.code);
    if (!isImplicit || !isUnknown) throw error;
    session.note({ protection: level });
    return error.reply;
  }
}

/** The parameters of PROT (RFC 2228 §3). */
const LEVELS = { private: 'P', clear: 'C' } as const;

/**
 * The protection to ask the server for, if any. After AUTH, data connections default to plaintext
 * (RFC 4217 §9). With implicit TLS, most servers use TLS on them by default.
 */
export function wantedProtection({ settings, control }: Session): 'private' | 'clear' | undefined {
  if (!settings.tls || !control.tls) return undefined;
  const { dataProtection, implicit } = settings.tls;
  return dataProtection === 'private' || implicit ? dataProtection : undefined;
}

/** The commands that ask for the wanted protection; none if the default is right. */
export function protectionCommands(session: Session): Command[] {
  const wanted = wantedProtection(session);
  if (wanted === undefined) return [];
  return [session.command('PBSZ', '0'), session.command('PROT', LEVELS[wanted])];
}

/** Whether the next data connection will use TLS. */
export function isProtected({ settings, control, state }: Session): boolean {
  if (state.protection !== undefined) return state.protection === 'private';
  return settings.tls?.dataProtection === 'private' && control.tls !== undefined;
}

/** Whether the protection of the next data connection must still be negotiated. */
export function mustProtect(session: Session): boolean {
  return session.state.protection === undefined && wantedProtection(session) !== undefined;
}

/**
 * Ensures that the next data connection has the wanted protection.
 * @throws ReplyError if the server refuses; nothing has been sent over a data connection then
 */
export async function ensureProtection(session: Session, options: StepOptions): Promise<void> {
  if (!mustProtect(session)) return;
  const wanted = wantedProtection(session);
  await negotiateProtection(session, options, wanted);
  if (session.state.protection !== wanted)
    throw new ProtocolError('The server did not keep the protection level of PROT');
}

/** What `DataProtection` needs to know of its transfer. */
export interface ProtectedTransfer {
  /** The transfer command, with secrets masked. */
  readonly command: string;
  /** The timeouts of the transfer, in milliseconds. */
  readonly timeouts: Timeouts;
  /** Whether the server sends the data. */
  readonly isDownload: boolean;
  /** Whether the client opens the data connection. */
  readonly isPassive: boolean;
  /** Whether the exact number of bytes is known, so that an early end is detected anyway. */
  readonly isExact: boolean;
}

/** Milliseconds to wait for the 150 after the server has opened a data connection. */
const PRELIMINARY_WAIT = 500;

/**
 * Milliseconds to wait, after a handshake, for the session ticket or the first bytes of a download.
 */
const TICKET_WAIT = 100;

/** The TLS of the data connection of one transfer: when it starts, and what its failures mean. */
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
  #failure: Error | undefined; // the failure of the handshake

  /** @param onFailure - called if TLS fails and no reply arrives within `timeouts.abort` */
  constructor(session: Session, transfer: ProtectedTransfer, onFailure: (error: Error) => void) {
    this.#session = session;
    this.#transfer = transfer;
    this.#onFailure = onFailure;
  }

  /**
   * Whether TLS uses the socket itself, which hides how it ended. That is not needed for an upload,
   * where the reply decides, nor for a download of a known size.
   */
  get isDirect(): boolean {
    const { settings } = this.#session;
    if (settings.createConnection !== undefined) return false;
    const { isDownload, isExact } = this.#transfer;
    const closeNotify = settings.tls?.closeNotify;
    return !isDownload || closeNotify === 'ignore' || (isExact && closeNotify === 'auto');
  }

  /** The TLS connection, once it has started. */
  get data(): SecureData | undefined {
    return this.#data;
  }

  /** Sets the data connection. TLS starts if it is time for it. */
  connected(raw: Duplex, reader?: SocketReader): void {
    this.#raw ??= raw;
    this.#reader = reader;
    this.#start();
  }

  /**
   * Called when the transfer command has been written; starts TLS in passive mode. An earlier
   * ClientHello would be reset, by pyftpdlib for example. A later one would block other servers,
   * which answer the command only after the handshake.
   */
  onCommandSent(): void {
    if (this.#transfer.isPassive) this.begin();
  }

  /**
   * Called when the server has opened the data connection; starts TLS in active mode. pyftpdlib
   * resets a ClientHello that arrives before its 150, so the 150 is awaited for a short time.
   */
  onAccepted(): void {
    this.#preliminaryTimer.arm(PRELIMINARY_WAIT, () => this.begin());
  }

  /** Starts TLS as soon as the data connection is open. */
  begin(): void {
    this.#preliminaryTimer.disarm();
    this.#mayStart = true;
    this.#start();
  }

  /**
   * Waits for the handshake. If it fails, the data connection is destroyed with the error.
   * @throws the signal's reason
   */
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
      reset(data.stream, this.#raw as Duplex); // a normal end would mean an empty file
    }
  }

  /** The TLS details that the stream of the transfer gets. */
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
    // If a close_notify is required, a reset must not end a download. The wrapper hides its code.
    if (error) return this.#requiresNotify() ? new Error(error.message, { cause: error }) : error;
    if (!this.#data?.isTruncated || !this.#rejectsTruncation()) return undefined;
    const message =
      'it ended without a TLS close_notify, so it may have been cut short by an attacker ' +
      "(if the server never sends one, use the option closeNotify: 'ignore', or give the size of the file)";
    return new TransferError(message, { command: this.#transfer.command }, 'ERR_FTP_TRUNCATED');
  }

  /**
   * See `Transfer.explain`. After a failed resumption, the next data connection offers another
   * session.
   */
  explain(reply: Reply): string | undefined {
    // The reply may say only that the client closed the connection.
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
   * Waits for the end of the handshake of an abandoned transfer, or for the end of the transfer. If
   * a handshake breaks off, vsftpd and Pure-FTPd end the session; ProFTPD ends it if it cannot
   * write the first bytes after the handshake. If a reset collides with the session ticket of TLS
   * 1.3, OpenSSL ignores the reset, and a vsftpd that is not strict takes what follows for the end
   * of an upload.
   *
   * @param over - resolves when the server owes no more replies
   * @param timeout - maximum wait in milliseconds
   */
  async finishHandshake(over: Promise<void>, timeout: number): Promise<void> {
    const either = Promise.race([this.#handshakeOver.promise, over]);
    await withTimeout(either, timeout, undefined, () => new Error('too late')).catch(() => {});
  }

  /** Adds an explanation to a refusal, if there is one; returns other errors unchanged. */
  explainRefusal(reason: unknown): unknown {
    const hint = reason instanceof ReplyError ? this.explain(reason.reply) : undefined;
    if (hint === undefined) return reason;
    const { command } = this.#transfer;
    return replyError((reason as ReplyError).reply, { command, phase: 'data', hint });
  }

  /** Stops all timers at the end of the transfer. */
  release(): void {
    this.#isReleased = true;
    this.#failureTimer.stop();
    this.#preliminaryTimer.stop();
    this.#ticketTimer.stop();
  }

  #start(): void {
    const { tls } = this.#session.control;
    const raw = this.#raw;
    if (!this.#mayStart || !raw || this.#data || !tls) return;
    const session = this.#session.tlsSessions.take(tls);
    const { isDirect } = this;
    const data = new SecureData(raw, tls, session, { isDirect, reader: this.#reader });
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
      if (this.#isReleased) return; // a timer would keep the process alive for nothing
      const { command, timeouts } = this.#transfer;
      const cause = handshakeError(error);
      this.#failure = cause;
      const what = `The data connection with ${this.#session.host} failed`;
      const message = `${what}: ${cause.message} (${command})`;
      const fail = () =>
        this.#onFailure(new TransferError(message, { command, phase: 'data', cause }));
      this.#failureTimer.arm(timeouts.abort, fail);
    });
  }

  // The reply alone decides about an upload: some servers close without a close_notify.
  #rejectsTruncation(): boolean {
    const { isDownload, isExact } = this.#transfer;
    const isAuto = this.#session.settings.tls?.closeNotify === 'auto';
    return this.#requiresNotify() || (isDownload && isAuto && !isExact);
  }

  #requiresNotify(): boolean {
    return this.#transfer.isDownload && this.#session.settings.tls?.closeNotify === 'require';
  }
}

// vsftpd says "session reuse required". ProFTPD says only that the operation is not permitted.
function isAboutResumption(reply: Reply, data: SecureData | undefined): boolean {
  if (reply.code !== 425 && reply.code !== 522) return false;
  return /resum|re-?us/i.test(replyText(reply)) || data?.info?.reused === false;
}

// OpenSSL's `reason` is readable; its `message` names lines of its source.
function handshakeError(cause: Error): Error {
  if (cause instanceof TimeoutError) return cause;
  const { reason = cause.message } = cause as { reason?: string };
  return new Error(`the TLS handshake failed: ${reason}`, { cause });
}

/** The name and version of the runtime, if it is not Node. */
function otherRuntime(): string | undefined {
  const { bun, deno } = process.versions as { bun?: string; deno?: string };
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? undefined : `Deno ${deno}`;
}
