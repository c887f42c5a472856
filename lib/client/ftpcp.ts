import { argumentError, ProtocolError, ReplyError, replyError, TimeoutError } from '../errors';
import { checkCall } from '../options/call-checks';
import type { CallOptions } from '../options/client-options';
import { checkOneOf } from '../options/validate';
import { formatEprt, formatPort } from '../protocol/active';
import type { Command, Path } from '../protocol/command';
import { type Endpoint, parse227, parse229 } from '../protocol/passive';
import { parsed } from '../protocol/secrets';
import { replyText } from '../reply';
import { activeCommands, passiveCommands, peerOf } from '../session/address-commands';
import type { Session } from '../session/session';
import type { Turn } from '../session/turn-queue';
import type { TransferListener } from '../streams/transfer';
import { dialData, passiveEndpoint } from '../transfer/data-connection';
import { isProtected } from '../transfer/data-protection';
import { pretAnswered, pretCommand, wantsPret, withPret } from '../transfer/pret';
import { setType } from '../transfer/representation-type';
import { RunningTransfer } from '../transfer/running-transfer';
import { unlessAborted, withTimeout } from '../util/abortable';
import type { FTP } from './ftp';

// No data passes through here, and so nobody watches it.
const NOBODY: TransferListener = {
  onEvent() {},
  idleSince: () => undefined,
  onQueued() {},
  destroy() {},
};

/**
 * Copies a file from server to server, without its bytes passing through here
 * (`ftplib.ftpcp`). Both servers must allow it; most do not by default, because of
 * the bounce attack (RFC 2577).
 *
 * @param targetName - default: the source's name
 * @param type - the representation type, `'I'` or `'A'`
 * @throws ReplyError when either server refuses; both clients stay usable
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
    throw argumentError(
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      'ftpcp needs two clients, not one twice',
    );
  }
  if (isProtected(from) || isProtected(to)) {
    // RFC 4217 §7: both ends would take themselves for the TLS client.
    throw argumentError(
      TypeError,
      'ERR_INVALID_STATE',
      'ftpcp needs data connections in clear: protC() on both clients',
    );
  }
  const retr = from.command('RETR', sourceName);
  const stor = to.command('STOR', targetName.length > 0 ? targetName : sourceName);
  // Both places are taken in one tick: two copies in opposite directions cannot lock each other.
  const sending = new Leg(from, retr, 'download', options);
  const receiving = new Leg(to, stor, 'upload', options);
  try {
    await Promise.all([sending.prepare(type), receiving.prepare(type)]);
    sending.endpoint = await introduce(sending, receiving, options);
    const received = receiving.run(sending);
    received.catch(() => {}); // told below, unless the source fails first
    // A source that refuses closes its port. Whoever is just connecting then may never hear of it.
    await receiving.begun();
    await Promise.all([received, sending.run(receiving)]);
  } catch (error) {
    // What the target says of a source that has refused is only an echo of it.
    await Promise.all([sending.abort(), receiving.abort()]);
    throw sending.refusal ?? error;
  } finally {
    sending.release();
    receiving.release();
  }
}

/** One server's side of the copy. */
class Leg {
  readonly session: Session;
  readonly #ticket: Turn;
  readonly command: Command;
  readonly #direction: 'download' | 'upload';
  readonly #options: CallOptions;
  readonly #signal: AbortSignal;
  /** Where this server listens for the other one. */
  endpoint: Endpoint | undefined;
  #running: RunningTransfer | undefined;
  #first: Promise<unknown> | undefined;
  #isDone = false;
  #refusal: unknown;

  constructor(
    session: Session,
    command: Command,
    direction: 'download' | 'upload',
    options: CallOptions,
  ) {
    this.session = session;
    this.#ticket = session.turns.take();
    this.command = command;
    this.#direction = direction;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
  }

  /** Has this server listen for the other one. */
  listen(options: CallOptions): Promise<{ endpoint: Endpoint; text: string }> {
    return listening(this.session, this.command, options);
  }

