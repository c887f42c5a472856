import { isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  ConnectionError,
  FTPError,
  PermanentReplyError,
  printable,
  ReplyError,
  TimeoutError,
} from '../errors';
import { formatEprt, formatPort, plainAddress } from '../protocol/active';
import { type Endpoint, parse227, parse229 } from '../protocol/passive';
import { replyText } from '../protocol/reply';
import { DataListener } from '../transport/data-listener';
import { dial } from '../transport/dial';
import type { SocketReader } from '../transport/socket-reader';
import { unlessAborted } from '../unless-aborted';
import type { StepOptions } from './options';
import type { Session } from './session';

/** How a data connection is opened. */
export interface DataOptions extends StepOptions {
  /** What is to read it. */
  readonly reader?: SocketReader | undefined;
}

/** Refusals that say nothing of EPSV or EPRT as such: not logged in, or going away. */
const OTHER_REASONS: ReadonlySet<number> = new Set([421, 530]);

/**
 * Opens a data connection to the server: EPSV first, and PASV where that is refused
 * or its port cannot be reached, which a NAT that knows only PASV makes so.
 */
export async function openPassive(session: Session, options: DataOptions): Promise<Duplex> {
  const peer = peerOf(session);
  if (session.state.passive === 'PASV') return openPasv(session, options);
  const ahead = session.epsv;
  session.epsv = undefined;
  try {
    const reply = await (ahead
      ? unlessAborted(ahead, options.signal)
      : session.exchange(session.epsvCommand, options));
    return await dialData(session, parse229(replyText(reply), peer), options);
  } catch (error) {
    if (!leavesHope(error, options) || session.control.closed) throw error;
    // A server may have closed a port that it was asked for long ago.
    if (ahead && isUnreachable(error)) return openPassive(session, options);
    if (isIPv6(peer)) throw error;
  }
  const data = await openPasv(session, options);
  session.state = { ...session.state, passive: 'PASV' };
  return data;
}

/** Listens for the data connection that the server will open, and tells it where (EPRT, else PORT). */
export async function listenActive(session: Session, options: StepOptions): Promise<DataListener> {
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
    await announceEndpoint(session, endpoint, options);
    return listener;
  } catch (error) {
    listener.close();
    throw error;
  }
}

async function openPasv(session: Session, options: DataOptions): Promise<Duplex> {
  const text = replyText(await session.exchange(session.command('PASV'), options));
  return dialData(session, passiveEndpoint(session, parse227(text), text), options);
}

/**
 * Where the server really listens: the address in a 227 is its word only, and could
 * send us to anybody (CVE-2021-4189).
 */
export function passiveEndpoint(session: Session, announced: Endpoint, reply: string): Endpoint {
  const peer = peerOf(session);
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
  options: DataOptions,
): Promise<Duplex> {
  const { localAddress, createConnection } = session.settings;
  const timeout = session.timeouts(options).dataConnect;
  const limits = { purpose: 'data' as const, timeout, signal: options.signal };
  return dial({ host, port, localAddress, reader: options.reader }, limits, createConnection);
}

async function announceEndpoint(
  session: Session,
  endpoint: Endpoint,
  options: StepOptions,
): Promise<void> {
  if (session.state.active === 'EPRT') {
    try {
      await session.exchange(session.command('EPRT', formatEprt(endpoint)), options);
      return;
    } catch (error) {
      const isRefused = error instanceof PermanentReplyError && leavesHope(error, options);
      if (!isRefused || isIPv6(endpoint.host)) throw error;
    }
  }
  await session.exchange(session.command('PORT', formatPort(endpoint)), options);
  session.state = { ...session.state, active: 'PORT' };
}

/** Whether another way to a data connection may succeed. */
function leavesHope(error: unknown, { signal }: StepOptions): boolean {
  if (signal?.aborted || !(error instanceof FTPError)) return false;
  if (error instanceof ReplyError) return !OTHER_REASONS.has(error.reply.code);
  return (
    error.code === 'ERR_FTP_BAD_PASV' || error.phase === 'data' || error instanceof TimeoutError
  );
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ConnectionError && error.phase === 'data';
}

/** The server's address; through the user's own stream, its name, which a proxy understands. */
export function peerOf({ control, settings, host }: Session): string {
  const socket = settings.createConnection ? undefined : control.tcpSocket;
  return plainAddress(socket?.remoteAddress ?? host);
}
