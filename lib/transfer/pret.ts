import { ReplyError } from '../errors';
import type { StepOptions } from '../options/client-options';
import { argumentBytes, type Command } from '../protocol/command';
import { type Reply, replyText } from '../reply';
import type { Session } from '../session/session';

/** Refusals of PRET for this one transfer: the server knows it, but not with this command (RFC 959 §4.2.1). */
const REFUSED_FOR_COMMAND: ReadonlySet<number> = new Set([501, 504]);

/**
 * Whether PRET is to go before a data connection: FEAT has shown it, or the server has asked for it. PRET
 * names the transfer, so that drftpd can pick the machine that has the file. It goes before EPSV and PASV
 * only: in active mode the transfer's own command comes before the connection.
 */
export function needsPret({ state }: Session): boolean {
  if (state.refused.has('PRET')) return false;
  return state.pret || state.features?.has('PRET') === true;
}

export function pretCommand(session: Session, transfer: Command): Command {
  const argument = argumentBytes(transfer);
  return session.command('PRET', transfer.verb, ...(argument.length > 0 ? [argument] : []));
}

/**
 * Waits for the reply to PRET.
 * @returns the refusal of a server that may serve the transfer all the same
 * @throws ReplyError for any other refusal: of the transfer, for which PRET stands
 */
export async function awaitPretReply(
  session: Session,
  reply: Promise<Reply>,
): Promise<ReplyError | undefined> {
  try {
    await reply;
    return undefined;
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    const { code } = error.reply;
    if (code === 500 || code === 502) session.noteRefusal('PRET');
    else if (!REFUSED_FOR_COMMAND.has(code)) throw error;
    return error;
  }
}

/**
 * Runs what asks for a data connection. Where the server refuses that and names PRET, the client sends
 * PRET, remembers it, and tries once more.
 *
 * @param refusal - of a PRET that went before
 */
export async function withPret<T>(
  session: Session,
  transfer: Command,
  options: StepOptions,
  refusal: ReplyError | undefined,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!mentionsPret(error) || session.control.closed) throw error;
    if (refusal) throw refusal;
    session.note({ pret: true });
    const pret = session.exchange(pretCommand(session, transfer), options);
    const refused = await awaitPretReply(session, pret);
    if (refused) throw refused;
    return run();
  }
}

function mentionsPret(error: unknown): boolean {
  return error instanceof ReplyError && /\bPRET\b/.test(replyText(error.reply));
}
