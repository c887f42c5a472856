import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { ReplyError, TimeoutError, TransferError } from '../errors';
import { argumentBytes, type Command } from '../protocol/command';
import { traitsOf } from '../protocol/commands';
import { type Reply, replyText } from '../protocol/reply';
import { announcedSize, parse213 } from '../protocol/size';
import type { ExpectedSize, Transfer, TransferRequest, TransferWatcher } from '../streams/transfer';
import type { DataListener } from '../transport/data-listener';
import { listenActive, openPassive } from './data-connection';
import type { CallOptions } from './options';
import { RunningTransfer } from './running-transfer';
import type { Session } from './session';
import type { Ticket } from './turn';

/** What a transfer is to do, beside its command. */
export interface TransferDetails {
  readonly direction: 'download' | 'upload';
  /** The representation type to be set before; as it is without. */
  readonly type?: 'I' | 'A' | undefined;
  /** The restart offset; a marker left by the user's own REST holds without. */
  readonly rest?: number | undefined;
  /** Bytes that must be transferred. */
  readonly size?: number | undefined;
  /** Whether the size at the server is compared with the bytes transferred. */
  readonly verify?: 'size' | undefined;
  readonly timeout?: number | undefined;
  /** Commands that must go before, and be accepted. */
  readonly before?: readonly Command[];
}

/**
 * A transfer for a stream to open. Its place among the commands is taken now; the
 * transfer begins when its turn comes.
 *
 *     turn ▶ TYPE ▶ [SIZE] ▶ EPSV|PASV|EPRT|PORT ▶ [REST] ▶ command ▶ 1yz
 */
export function transferRequest(
  session: Session,
  command: Command,
  details: TransferDetails,
): TransferRequest {
  const ticket = session.turn.take();
  return {
    command: command.label,
    open: (watcher, signal) => openTransfer(session, ticket, command, details, watcher, signal),
  };
}

/** The same for a place that is taken already. */
export async function openTransfer(
  session: Session,
  ticket: Ticket,
  command: Command,
  details: TransferDetails,
  watcher: TransferWatcher,
  signal: AbortSignal,
): Promise<Transfer> {
  const options = { signal, timeout: details.timeout };
  const timeouts = session.timeouts(options);
  await ticket.ready(timeouts.reply, signal);
  const running = new RunningTransfer(
    session,
    ticket,
    command,
    details.direction,
    watcher,
    timeouts,
  );
  let listener: DataListener | undefined;
  try {
    await session.announce([command], options);
    for (const each of details.before ?? [])
      await session.exchange(each, { ...options, expects: 'either' });
    await setType(session, details.type, options);
    const stored = await sizeBefore(session, command, details, options);
    if (session.settings.passive) running.data = await openPassive(session, options);
    else listener = await listenActive(session, options);
    const rest = await restart(session, details.rest, options);
    const reply = await running.start(signal);
    running.data ??= await acceptData(listener as DataListener, running, options);
    if (session.isUnref && running.data instanceof Socket) running.data.unref();
    listener?.close();
    const expected = expectedSize(session, command, details, rest, stored, reply);
    const verify = verification(session, command, details, stored ?? rest, options);
    return {
      data: running.data,
      reply,
      expected,
      timeouts,
      verify,
      release: (success, kill) => running.release(success, kill),
    };
  } catch (error) {
    listener?.close();
    running.release(false, running.outOfStep);
    throw error;
  }
}

/** Sets the representation type, unless it is set already (RFC 959 §3.1.1). */
export async function setType(
  session: Session,
  type: 'I' | 'A' | undefined,
  options: CallOptions,
): Promise<void> {
  if (type === undefined || session.state.type === type) return;
  await session.exchange(session.command('TYPE', type), options);
}

// REST must be the last command before the transfer's (RFC 3659 §5.3).
async function restart(
  session: Session,
  rest: number | undefined,
  options: CallOptions,
): Promise<number> {
  const marker = rest ?? session.state.restart;
  if (marker === undefined) return 0;
  const command = session.command('REST', String(marker));
  try {
    await session.exchange(command, { ...options, expects: 'either' });
  } catch (error) {
    // A server that does not know REST has no marker to be cleared, either.
    const isOurOwn = rest === undefined && marker === '0';
    if (!(isOurOwn && error instanceof ReplyError)) throw error;
  }
  // Until the transfer is accepted, the marker may hit another one.
  session.state = { ...session.state, restart: '0' };
  return Number(marker);
}

