import { argumentError, ProtocolError, ReplyError, replyError, TimeoutError } from '../errors';
import { checkCall } from '../options/call-checks';
import type { CallOptions } from '../options/client-options';
import { checkOneOf } from '../options/validate';
import { formatEprt, formatPort } from '../protocol/active';
import type { Command, Path } from '../protocol/command';
import { type Endpoint, parse227, parse229 } from '../protocol/passive';
import { parseOriginal } from '../protocol/secrets';
import { replyText } from '../reply';
import { activeCommands, passiveCommands, peerAddress } from '../session/address-commands';
import type { Session } from '../session/session';
import type { Turn } from '../session/turn-queue';
import type { TransferListener } from '../streams/transfer';
import { dialData, passiveEndpoint } from '../transfer/data-connection';
import { isProtected } from '../transfer/data-protection';
import { awaitPretReply, needsPret, pretCommand, withPret } from '../transfer/pret';
import { setType } from '../transfer/representation-type';
import { RunningTransfer } from '../transfer/running-transfer';
import { unlessAborted, withTimeout } from '../util/abortable';
import type { FTP } from './ftp';

// The data passes between the servers, so there is nothing to listen to.
const NO_LISTENER: TransferListener = {
  onEvent() {},
  idleSince: () => undefined,
  onQueued() {},
  destroy() {},
};

/**
 * Copies a file directly from one server to another (`ftplib.ftpcp`). Its bytes do not pass through
 * this process. Both servers must allow it; most do not by default, because of the bounce attack
 * (RFC 2577).
 *
 * @param source - the client of the server to copy from
 * @param sourceName - the path of the file there
 * @param target - the client of the server to copy to
 * @param targetName - the path of the copy; default: `sourceName`
 * @param type - the representation type: `'I'` (binary, the default) or `'A'` (text)
 * @throws ReplyError if a server refuses; both clients stay usable
 * @throws TypeError `ERR_INVALID_STATE` if a client encrypts its data connections
 *
 * @example
 * ```ts
 * await ftpcp(source, 'big.iso', target, 'copy.iso');
 * ```
 */
export async function ftpcp(
  source: FTP,
  sourceName: Path,
  target: FTP,
  targetName: Path = '',
  type: 'I' | 'A' = 'I',
  options: CallOptions = {},
): Promise<void> {
  checkOneOf('type', type, ['I', 'A']);
  checkCall(options);
  const from = source.session();
  const to = target.session();
  if (from === to) {
    throw argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', 'ftpcp needs two different clients');
  }
  if (isProtected(from) || isProtected(to)) {
    // Both servers would take the same role in the TLS handshake (RFC 4217 §7).
    throw argumentError(
      TypeError,
      'ERR_INVALID_STATE',
      'ftpcp needs unencrypted data connections: call protC() on both clients',
    );
  }
  const retr = from.command('RETR', sourceName);
  const stor = to.command('STOR', targetName.length > 0 ? targetName : sourceName);
  // Both turns are taken in one tick, so that two copies in opposite directions cannot deadlock.
  const sending = new Side(from, retr, 'download', options);
  const receiving = new Side(to, stor, 'upload', options);
  try {
    await Promise.all([sending.prepare(type), receiving.prepare(type)]);
    sending.endpoint = await connectServers(sending, receiving, options);
    const received = receiving.run(sending);
    received.catch(() => {}); // handled below, unless the source fails first
    // A source that refuses closes its port. A target that is just connecting may never notice.
    await receiving.firstReply();
    await Promise.all([received, sending.run(receiving)]);
  } catch (error) {
    // If the source refused, the error of the target is only a consequence.
    await Promise.all([sending.abort(), receiving.abort()]);
    throw sending.refusal ?? error;
  } finally {
    sending.release();
    receiving.release();
  }
}

/** One server's side of the copy. */
class Side {
  readonly session: Session;
  readonly #turn: Turn;
  readonly command: Command;
  readonly #direction: 'download' | 'upload';
  readonly #options: CallOptions;
  readonly #signal: AbortSignal;
  /** Where the source listens for the target; set on the source's side only. */
  endpoint: Endpoint | undefined;
  #running: RunningTransfer | undefined;
  #firstReply: Promise<unknown> | undefined;
  #isDone = false;
  #refusal: unknown;

  constructor(
    session: Session,
    command: Command,
    direction: 'download' | 'upload',
    options: CallOptions,
  ) {
    this.session = session;
    this.#turn = session.turns.take();
    this.command = command;
    this.#direction = direction;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
  }

  /** Makes this server listen for the other one. */
  listen(options: CallOptions): Promise<{ endpoint: Endpoint; text: string }> {
    return openPassivePort(this.session, this.command, options);
  }

