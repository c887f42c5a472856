import { ReplyError } from '../errors';
import type { StepOptions } from '../options/client-options';
import { type Features, parseFeatures } from '../protocol/features';
import { NOT_IMPLEMENTED } from '../protocol/refusals';
import { originalReply } from '../protocol/secrets';
import { replyClass } from '../reply';
import type { Session } from './session';

/**
 * What the server says it can do. The client asks once; a server that refuses FEAT has no features.
 * It takes the turn.
 */
export async function fetchFeatures(session: Session, options: StepOptions): Promise<Features> {
  const known = session.state.features;
  if (known) return known;
  let features: Features = new Map();
  try {
    features = parseFeatures(
      originalReply(await session.exchange(session.command('FEAT'), options)),
    );
  } catch (error) {
    if (!(error instanceof ReplyError) || error.reply.code === 421) throw error;
    if (replyClass(error.reply) === 4) return features; // a 4yz: the next answer may be another one
  }
  session.note({ features });
  return features;
}

/** Whether the server has a command of RFC 3659: FEAT lists it, and the server has not refused it since. */
export async function supportsCommand(
  session: Session,
  verb: 'MLSD' | 'MLST',
  options: StepOptions,
): Promise<boolean> {
  if (session.state.refused.has(verb)) return false;
  const features = await fetchFeatures(session, options);
  // MLST stands for both (RFC 3659 §7.8); a few servers list MLSD alone, which is all that they have.
  return features.has('MLST') || (verb === 'MLSD' && features.has('MLSD'));
}

// Some servers refuse a command that they do not have with these codes.
const UNUSUAL_REFUSALS: ReadonlySet<number> = new Set([402, 503]);

/**
 * Whether an error is the refusal of MLSD or MLST, and another command is to be tried; if the refusal
 * stands for all paths, it is remembered. A 501 does so only where FEAT does not list MLST: pyftpdlib
 * says it of a directory that is not there.
 */
export function noteIfRefused(session: Session, verb: 'MLSD' | 'MLST', error: unknown): boolean {
  if (!(error instanceof ReplyError)) return false;
  // Of PRET MLSD, too; but a refused EPSV, say, tells nothing of it.
  const refused = error.command?.split(' ', 1)[0];
  if (refused !== verb && refused !== 'PRET') return false;
  const { code } = error.reply;
  const isUnknown = NOT_IMPLEMENTED.has(code) || UNUSUAL_REFUSALS.has(code);
  if (isUnknown || (code === 501 && !session.state.features?.has('MLST')))
    session.noteRefusal(verb);
  return isUnknown || code === 501;
}
