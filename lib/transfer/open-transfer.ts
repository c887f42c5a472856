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
import { wantsPret } from './pret';
import { setType, trySetType } from './representation-type';
import {
  checkOffset,
  expectedSize,
  isExact,
  type StoredSize,
  sizeCommand,
  sizeIn,
  storedCheck,
  type TransferDetails,
  verification,
  wantsSize,
} from './transfer-details';
import { TransferExchange } from './transfer-exchange';

/**
 * A transfer for a stream to open. Its place among the commands is taken now; the
 * transfer begins when its turn comes.
 *
 *     turn ▶ [PROT] ▶ TYPE ▶ [SIZE] ▶ [PRET] ▶ EPSV|PASV|EPRT|PORT ▶ [REST] ▶ command ▶ 1yz and [TLS]
 */
export function transferRequest(
  session: Session,
  command: Command,
  details: TransferDetails,
): TransferRequest {
  const ticket = session.turns.take();
  return {
    command: command.label,
    open: (watcher, signal) => openTransfer(session, ticket, command, details, watcher, signal),
  };
}

/** The same for a place that is taken already. */
export async function openTransfer(
  session: Session,
  ticket: Turn,
  command: Command,
  given: TransferDetails,
  watcher: TransferListener,
  signal: StopSignal,
): Promise<Transfer> {
  const { timeout } = given;
  const options = { signal, timeout };
  const timeouts = session.timeouts(options);
  // What has nothing to wait for does not wait: each time would cost a small file its share.
  if (!ticket.isReady || signal.aborted) await ticket.ready(timeouts.reply, signal);
  const running = new TransferExchange(
    session,
    ticket,
    command,
    given.direction,
    watcher,
    timeouts,
  );
  let listener: DataListener | undefined;
  try {
    const details = isPrepared(session, command, given)
      ? given
      : await prepared(session, command, given, options);
    const { typed: typeSet, size } = sendTypeAndSize(session, command, details, options);
    if (typeSet) await typeSet;
    const marker = markerOf(session, details);
    // Before the data connection: its reply comes first anyway, and the port serves the next transfer.
    if (size && marker !== undefined) checkOffset(command, details, Number(marker), await size);
    if (session.state.protection === 'private') running.protect(isExact(details, await size));
    const reader = readerOf(session, details);
    const transfer = command;
    if (session.settings.passive)
      running.connected(await openPassive(session, { signal, timeout, reader, transfer }), reader);
    else {
      running.isActive = true;
      listener = await listenActive(session, { ...options, transfer });
    }
    const stored = (await size)?.size; // whose round trip was the data connection's, too
    const rest = marker === undefined ? 0 : await restart(session, marker, options);
    listener?.arrived((raw) => running.arrived(raw));
    const reply = await sendCommand(running, signal, details.hasNext);
    if (listener) running.connected(await acceptData(listener, running, options));
    listener?.close(running.raw);
    const secured = running.secured(signal);
    if (secured) await secured;
    const expected = expectedSize(session, command, details, rest, stored, reply);
    const base = command.verb === 'APPE' ? stored : rest;
    const settled = () => running.settle();
    const verify = verification(session, command, details, base ?? rest, options, settled);
    const isStored = storedCheck(session, command, details, base, options, settled);
    const isDirect = !listener && session.state.protection !== 'private';
    const source = isDirect ? reader : undefined;
    return transferOf(session.host, running, { source, reply, expected, verify, isStored });
  } catch (error) {
    // A server whose connection is refused, or reset in its handshake, may end the session.
    void running.dataClosed.promise.then(() => listener?.close(running.raw));
    running.release(false, running.outOfSync);
    throw error;
  }
}

/** Sends the command, and waits for what lets the bytes go. */
function sendCommand(
  running: TransferExchange,
  signal: StopSignal,
  hasNext: boolean | undefined,
): Promise<Reply | undefined> {
  const agreed = running.start(signal, hasNext);
  if (!running.canSendEarly) return agreed;
  // Not the agreement, which is told to the stream; but the command may never go out.
  return Promise.race([running.written.promise, agreed]).then(() => undefined);
}

/** What the stream gets of the transfer. */
function transferOf(
  host: string,
  running: TransferExchange,
  known: Pick<Transfer, 'source' | 'reply' | 'expected' | 'verify' | 'isStored'>,
): Transfer {
  const told = running.tlsDetails();
  return {
    ...known,
    data: running.data as Duplex,
    host,
    timeouts: running.timeouts,
    tls: told?.tls,
    whyEnded: told?.whyEnded,
    explain: told?.explain,
    release: (success, kill) => running.release(success, kill),
  };
}

/** Whether nothing must be done before the settings. */
function isPrepared(session: Session, command: Command, { prepare, before }: TransferDetails) {
  return !prepare && !before && !session.mustAnnounce([command]) && !mustProtect(session);
}

