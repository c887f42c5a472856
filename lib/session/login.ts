import { ReplyError } from '../errors';
import type { CallOptions } from '../options/client-options';
import type { Command, Path } from '../protocol/command';
import type { Reply } from '../reply';
import { beginsWithEPSV } from './address-commands';
import type { Session } from './session';

/** The commands of a login; made before anything is sent, so that a bad one sends nothing. */
export interface LoginCommands {
  readonly user: Command;
  readonly pass: Command;
  readonly acct: Command;
}

/** Logs in (RFC 959 §5.4, `ftplib.login`): USER, PASS when it is asked for, ACCT when that is. */
export async function login(
  session: Session,
  { user, pass, acct }: LoginCommands,
  options: CallOptions,
): Promise<Reply> {
  const details = { ...options, expects: 'either' as const, phase: 'login' as const };
  let reply = await session.exchange(user, details);
  // 332 after USER asks for the account straight away (RFC 959 §5.4).
  if (isIntermediate(reply) && reply.code !== 332) reply = await session.exchange(pass, details);
  // 331 again, after PASS, can only be a misunderstanding.
  if (isIntermediate(reply) && reply.code !== 331) reply = await session.exchange(acct, details);
  if (isIntermediate(reply)) throw new ReplyError(reply, { phase: 'login' });
  return reply;
}

/**
 * The same in one write, with what else comes before a first transfer; each reply is still looked at.
 * @throws ReplyError when the login is refused; what is refused of the rest will be asked again
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
  // Who needs no password is logged in already, whatever the server says to it (RFC 959 §5.4).
  let reply = isIntermediate(first) ? await passReply.catch(acceptRefusedPassword(first)) : first;
  const [, , ...settled] = await Promise.allSettled(replies);
  // Without a reply to one of them the connection is gone.
  const lost = settled.find((each) => each.status === 'rejected' && !isReplyError(each.reason));
  if (lost) throw (lost as PromiseRejectedResult).reason;
  if (isIntermediate(reply) && reply.code !== 331) reply = await session.exchange(acct, details);
  if (isIntermediate(reply)) throw new ReplyError(reply, { phase: 'login' });
  if (settled[epsv]?.status === 'fulfilled') session.keepEpsv(replies[epsv + 2] as Promise<Reply>);
  return reply;
}

/** Who asks for the account straight away may refuse the password that he had not asked for. */
function acceptRefusedPassword(first: Reply): (error: unknown) => Reply {
  return (error) => {
    if (first.code === 332 && error instanceof ReplyError) return first;
    throw error;
  };
}

/** The commands of a login with these credentials (`ftplib.login`). */
export function loginCommands(
  command: (...parts: Path[]) => Command,
  user: string,
  passwd: string,
  acct: string,
): LoginCommands {
  const name = user || 'anonymous';
  // No address of anybody's: only that there is one (RFC 1635).
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

/** What a first transfer of bytes will need: its type, and a port. */
export function firstTransferCommands(session: Session): Command[] {
  return [session.command('TYPE', 'I'), ...(beginsWithEPSV(session) ? [session.epsvCommand] : [])];
}