/** The size of the file before the transfer, where something depends on it. */
async function sizeBefore(
  session: Session,
  command: Command,
  { verify, direction }: TransferDetails,
  options: CallOptions,
): Promise<number | undefined> {
  if (verify === undefined || (direction === 'upload' && command.verb !== 'APPE')) return undefined;
  return sizeOf(session, command, options);
}

async function sizeOf(
  session: Session,
  command: Command,
  options: CallOptions,
): Promise<number | undefined> {
  try {
    const reply = await session.exchange(session.command('SIZE', argumentBytes(command)), options);
    return parse213(replyText(reply));
  } catch (error) {
    // RFC 3659 §4.2: a refused SIZE says nothing of the transfer.
    if (error instanceof ReplyError) return undefined;
    throw error;
  }
}

/** Waits for the server's connection; its final reply may come first, or instead. */
async function acceptData(
  listener: DataListener,
  running: RunningTransfer,
  { signal }: CallOptions,
): Promise<Duplex> {
  const { dataConnect, abort } = running.timeouts;
  const accepted = listener.accept(dataConnect, signal);
  accepted.catch(() => {});
  const completion = await Promise.race([accepted.then(() => undefined), running.outcome]);
  if (completion === undefined) return accepted;
  try {
    return await listener.accept(abort, signal);
  } catch (error) {
    // An empty listing or file: some servers then open no data connection at all.
    if (!(error instanceof TimeoutError)) throw error;
    const isEmpty = running.hasBegun ? running.announced === 0 : isListing(running.command);
    if (isEmpty && !listener.hasRefused) return nothing();
    const message = `${replyText(completion)} (${running.command.label}, without a data connection)`;
    const context = { command: running.command.label, phase: 'data' as const, reply: completion };
    throw new TransferError(message, context, 'ERR_FTP_EARLY_COMPLETION');
  }
}

function expectedSize(
  session: Session,
  command: Command,
  details: TransferDetails,
  rest: number,
  stored: number | undefined,
  reply: Reply,
): ExpectedSize {
  if (details.direction === 'upload') {
    return { exact: details.size, least: 0, size: details.size ?? null };
  }
  const exact = details.size ?? (stored === undefined ? undefined : Math.max(stored - rest, 0));
  const isBinary = session.state.type === 'I' && !isListing(command);
  const announced = isBinary ? announcedSize(reply) : null;
  // With REST, vsftpd announces the whole file, and others what is left of it.
  const readings = announced === null ? [0] : [announced, announced - rest].filter((n) => n >= 0);
  return { exact, least: Math.min(...readings), size: exact ?? (rest === 0 ? announced : null) };
}

function verification(
  session: Session,
  command: Command,
  { verify, direction }: TransferDetails,
  base: number,
  options: CallOptions,
): Transfer['verify'] {
  if (verify === undefined || direction === 'download') return undefined;
  return async (bytes) => {
    const context = {
      command: command.label,
      phase: 'completion' as const,
      bytesTransferred: bytes,
    };
    const size = await sizeOf(session, command, options).catch((cause) => {
      const message = `Nobody knows whether all was stored: ${cause.message} (${command.label})`;
      throw new TransferError(
        message,
        { ...context, cause, connectionUsable: false },
        'ERR_FTP_UNCONFIRMED',
      );
    });
    if (size === undefined || size === base + bytes) return;
    const message = `The server has ${size} bytes and not ${base + bytes} (${command.label})`;
    throw new TransferError(message, context, 'ERR_FTP_SIZE_MISMATCH');
  };
}

/** Whether what comes is no file, so that neither its size nor its absence says anything. */
export function isListing({ verb }: Command): boolean {
  return traitsOf(verb).transfer === 'download' && verb !== 'RETR';
}

function nothing(): Duplex {
  const data = new Duplex({ read() {}, write: (_chunk, _encoding, callback) => callback() });
  data.push(null);
  return data;
}
