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

/** How to open a data connection. */
export interface DataOptions extends StepOptions {
  /** The transfer command that uses it. */
  readonly transfer: Command;
  /** The reader of the socket, if it is not read as a stream. */
  readonly reader?: SocketReader | undefined;
}

/** Refusals that do not concern EPSV or EPRT itself: service closing, not logged in. */
const UNRELATED_REFUSALS: ReadonlySet<number> = new Set([421, 530]);

/**
 * Opens a data connection to the server with the first command of `passiveCommands` that works. If
 * a command is refused, or its port cannot be reached (as behind a NAT that knows only PASV), the
 * next one is errors. PRET is sent first if the server needs it.
 *
 * @throws FTPError of the last command, with the errors of the earlier ones; or the signal's reason
 */
export async function openPassive(session: Session, options: DataOptions): Promise<Duplex> {
  const errors: FTPError[] = [];
  const verbs = passiveCommands(session);
  const refusal = await sendPret(session, options);
  for (const verb of verbs) {
    const open = () => (verb === 'EPSV' ? openEpsv(session, options) : openPasv(session, options));
    try {
      const data = await withPret(session, options.transfer, options, refusal, open);
      if (errors.length > 0) session.note({ passive: verb });
      return data;
    } catch (error) {
      errors.push(withEarlierError(session, error, errors));
      if (!canTryNext(error, options) || session.control.closed) break;
    }
  }
  throw errors.at(-1) as FTPError;
}

/**
 * Sends PRET if the server needs it. An early EPSV was sent without PRET, so none is sent then.
 * @returns the refusal of PRET, if any
 */
async function sendPret(session: Session, options: DataOptions): Promise<ReplyError | undefined> {
  if (!needsPret(session) || session.hasEpsv) return undefined;
  const pret = pretCommand(session, options.transfer);
  const { signal, timeout } = options;
  if (!session.combinesCommands || !beginsWithEPSV(session)) {
    return awaitPretReply(session, session.exchange(pret, { signal, timeout }));
  }
  const replies = session.exchangeTogether([pret, session.epsvCommand], { signal, timeout });
  const [pretReply, epsvReply] = replies as [Promise<Reply>, Promise<Reply>];
  session.keepEpsv(epsvReply);
  try {
    return await awaitPretReply(session, pretReply);
  } catch (error) {
    session.dropEpsv(); // the port may be for the refused transfer only
    throw error;
  }
}

/** Opens a data connection with EPSV, which may have been sent early. */
async function openEpsv(session: Session, options: DataOptions): Promise<Duplex> {
  const peer = peerAddress(session);
  const early = session.takeEpsv();
  try {
    const reply = await (early
      ? unlessAborted(early, options.signal)
      : session.exchange(session.epsvCommand, options));
    return await dialData(
      session,
      parseOriginal(reply, (text) => parse229(text, peer)),
      options,
    );
  } catch (error) {
    // After an early EPSV the server may have closed the port in the meantime. Or it may have
    // refused because the transfer before was still running (ProFTPD does so if another command
    // follows).
    const isPortLost = isUnreachable(error) || error instanceof TransientReplyError;
    const isStale = early && isPortLost && canTryNext(error, options);
    if (!isStale || session.control.closed) throw error;
    return openEpsv(session, options);
  }
}

/**
 * Listens for a data connection from the server, and sends the server the address (EPRT or PORT).
 * @throws FTPError if the client cannot listen, or if the server refuses the commands
 */
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
 * Returns the endpoint to connect to after a 227. The address in it is not trusted: it could direct
 * the client to any host (CVE-2021-4189). A different address is ignored with a `'warning'`.
 */
export function passiveEndpoint(session: Session, announced: Endpoint, reply: string): Endpoint {
  const peer = peerAddress(session);
  const { host, port } = announced;
  if (session.settings.trustServerPasvIPv4Address || host === plainAddress(peer)) return announced;
  // Through a proxy the server's address is unknown, so a difference means nothing.
  if (session.control.tcpSocket && !session.settings.createConnection) {
    const message = printable(`The address in ${reply} was ignored for ${peer}`);
    session.control.emit('warning', message);
  }
  return { host: peer, port };
}

/** Connects to the port on which the server listens. */
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
  const errors: FTPError[] = [];
  for (const verb of activeCommands(session, endpoint.host)) {
    const format = verb === 'EPRT' ? formatEprt : formatPort;
    try {
      const announce = () => session.exchange(session.command(verb, format(endpoint)), options);
      await withPret(session, options.transfer, options, undefined, announce);
      if (errors.length > 0) session.note({ active: verb });
      return;
    } catch (error) {
      errors.push(withEarlierError(session, error, errors));
      const isRefused = error instanceof PermanentReplyError && canTryNext(error, options);
      if (!isRefused || session.control.closed) break;
    }
  }
  throw errors.at(-1) as FTPError;
}

/** Adds the error of an earlier command to that of the last one. */
function withEarlierError(
  session: Session,
  error: unknown,
  [earlier]: readonly FTPError[],
): FTPError {
  if (!(error instanceof FTPError)) return error as FTPError; // the reason of the signal
  // A refusal and the end of the connection may arrive in one segment: nothing more can be sent.
  const isClosed = error instanceof ReplyError && error.connectionUsable && session.control.closed;
  if (isClosed) {
    const { command = '', phase = 'data' } = error;
    return withEarlier(session.control.lostError({ command, phase }), error);
  }
  return earlier ? withEarlier(error, earlier) : error;
}

/** Whether another command for a data connection may succeed. */
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