  async prepare(type: 'I' | 'A'): Promise<void> {
    const timeouts = this.session.timeouts(this.#options);
    await this.#turn.ready(timeouts.reply, this.#options.signal);
    this.#running = new RunningTransfer(
      this.session,
      this.#turn,
      this.command,
      this.#direction,
      NO_LISTENER,
      timeouts,
    );
    this.#running.register();
    await this.session.requestUTF8([this.command], this.#options);
    await setType(this.session, type, this.#options);
  }

  /**
   * Runs until this server has finished. From then on, the other one has limited time to finish.
   */
  async run(other: Side): Promise<void> {
    const { exchange } = this.#running as RunningTransfer;
    try {
      this.#firstReply = exchange.start(this.#signal);
      await this.#firstReply;
      await unlessAborted(exchange.outcome.promise, this.#signal);
    } catch (error) {
      if (error instanceof ReplyError) this.#refusal = error;
      throw error;
    }
    this.#isDone = true;
    other.#running?.exchange.limitFinalReply();
  }

  /**
   * Waits for the first reply, but no longer than half of `timeouts.abort`: the server may send it
   * only after the other server has connected.
   */
  async firstReply(): Promise<void> {
    const { timeouts } = this.#running as RunningTransfer;
    const silence = new TimeoutError('No reply to the transfer command');
    try {
      await withTimeout(
        this.#firstReply as Promise<unknown>,
        timeouts.abort / 2,
        this.#signal,
        () => silence,
      );
    } catch (error) {
      if (error !== silence) throw error;
    }
  }

  /** The error of the reply that refused the transfer, if any. */
  get refusal(): unknown {
    return this.#refusal;
  }

  /** Aborts the transfer. The data connection belongs to the servers, so they must close it. */
  async abort(): Promise<void> {
    const aborted = this.#running?.abort(this.session.command('ABOR'), {});
    // Failures are ignored: the copy has already failed.
    const [replies] = await Promise.allSettled([aborted, this.#releasePassivePort()]);
    const received = replies.status === 'fulfilled' ? replies.value : undefined;
    // A refusal that arrived only after the copy had been abandoned.
    const refusal = received?.find(({ code }) => code >= 500);
    if (refusal) this.#refusal ??= replyError(refusal, { command: this.command.label });
  }

  // A source that refused RETR may still hold the target's connection; it drops it when it is asked
  // for another port. A source that still waits for the target reads no command until something
  // connects, so this client connects.
  async #releasePassivePort(): Promise<void> {
    if (!this.endpoint || !this.#firstReply || this.#isDone) return;
    const { timeout } = this.#options;
    if (this.#refusal !== undefined) {
      await this.listen({ timeout });
    } else {
      const data = await dialData(this.session, this.endpoint, { timeout });
      data.destroy();
    }
  }

  release(): void {
    if (this.#running) this.#running.release(this.#isDone);
    else this.#turn.release();
  }
}

/**
 * Tells the target where the source listens. Uses PASV and PORT, as ftplib does, where IPv4 and the
 * options allow them: more servers accept a foreign address with these.
 */
async function connectServers(source: Side, target: Side, options: CallOptions): Promise<Endpoint> {
  const { endpoint, text } = await source.listen(options);
  refuseBounce(endpoint, text);
  const { session: to } = target;
  const isPort = activeCommands(to, endpoint.host).includes('PORT');
  const argument = isPort ? formatPort(endpoint) : formatEprt(endpoint);
  const announce = () => to.exchange(to.command(isPort ? 'PORT' : 'EPRT', argument), options);
  await withPret(to, target.command, options, undefined, announce);
  return endpoint;
}

/** Makes the source listen on a new port, and close the previous one. */
async function openPassivePort(
  from: Session,
  transfer: Command,
  options: CallOptions,
): Promise<{ endpoint: Endpoint; text: string }> {
  const verb = passiveCommands(from).includes('PASV') ? 'PASV' : 'EPSV';
  const pret = needsPret(from) ? from.exchange(pretCommand(from, transfer), options) : undefined;
  const refusal = pret && (await awaitPretReply(from, pret));
  const listen = () => from.exchange(from.command(verb), options);
  const reply = await withPret(from, transfer, options, refusal, listen);
  const peer = peerAddress(from);
  const parse = verb === 'EPSV' ? (reply: string) => parse229(reply, peer) : parse227;
  const announced = parseOriginal(reply, parse);
  const text = replyText(reply);
  return { endpoint: passiveEndpoint(from, announced, text), text };
}

// A well-known port belongs to a service, and is not a data connection (RFC 2577 §3).
function refuseBounce({ port }: Endpoint, text: string): void {
  if (port >= 1024) return;
  const message = `${text} (a data connection to a port below 1024 is refused)`;
  throw new ProtocolError(message, { connectionUsable: true }, 'ERR_FTP_BAD_PASV');
}