/** Does what must be done; it may bring about the size. */
async function prepared(
  session: Session,
  command: Command,
  details: TransferDetails,
  options: StepOptions,
): Promise<TransferDetails> {
  const { prepare, before = [] } = details;
  const size = prepare && (await unlessAborted(prepare(), options.signal));
  await session.announce([command], options);
  await ensureProtection(session, options); // before EPSV: some servers decide there
  for (const each of before) await session.exchange(each, { ...options, expects: 'either' });
  return size === undefined ? details : { ...details, size };
}

/** What is still to come of the settings, if anything is. */
interface PendingSettings {
  readonly typed?: Promise<unknown> | undefined;
  readonly size?: Promise<StoredSize>;
}

/**
 * Sets the type, and asks for the size where it is wanted. On a server that is known to bear it, TYPE,
 * SIZE and EPSV leave in one write. Other servers may take a segment for one command: they get these
 * commands one after the other.
 */
function sendTypeAndSize(
  session: Session,
  command: Command,
  details: TransferDetails,
  options: StepOptions,
): PendingSettings {
  const { type } = details;
  const isSet = type === undefined || session.state.type === type;
  if (!wantsSize(command, details)) {
    const set = isListing(command) ? trySetType : setType;
    return isSet ? {} : { typed: set(session, type, options) };
  }
  if (!session.combinesCommands) {
    const typed = isSet ? undefined : setType(session, type, options);
    const size = sizeIn(asked(session, command, typed, options));
    size.catch(() => {}); // as below
    return { typed, size };
  }
  const isPassive = beginsWithEPSV(session) && !session.hasEpsv && !wantsPret(session);
  const commands = [
    ...(isSet ? [] : [session.command('TYPE', type)]),
    sizeCommand(session, command),
    ...(isPassive ? [session.epsvCommand] : []),
  ];
  const replies = session.exchangeTogether(commands, options);
  if (isPassive) session.keepEpsv(replies.at(-1) as Promise<Reply>);
  const size = sizeIn(replies[isSet ? 0 : 1] as Promise<Reply>);
  size.catch(() => {}); // told to whoever waits for it, unless something else fails first
  return { typed: isSet ? undefined : replies[0], size };
}

/** Asks for the size once the type is set. */
async function asked(
  session: Session,
  command: Command,
  typed: Promise<unknown> | undefined,
  options: StepOptions,
): Promise<Reply> {
  if (typed) await typed;
  return session.exchange(sizeCommand(session, command), options);
}

/**
 * The reader of a download's socket; `undefined` if the socket is read as a stream. It reads into the
 * caller's memory (`details.memory`) only in clear: under TLS it reads records, which are not the file.
 */
function readerOf(
  session: Session,
  { direction, memory }: TransferDetails,
): SocketReader | undefined {
  if (direction === 'upload' || session.settings.createConnection) return undefined;
  const isClear = session.state.protection !== 'private';
  return new SocketReader((isClear && memory) || session.slab);
}

/** Where the transfer is to begin: the caller's offset (a number), or what an earlier REST has left. */
function markerOf(
  { state }: Session,
  { rest, files }: TransferDetails,
): number | string | undefined {
  if (rest !== undefined) return rest;
  const isUsers = state.restart !== undefined && state.restart !== '0';
  return files && isUsers ? 0 : state.restart;
}

// REST must be the last command before the transfer's (RFC 3659 §5.3).
async function restart(
  session: Session,
  marker: number | string,
  options: StepOptions,
): Promise<number> {
  const command = session.command('REST', String(marker));
  try {
    await session.exchange(command, { ...options, expects: 'either' });
  } catch (error) {
    // A server that does not know REST has no marker to be cleared, either.
    const isOurOwn = marker === '0'; // the user's offset is a number
    if (!(isOurOwn && error instanceof ReplyError)) throw error;
  }
  // Until the transfer is accepted, the marker may hit another one.
  session.note({ restart: '0' });
  return Number(marker);
}

/** Waits for the server's connection; its final reply may come first, or instead (`undefined`). */
async function acceptData(
  listener: DataListener,
  running: TransferExchange,
  { signal }: StepOptions,
): Promise<Duplex | undefined> {
  const { dataConnect, abort } = running.timeouts;
  const accepted = listener.accept(dataConnect, signal);
  accepted.catch(() => {});
  const completion = await Promise.race([accepted.then(() => undefined), running.outcome.promise]);
  if (completion === undefined) return accepted;
  try {
    return await listener.accept(abort, signal);
  } catch (error) {
    // An empty listing or file: some servers then open no data connection at all.
    if (!(error instanceof TimeoutError)) throw error;
    const isEmpty = running.hasBegun ? running.announced === 0 : isListing(running.command);
    if (isEmpty && !listener.hasRefused) return undefined;
    const message = `${replyText(completion)} (${running.command.label}, without a data connection)`;
    const context = { command: running.command.label, phase: 'data' as const, reply: completion };
    throw new TransferError(message, context, 'ERR_FTP_EARLY_COMPLETION');
  }
}
