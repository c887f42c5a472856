import { ReplyError } from '../errors';
import type { CallOptions } from '../options/client-options';
import type { Command, Path } from '../protocol/command';
import type { Reply } from '../reply';
import { beginsWithEPSV } from './address-commands';
import type { Session } from './session';

/**
 * The commands of a login, created before anything is sent: invalid credentials then send nothing.
 */
export interface LoginCommands {
  /** USER */
  readonly user: Command;
  /** PASS, sent if the server asks for a password. */
  readonly pass: Command;
  /** ACCT, sent if the server asks for an account. */
  readonly acct: Command;
}

/**
 * Logs in (RFC 959 §5.4, `ftplib.login`): sends USER, then PASS and ACCT if asked for.
 *
 * @returns the reply that completes the login
 * @throws ReplyError if the server refuses the login
 */
export async function login(
  session: Session,
  { user, pass, acct }: LoginCommands,
  options: CallOptions,
): Promise<Reply> {
  const details = { ...options, expects: 'either' as const, phase: 'login' as const };
  let reply = await session.exchange(user, details);
  // 332 after USER asks for the account without a password (RFC 959 §5.4).
  if (isIntermediate(reply) && reply.code !== 332) reply = await session.exchange(pass, details);
  // Another 331 after PASS asks for the password again: ACCT would not answer it.
  if (isIntermediate(reply) && reply.code !== 331) reply = await session.exchange(acct, details);
  if (isIntermediate(reply)) throw new ReplyError(reply, { phase: 'login' });
  return reply;
}

/**
 * Logs in with all commands in one write. Every reply is checked.
 *
 * @param rest - commands that precede a first transfer. If one is refused, it is sent again when it
 *   is needed.
 * @returns the reply that completes the login
 * @throws ReplyError if the login is refused
 */
export async function loginTogether(
  session: Session,
  { user, pass, acct }: LoginCommands,
  rest: readonly Command[],
  options: CallOptions,
): Promise<Reply> {
  const details = { ...options, expects: 'either' as const, phase: 'login' as const };
  const replies = session.exchangeTogether([user, pass, ...rest], details);
  const epsv = rest.findIndex(({ verb }) => verb === 'EPSV');
  const [userReply, passReply] = replies as [Promise<Reply>, Promise<Reply>];
  const first = await userReply;
  // After a 230 to USER the login is complete, so the reply to PASS is ignored (RFC 959 §5.4).
  let reply = isIntermediate(first) ? await passReply.catch(acceptRefusedPassword(first)) : first;
  const [, , ...settled] = await Promise.allSettled(replies);
  // If a command got no reply, the connection is lost.
  const lost = settled.find((each) => each.status === 'rejected' && !isReplyError(each.reason));
  if (lost) throw (lost as PromiseRejectedResult).reason;
  if (isIntermediate(reply) && reply.code !== 331) reply = await session.exchange(acct, details);
  if (isIntermediate(reply)) throw new ReplyError(reply, { phase: 'login' });
  if (settled[epsv]?.status === 'fulfilled') session.keepEpsv(replies[epsv + 2] as Promise<Reply>);
  return reply;
}

/** After a 332 to USER the server may refuse PASS, which it did not ask for. That is ignored. */
function acceptRefusedPassword(first: Reply): (error: unknown) => Reply {
  return (error) => {
    if (first.code === 332 && error instanceof ReplyError) return first;
    throw error;
  };
}

/**
 * Creates the commands of a login (`ftplib.login`).
 * @param user - the user name; empty for an anonymous login
 */
export function loginCommands(
  command: (...parts: Path[]) => Command,
  user: string,
  passwd: string,
  acct: string,
): LoginCommands {
  const name = user || 'anonymous';
  // RFC 1635 asks for an e-mail address. A placeholder protects the user's privacy.
  const isAnonymous = name === 'anonymous' && (passwd === '' || passwd === '-');
  return {
    user: command('USER', name),
    pass: command('PASS', isAnonymous ? `${passwd}anonymous@` : passwd),
    acct: command('ACCT', acct),
  };
}

function isReplyError(error: unknown): boolean {
  return error instanceof ReplyError;
}

function isIntermediate({ code }: Reply): boolean {
  return code >= 300 && code < 400;
}

/** The commands that prepare a first binary transfer: TYPE I, and EPSV if it comes first. */
export function firstTransferCommands(session: Session): Command[] {
  return [session.command('TYPE', 'I'), ...(beginsWithEPSV(session) ? [session.epsvCommand] : [])];
}
