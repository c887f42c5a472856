import { ReplyError } from '../errors';
import type { StepOptions } from '../options/client-options';
import { argumentBytes, type Command } from '../protocol/command';
import { type Reply, replyText } from '../reply';
import type { Session } from '../session/session';

/** Refusals of PRET with this transfer command only: the server knows PRET (RFC 959 §4.2.1). */
const REFUSED_FOR_COMMAND: ReadonlySet<number> = new Set([501, 504]);

/**
 * Whether to send PRET before a data connection: FEAT lists it, or the server has asked for it.
 * PRET announces the transfer command, so that drftpd can choose the machine that has the file. It
 * precedes only EPSV and PASV: in active mode the server connects after the transfer command.
 */
export function needsPret({ state }: Session): boolean {
  if (state.refused.has('PRET')) return false;
  return state.pret || state.features?.has('PRET') === true;
}

/** Creates the PRET command for a transfer command. */
export function pretCommand(session: Session, transfer: Command): Command {
  const argument = argumentBytes(transfer);
  return session.command('PRET', transfer.verb, ...(argument.length > 0 ? [argument] : []));
}

/**
 * Waits for the reply to PRET.
 * @returns the refusal, if the transfer may work without PRET
 * @throws ReplyError for any other refusal: it applies to the transfer itself
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
 * Requests a data connection. If the server refuses with a reply that mentions PRET, sends PRET,
 * notes that this server needs it, and tries once more.
 *
 * @param refusal - the refusal of a PRET that was sent before
 */
export async function withPret<T>(
  session: Session,
  transfer: Command,
  options: StepOptions,
  refusal: ReplyError | undefined,
  request: () => Promise<T>,
): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!mentionsPret(error) || session.control.closed) throw error;
    if (refusal) throw refusal;
    session.note({ pret: true });
    const pret = session.exchange(pretCommand(session, transfer), options);
    const secondRefusal = await awaitPretReply(session, pret);
    if (secondRefusal) throw secondRefusal;
    return request();
  }
}

function mentionsPret(error: unknown): boolean {
  return error instanceof ReplyError && /\bPRET\b/.test(replyText(error.reply));
}
