import type { Duplex } from 'node:stream';
import { ReplyError, TimeoutError, TransferError } from '../errors';
import type { StepOptions } from '../options/client-options';
import type { Command } from '../protocol/command';
import { isListing } from '../protocol/commands';
import { type Reply, replyText } from '../reply';
import { beginsWithEPSV } from '../session/address-commands';
import type { Session } from '../session/session';
import type { Turn } from '../session/turn-queue';
import type { Transfer, TransferListener, TransferRequest } from '../streams/transfer';
import type { DataListener } from '../transport/socket/data-listener';
import { SocketReader } from '../transport/socket/socket-reader';
import type { StopSignal } from '../util/abort-signal';
import { unlessAborted } from '../util/abortable';
import { listenActive, openPassive } from './data-connection';
import { ensureProtection, mustProtect } from './data-protection';
import { needsPret } from './pret';
import { setType, trySetType } from './representation-type';
import { RunningTransfer } from './running-transfer';
import {
  checkOffset,
  expectedSize,
  hasExactSize,
  needsSize,
  parseSizeReply,
  type StoredSize,
  sizeCommand,
  sizeVerification,
  storedCheck,
  type TransferDetails,
} from './transfer-details';

/**
 * Creates a transfer for a stream to open. It takes its turn now, and begins when the turn comes.
 *
 *     turn ▶ [PROT] ▶ TYPE ▶ [SIZE] ▶ [PRET] ▶ EPSV|PASV|EPRT|PORT ▶ [REST]
 *     ▶ command ▶ 1yz and [TLS]
 */
export function transferRequest(
  session: Session,
  command: Command,
  details: TransferDetails,
): TransferRequest {
  const turn = session.turns.take();
  return {
    command: command.label,
    open: (listener, signal) => openTransfer(session, turn, command, details, listener, signal),
  };
}

/**
 * Opens a transfer for a turn that has been taken already. If it fails, the turn is released.
 *
 * @throws ReplyError if the server refuses a command; another FTPError if a connection fails; or
 *   the signal's reason
 */
export async function openTransfer(
  session: Session,
  turn: Turn,
  command: Command,
  requested: TransferDetails,
  streamListener: TransferListener,
  signal: StopSignal,
): Promise<Transfer> {
  const options = { signal, timeout: requested.timeout };
  const timeouts = session.timeouts(options);
  // Promises are awaited only if needed: each await measurably slows down a small file.
  if (!turn.isReady || signal.aborted) await turn.ready(timeouts.reply, signal);
  const { direction } = requested;
  const running = new RunningTransfer(session, turn, command, direction, streamListener, timeouts);
  running.register();
  let listener: DataListener | undefined;
  try {
    const details = isPrepared(session, command, requested)
      ? requested
      : await prepare(session, command, requested, options);
    const { typeSet, size } = sendTypeAndSize(session, command, details, options);
    if (typeSet) await typeSet;
    const marker = restartMarker(session, details);
    // Checked before the data connection is opened: an early EPSV can then serve the next transfer.
    if (size && marker !== undefined) checkOffset(command, details, Number(marker), await size);
    if (session.state.protection === 'private') running.protect(hasExactSize(details, await size));
    const reader = running.hasDirectTls ? undefined : createReader(session, details);
    const dataOptions = { ...options, transfer: command };
    if (session.settings.passive) {
      running.attachData(await openPassive(session, { ...dataOptions, reader }), reader);
    } else {
      running.expectConnection();
      listener = await listenActive(session, dataOptions);
    }
    const stored = (await size)?.size; // has arrived before the data connection opened
    const offset = marker === undefined ? 0 : await sendRest(session, marker, options);
    listener?.onConnection((raw) => running.attachEarlyData(raw));
    const reply = await sendCommand(running, signal, details.hasNext);
    if (listener) running.attachData(await acceptData(listener, running, options));
    listener?.close(running.raw);
    const secured = running.waitForHandshake(signal);
    if (secured) await secured;
    const isDirect = !listener && session.state.protection !== 'private';
    const source = isDirect ? reader : undefined;
    return openedTransfer(session, running, details, { source, stored, offset, reply, options });
  } catch (error) {
    // The listener stays open until the data connection is given up: some servers end the session
    // if their connection is refused, or is reset during its handshake.
    void running.dataClosed.promise.then(() => listener?.close(running.raw));
    running.release(false, running.exchange.syncError);
    throw error;
  }
}

