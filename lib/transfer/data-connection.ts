import type { Duplex } from 'node:stream';
import {
  ConnectionError,
  FTPError,
  PermanentReplyError,
  printable,
  ReplyError,
  TimeoutError,
  TransientReplyError,
  withEarlier,
} from '../errors';
import type { StepOptions } from '../options/client-options';
import { formatEprt, formatPort, plainAddress } from '../protocol/active';
import type { Command } from '../protocol/command';
import { type Endpoint, parse227, parse229 } from '../protocol/passive';
import { parseOriginal } from '../protocol/secrets';
import { type Reply, replyText } from '../reply';
import {
  activeCommands,
  beginsWithEPSV,
  passiveCommands,
  peerAddress,
} from '../session/address-commands';
import type { Session } from '../session/session';
import { DataListener } from '../transport/socket/data-listener';
import { dial } from '../transport/socket/dial';
import type { SocketReader } from '../transport/socket/socket-reader';
import { unlessAborted } from '../util/abortable';
import { awaitPretReply, needsPret, pretCommand, withPret } from './pret';

/** How a data connection is opened. */
export interface DataOptions extends StepOptions {
  /** The transfer that it is for. */
  readonly transfer: Command;
  /** What is to read it. */
  readonly reader?: SocketReader | undefined;
}

/** Refusals that say nothing of EPSV or EPRT as such: not logged in, or going away. */
const UNRELATED_REFUSALS: ReadonlySet<number> = new Set([421, 530]);

/**
 * Opens a data connection to the server by the first command of `passiveCommands` that leads to one.
 * The next one is tried where a command is refused or its port cannot be reached, as behind a NAT that
 * knows only PASV. PRET goes before where the server has it.
 */
export async function openPassive(session: Session, options: DataOptions): Promise<Duplex> {
  const tried: FTPError[] = [];
  const verbs = passiveCommands(session);
  const refusal = await sendPret(session, options);
  for (const verb of verbs) {
    const open = () => (verb === 'EPSV' ? openEpsv(session, options) : openPasv(session, options));
    try {
      const data = await withPret(session, options.transfer, options, refusal, open);
      if (tried.length > 0) session.note({ passive: verb });
      return data;
    } catch (error) {
      tried.push(withEarlierError(session, error, tried));
      if (!canTryNext(error, options) || session.control.closed) break;
    }
  }
  throw tried.at(-1) as FTPError;
}

/** Sends PRET where the server has it; an EPSV that was sent ahead has gone without. */
async function sendPret(session: Session, options: DataOptions): Promise<ReplyError | undefined> {
  if (!needsPret(session) || session.hasEpsv) return undefined;
  const pret = pretCommand(session, options.transfer);
  const { signal, timeout } = options;
  if (!session.combinesCommands || !beginsWithEPSV(session)) {
    return awaitPretReply(session, session.exchange(pret, { signal, timeout }));
  }
  const replies = session.exchangeTogether([pret, session.epsvCommand], { signal, timeout });
  const [answered, epsv] = replies as [Promise<Reply>, Promise<Reply>];
  session.keepEpsv(epsv);
  try {
    return await awaitPretReply(session, answered);
  } catch (error) {
    session.dropEpsv(); // the server may have opened this port for this transfer only
    throw error;
  }
}

/** Opens one by EPSV, which may have been sent ahead. */
async function openEpsv(session: Session, options: DataOptions): Promise<Duplex> {
  const peer = peerAddress(session);
  const ahead = session.takeEpsv();
  try {
    const reply = await (ahead
      ? unlessAborted(ahead, options.signal)
      : session.exchange(session.epsvCommand, options));
    return await dialData(
      session,
      parseOriginal(reply, (text) => parse229(text, peer)),
      options,
    );
  } catch (error) {
    // A server may have closed a port that it was asked for long ago, or refused one because the
    // transfer before was still running (ProFTPD does so when another command follows).
    const isOver = isUnreachable(error) || error instanceof TransientReplyError;
    const isStale = ahead && isOver && canTryNext(error, options);
    if (!isStale || session.control.closed) throw error;
    return openEpsv(session, options);
  }
}