  async prepare(type: 'I' | 'A'): Promise<void> {
    const timeouts = this.session.timeouts(this.#options);
    await this.#ticket.ready(timeouts.reply, this.#options.signal);
    this.#running = new RunningTransfer(
      this.session,
      this.#ticket,
      this.command,
      this.#direction,
      NOBODY,
      timeouts,
    );
    this.#running.register();
    await this.session.announce([this.command], this.#options);
    await setType(this.session, type, this.#options);
  }

  /** Runs until this server is done; then the other one has a limited time to be. */
  async run(other: Leg): Promise<void> {
    const { exchange } = this.#running as RunningTransfer;
    try {
      this.#first = exchange.start(this.#signal);
      await this.#first;
      await unlessAborted(exchange.outcome.promise, this.#signal);
    } catch (error) {
      if (error instanceof ReplyError) this.#refusal = error;
      throw error;
    }
    this.#isDone = true;
    other.#running?.exchange.limit();
  }

  /** Resolves with the first reply, or soon without one: it may take the other server to bring it about. */
  async begun(): Promise<void> {
    const { timeouts } = this.#running as RunningTransfer;
    const silence = new TimeoutError('No reply to the transfer command');
    try {
      await withTimeout(
        this.#first as Promise<unknown>,
        timeouts.abort / 2,
        this.#signal,
        () => silence,
      );
    } catch (error) {
      if (error !== silence) throw error;
    }
  }

  /** The reply that refused the transfer, if one did. */
  get refusal(): unknown {
    return this.#refusal;
  }

  /** Aborts what goes on; the data connection is the servers' own, and they must let go of it. */
  async abort(): Promise<void> {
    const aborted = this.#running?.abort(this.session.command('ABOR'), {});
    const [replies] = await Promise.allSettled([aborted, this.#releasePassivePort()]); // the copy has failed already
    const said = replies.status === 'fulfilled' ? replies.value : undefined;
    const refusal = said?.find(({ code }) => code >= 500); // it came when we had given up
    if (refusal) this.#refusal ??= replyError(refusal, { command: this.command.label });
  }

  // A source that was connected to but has nothing to send drops the connection when it
  // is asked for another one. A source that waits for a target that will not come, and
  // hears nothing meanwhile, goes on when somebody else comes.
  async #releasePassivePort(): Promise<void> {
    if (!this.endpoint || !this.#first || this.#isDone) return;
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
    else this.#ticket.release();
  }
}

/**
 * Tells the target where the source listens. PASV and PORT, as in ftplib, wherever IPv4 and the options
 * allow them: more servers take a foreign address by these.
 */
async function introduce(source: Leg, target: Leg, options: CallOptions): Promise<Endpoint> {
  const { endpoint, text } = await source.listen(options);
  refuseBounce(endpoint, text);
  const { session: to } = target;
  const isPort = activeCommands(to, endpoint.host).includes('PORT');
  const argument = isPort ? formatPort(endpoint) : formatEprt(endpoint);
  const announce = () => to.exchange(to.command(isPort ? 'PORT' : 'EPRT', argument), options);
  await withPret(to, target.command, options, undefined, announce);
  return endpoint;
}

/** Has the source listen on a port, and no more on the one before. */
async function listening(
  from: Session,
  transfer: Command,
  options: CallOptions,
): Promise<{ endpoint: Endpoint; text: string }> {
  const verb = passiveCommands(from).includes('PASV') ? 'PASV' : 'EPSV';
  const isWanted = wantsPret(from);
  const pret = isWanted ? from.exchange(pretCommand(from, transfer), options) : undefined;
  const refusal = pret && (await pretAnswered(from, pret));
  const listen = () => from.exchange(from.command(verb), options);
  const reply = await withPret(from, transfer, options, refusal, listen);
  const peer = peerOf(from);
  const parse = verb === 'EPSV' ? (said: string) => parse229(said, peer) : parse227;
  const announced = parsed(reply, parse);
  const text = replyText(reply);
  return { endpoint: passiveEndpoint(from, announced, text), text };
}

// RFC 2577 §3: a well-known port is a service of somebody's, not a data connection.
function refuseBounce({ port }: Endpoint, text: string): void {
  if (port >= 1024) return;
  const message = `${text} (a data connection to a port below 1024 is refused)`;
  throw new ProtocolError(message, { connectionUsable: true }, 'ERR_FTP_BAD_PASV');
}