/** Whether no step is needed before TYPE. */
function isPrepared(session: Session, command: Command, { prepare, before }: TransferDetails) {
  return !prepare && !before && !session.mustRequestUTF8([command]) && !mustProtect(session);
}

/**
 * Runs the steps before TYPE.
 * @returns the details, with the size if `details.prepare` returned one
 */
async function prepare(
  session: Session,
  command: Command,
  details: TransferDetails,
  options: StepOptions,
): Promise<TransferDetails> {
  const { prepare, before = [] } = details;
  const size = prepare && (await unlessAborted(prepare(), options.signal));
  await session.requestUTF8([command], options);
  await ensureProtection(session, options); // before EPSV: some servers choose the protection then
  for (const each of before) await session.exchange(each, { ...options, expects: 'either' });
  return size === undefined ? details : { ...details, size };
}

/** Replies that have not arrived yet. */
interface PendingReplies {
  readonly typeSet?: Promise<unknown> | undefined;
  readonly size?: Promise<StoredSize>;
}

/**
 * Sets the type, and asks for the size if it is needed. A server that is known to support it gets
 * TYPE, SIZE and EPSV in one write. Other servers may read only one command from a TCP segment, so
 * they get these commands one after the other.
 */
function sendTypeAndSize(
  session: Session,
  command: Command,
  details: TransferDetails,
  options: StepOptions,
): PendingReplies {
  const { type } = details;
  const isSet = type === undefined || session.state.type === type;
  if (!needsSize(command, details)) {
    const set = isListing(command) ? trySetType : setType;
    return isSet ? {} : { typeSet: set(session, type, options) };
  }
  if (!session.combinesCommands) {
    const typeSet = isSet ? undefined : setType(session, type, options);
    const size = parseSizeReply(sizeAfterType(session, command, typeSet, options));
    size.catch(() => {}); // the caller awaits it, unless another step fails first
    return { typeSet, size };
  }
  const isPassive = beginsWithEPSV(session) && !session.hasEpsv && !needsPret(session);
  const commands = [
    ...(isSet ? [] : [session.command('TYPE', type)]),
    sizeCommand(session, command),
    ...(isPassive ? [session.epsvCommand] : []),
  ];
  const replies = session.exchangeTogether(commands, options);
  if (isPassive) session.keepEpsv(replies.at(-1) as Promise<Reply>);
  const size = parseSizeReply(replies[isSet ? 0 : 1] as Promise<Reply>);
  size.catch(() => {}); // the caller awaits it, unless another step fails first
  return { typeSet: isSet ? undefined : replies[0], size };
}

/** Asks for the size once the type is set. */
async function sizeAfterType(
  session: Session,
  command: Command,
  typeSet: Promise<unknown> | undefined,
  options: StepOptions,
): Promise<Reply> {
  if (typeSet) await typeSet;
  return session.exchange(sizeCommand(session, command), options);
}

/**
 * The restart marker: the caller's offset (a number), or the marker of an earlier REST (a string).
 */
function restartMarker(
  { state }: Session,
  { rest, files }: TransferDetails,
): number | string | undefined {
  if (rest !== undefined) return rest;
  const isSetByUser = state.restart !== undefined && state.restart !== '0';
  return files && isSetByUser ? 0 : state.restart;
}

/**
 * Creates the reader of a download's socket; `undefined` if the socket is read as a stream. It
 * reads into the caller's memory (`details.memory`) only without TLS: with TLS, it reads TLS
 * records.
 */
function createReader(
  session: Session,
  { direction, memory }: TransferDetails,
): SocketReader | undefined {
  if (direction === 'upload' || session.settings.createConnection) return undefined;
  const isClear = session.state.protection !== 'private';
  return new SocketReader((isClear && memory) || session.slab);
}