/** Listens for the data connection that the server will open, and tells it where (EPRT, else PORT). */
export async function listenActive(session: Session, options: DataOptions): Promise<DataListener> {
  const local = session.control.tcpSocket?.localAddress;
  const peer = session.control.tcpSocket?.remoteAddress;
  if (local === undefined || peer === undefined) {
    const message = 'Active mode needs a TCP connection to the server, not a proxy';
    throw new ConnectionError(message, { phase: 'data', connectionUsable: true });
  }
  const { activePorts: ports, externalAddress } = session.settings;
  const listener = await DataListener.listen({ host: local, ports, peer, name: session.host });
  try {
    const endpoint = { host: plainAddress(externalAddress ?? local), port: listener.port };
    await sendEndpoint(session, endpoint, options);
    return listener;
  } catch (error) {
    listener.close();
    throw error;
  }
}

async function openPasv(session: Session, options: DataOptions): Promise<Duplex> {
  const reply = await session.exchange(session.command('PASV'), options);
  const announced = parseOriginal(reply, parse227);
  return dialData(session, passiveEndpoint(session, announced, replyText(reply)), options);
}

/**
 * Where the server really listens: the address in a 227 is its word only, and could
 * send us to anybody (CVE-2021-4189).
 */
export function passiveEndpoint(session: Session, announced: Endpoint, reply: string): Endpoint {
  const peer = peerAddress(session);
  const { host, port } = announced;
  if (session.settings.trustServerPasvIPv4Address || host === plainAddress(peer)) return announced;
  // Through a proxy nobody knows the server's address, and so it cannot differ.
  if (session.control.tcpSocket && !session.settings.createConnection) {
    const message = printable(`The address in ${reply} was ignored for ${peer}`);
    session.control.emit('warning', message);
  }
  return { host: peer, port };
}

/** Connects to where the server listens. */
export function dialData(
  session: Session,
  { host, port }: Endpoint,
  options: Omit<DataOptions, 'transfer'>,
): Promise<Duplex> {
  const { localAddress, createConnection } = session.settings;
  const timeout = session.timeouts(options).dataConnect;
  const limits = { purpose: 'data' as const, timeout, signal: options.signal };
  return dial({ host, port, localAddress, reader: options.reader }, limits, createConnection);
}

async function sendEndpoint(
  session: Session,
  endpoint: Endpoint,
  options: DataOptions,
): Promise<void> {
  const tried: FTPError[] = [];
  for (const verb of activeCommands(session, endpoint.host)) {
    const format = verb === 'EPRT' ? formatEprt : formatPort;
    try {
      const announce = () => session.exchange(session.command(verb, format(endpoint)), options);
      await withPret(session, options.transfer, options, undefined, announce);
      if (tried.length > 0) session.note({ active: verb });
      return;
    } catch (error) {
      tried.push(withEarlierError(session, error, tried));
      const isRefused = error instanceof PermanentReplyError && canTryNext(error, options);
      if (!isRefused || session.control.closed) break;
    }
  }
  throw tried.at(-1) as FTPError;
}

/** The error of a command, which also tells why the command before it has failed. */
function withEarlierError(
  session: Session,
  error: unknown,
  [earlier]: readonly FTPError[],
): FTPError {
  if (!(error instanceof FTPError)) return error as FTPError; // a signal's own reason
  // A refusal and the end of the connection may come in one segment: then nothing more is tried.
  const isOver = error instanceof ReplyError && error.connectionUsable && session.control.closed;
  if (isOver) {
    const { command = '', phase = 'data' } = error;
    return withEarlier(session.control.lostError({ command, phase }), error);
  }
  return earlier ? withEarlier(error, earlier) : error;
}

/** Whether another way to a data connection may succeed. */
function canTryNext(error: unknown, { signal }: StepOptions): boolean {
  if (signal?.aborted || !(error instanceof FTPError)) return false;
  if (error instanceof ReplyError) return !UNRELATED_REFUSALS.has(error.reply.code);
  return (
    error.code === 'ERR_FTP_BAD_PASV' || error.phase === 'data' || error instanceof TimeoutError
  );
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ConnectionError && error.phase === 'data';
}
