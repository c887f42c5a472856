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
 * A transfer for a stream to open. It takes its turn now, and begins when the turn comes.
 *
 *     turn ▶ [PROT] ▶ TYPE ▶ [SIZE] ▶ [PRET] ▶ EPSV|PASV|EPRT|PORT ▶ [REST] ▶ command ▶ 1yz and [TLS]
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

/** Opens a transfer for a turn that has been taken already. */
export async function openTransfer(
  session: Session,
  turn: Turn,
  command: Command,
  request: TransferDetails,
  streamListener: TransferListener,
  signal: StopSignal,
): Promise<Transfer> {
  const options = { signal, timeout: request.timeout };
  const timeouts = session.timeouts(options);
  // Nothing is awaited without need: each await costs a small file measurable time.
  if (!turn.isReady || signal.aborted) await turn.ready(timeouts.reply, signal);
  const { direction } = request;
  const running = new RunningTransfer(session, turn, command, direction, streamListener, timeouts);
  running.register();
  let listener: DataListener | undefined;
  try {
    const details = isPrepared(session, command, request)
      ? request
      : await prepare(session, command, request, options);
    const { typeSet, size } = sendTypeAndSize(session, command, details, options);
    if (typeSet) await typeSet;
    const marker = restartMarker(session, details);
    // Before the data connection is opened: an EPSV sent ahead then serves the next transfer.
    if (size && marker !== undefined) checkOffset(command, details, Number(marker), await size);
    if (session.state.protection === 'private') running.protect(hasExactSize(details, await size));
    const reader = createReader(session, details);
    const dataOptions = { ...options, transfer: command };
    if (session.settings.passive) {
      running.attachData(await openPassive(session, { ...dataOptions, reader }), reader);
    } else {
      running.expectConnection();
      listener = await listenActive(session, dataOptions);
    }
    const stored = (await size)?.size; // its reply has come with that of the data connection
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
    // Some servers end the session if their connection is refused, or reset in its handshake.
    void running.dataClosed.promise.then(() => listener?.close(running.raw));
    running.release(false, running.exchange.syncError);
    throw error;
  }
}

/** Sends the command, and waits until bytes may flow. */
function sendCommand(
  running: RunningTransfer,
  signal: StopSignal,
  hasNext: boolean | undefined,
): Promise<Reply | undefined> {
  const agreed = running.exchange.start(signal, hasNext);
  if (!running.canSendEarly) return agreed;
  // The stream learns of the reply by an event. But the command may never be written.
  return Promise.race([running.exchange.written.promise, agreed]).then(() => undefined);
}

/** What is known of a transfer once it is open. */
interface OpenDetails {
  readonly source: Transfer['source'];
  /** The size at the server before the transfer. */
  readonly stored: number | undefined;
  /** Where the transfer begins. */
  readonly offset: number;
  readonly reply: Reply | undefined;
  readonly options: StepOptions;
}

/** What the stream gets of the transfer. */
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

/** Whether nothing must be done before TYPE. */
function isPrepared(session: Session, command: Command, { prepare, before }: TransferDetails) {
  return !prepare && !before && !session.mustRequestUTF8([command]) && !mustProtect(session);
}

/** Does what must be done before TYPE. The caller's own preparation may give the size. */
async function prepare(
  session: Session,
  command: Command,
  details: TransferDetails,
  options: StepOptions,
): Promise<TransferDetails> {
  const { prepare, before = [] } = details;
  const size = prepare && (await unlessAborted(prepare(), options.signal));
  await session.requestUTF8([command], options);
  await ensureProtection(session, options); // before EPSV: some servers decide there
  for (const each of before) await session.exchange(each, { ...options, expects: 'either' });
  return size === undefined ? details : { ...details, size };
}

/** The replies that are still to come. */
interface PendingReplies {
  readonly typeSet?: Promise<unknown> | undefined;
  readonly size?: Promise<StoredSize>;
}

/**
 * Sets the type, and asks for the size if it is wanted. A server that is known to support it gets
 * TYPE, SIZE and EPSV in one write. Other servers may take a segment for one command, so they get
 * these commands one after the other.
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
    size.catch(() => {}); // as below
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
  size.catch(() => {}); // the caller awaits it, unless something else fails first
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
 * The reader of a download's socket; `undefined` if the socket is read as a stream. It reads into the
 * caller's memory (`details.memory`) only in clear: under TLS it reads records, which are not the file.
 */
function createReader(
  session: Session,
  { direction, memory }: TransferDetails,
): SocketReader | undefined {
  if (direction === 'upload' || session.settings.createConnection) return undefined;
  const isClear = session.state.protection !== 'private';
  return new SocketReader((isClear && memory) || session.slab);
}

/** Where the transfer begins: the caller's offset (a number), or the marker of an earlier REST. */
function restartMarker(
  { state }: Session,
  { rest, files }: TransferDetails,
): number | string | undefined {
  if (rest !== undefined) return rest;
  const isUsersOwn = state.restart !== undefined && state.restart !== '0';
  return files && isUsersOwn ? 0 : state.restart;
}

// REST must be the last command before the transfer's (RFC 3659 §5.3).
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

/** Waits for the server's connection. The final reply may come first, or instead (`undefined`). */
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
    // For an empty listing or file, some servers open no data connection.
    if (!(error instanceof TimeoutError)) throw error;
    const { command, hasBegun, announced } = exchange;
    const isEmpty = hasBegun ? announced === 0 : isListing(command);
    if (isEmpty && !listener.hasRejectedHost) return undefined;
    const message = `${replyText(completion)} (${command.label}, without a data connection)`;
    const context = { command: command.label, phase: 'data' as const, reply: completion };
    throw new TransferError(message, context, 'ERR_FTP_EARLY_COMPLETION');
  }
}