/**
 * Sends REST, which must directly precede the transfer command (RFC 3659 §5.3).
 * @returns the byte at which the transfer begins
 */
async function sendRest(
  session: Session,
  marker: number | string,
  options: StepOptions,
): Promise<number> {
  const command = session.command('REST', String(marker));
  try {
    await session.exchange(command, { ...options, expects: 'either' });
  } catch (error) {
    // A server that does not know REST has no marker to clear.
    const isReset = marker === '0'; // a caller's offset is a number
    if (!(isReset && error instanceof ReplyError)) throw error;
  }
  // Until the server accepts the transfer, the marker may apply to another one.
  session.note({ restart: '0' });
  return Number(marker);
}

/**
 * Sends the transfer command, and waits until bytes may flow.
 * @returns the reply; `undefined` for an upload that begins before its reply
 */
function sendCommand(
  running: RunningTransfer,
  signal: StopSignal,
  hasNext: boolean | undefined,
): Promise<Reply | undefined> {
  const accepted = running.exchange.start(signal, hasNext);
  if (!running.canSendEarly) return accepted;
  // The reply reaches the stream as an event. `accepted` matters if the command cannot be written.
  return Promise.race([running.exchange.written.promise, accepted]).then(() => undefined);
}

/**
 * Waits for the connection from the server (active mode). The final reply may arrive before it.
 *
 * @returns the connection; `undefined` if the reply arrived and an empty transfer has no connection
 * @throws TransferError `ERR_FTP_EARLY_COMPLETION` if the reply arrived, but no connection in time
 */
async function acceptData(
  listener: DataListener,
  running: RunningTransfer,
  { signal }: StepOptions,
): Promise<Duplex | undefined> {
  const { dataConnect, abort } = running.timeouts;
  const accepted = listener.accept(dataConnect, signal);
  accepted.catch(() => {});
  const { exchange } = running;
  const completion = await Promise.race([accepted.then(() => undefined), exchange.outcome.promise]);
  if (completion === undefined) return accepted;
  try {
    return await listener.accept(abort, signal);
  } catch (error) {
    // Some servers open no data connection for an empty listing or file.
    if (!(error instanceof TimeoutError)) throw error;
    const { command, hasBegun, announced } = exchange;
    const isEmpty = hasBegun ? announced === 0 : isListing(command);
    if (isEmpty && !listener.hasRejectedHost) return undefined;
    const message = `${replyText(completion)} (${command.label}, without a data connection)`;
    const context = { command: command.label, phase: 'data' as const, reply: completion };
    throw new TransferError(message, context, 'ERR_FTP_EARLY_COMPLETION');
  }
}

/** The results of the steps that opened a transfer. */
interface OpenDetails {
  /** The reader of the data, or `undefined` if `data` is read as a stream. */
  readonly source: Transfer['source'];
  /** The size of the file at the server before the transfer, in bytes, if known. */
  readonly stored: number | undefined;
  /** The byte of the file at which the transfer begins. */
  readonly offset: number;
  /** The reply that accepted the transfer, if it has arrived. */
  readonly reply: Reply | undefined;
  readonly options: StepOptions;
}

/** Creates the `Transfer` that the stream uses. */
function openedTransfer(
  session: Session,
  running: RunningTransfer,
  details: TransferDetails,
  { source, stored, offset, reply, options }: OpenDetails,
): Transfer {
  const { command } = running.exchange;
  const base = command.verb === 'APPE' ? stored : offset;
  const settle = () => running.exchange.settle();
  const tls = running.tlsDetails();
  return {
    source,
    reply,
    expected: expectedSize(session, command, details, offset, stored, reply),
    verify: sizeVerification(session, command, details, base ?? offset, options, settle),
    isStored: storedCheck(session, command, details, base, options, settle),
    data: running.data as Duplex,
    host: session.host,
    timeouts: running.timeouts,
    tls: tls?.tls,
    explainEnd: tls?.explainEnd,
    explain: tls?.explain,
    release: (success, kill) => running.release(success, kill),
  };
}
