import { ReplyError } from '../errors';
import type { StepOptions } from '../options/client-options';
import { type Features, parseFeatures } from '../protocol/features';
import { NOT_IMPLEMENTED } from '../protocol/refusals';
import { originalReply } from '../protocol/secrets';
import { replyClass } from '../reply';
import type { Session } from './session';

/**
 * Returns the features that FEAT lists. FEAT is sent only once after each login. A server that
 * refuses FEAT has no features. The caller must hold the turn.
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
    if (replyClass(error.reply) === 4) return features; // a temporary refusal: ask again next time
  }
  session.note({ features });
  return features;
}

/**
 * Whether the server supports a command of RFC 3659: FEAT lists it, and it was not refused since.
 */
export async function supportsCommand(
  session: Session,
  verb: 'MLSD' | 'MLST',
  options: StepOptions,
): Promise<boolean> {
  if (session.state.refused.has(verb)) return false;
  const features = await fetchFeatures(session, options);
  // MLST in FEAT implies both (RFC 3659 §7.8). A few servers list only MLSD, and have no MLST.
  return features.has('MLST') || (verb === 'MLSD' && features.has('MLSD'));
}

// Some servers use these codes to refuse a command that they do not implement.
const UNUSUAL_REFUSALS: ReadonlySet<number> = new Set([402, 503]);

/**
 * Whether an error is a refusal of MLSD or MLST, so that another command should be tried. A refusal
 * that applies to all paths is noted in the session. A 501 applies to all paths only if FEAT does
 * not list MLST: pyftpdlib sends 501 for a missing directory.
 */
export function noteIfRefused(session: Session, verb: 'MLSD' | 'MLST', error: unknown): boolean {
  if (!(error instanceof ReplyError)) return false;
  // A refusal of PRET MLSD counts, too. A refusal of another command, such as EPSV, does not.
  const refused = error.command?.split(' ', 1)[0];
  if (refused !== verb && refused !== 'PRET') return false;
  const { code } = error.reply;
  const isUnknown = NOT_IMPLEMENTED.has(code) || UNUSUAL_REFUSALS.has(code);
  const isForAllPaths = isUnknown || (code === 501 && !session.state.features?.has('MLST'));
  if (isForAllPaths) session.noteRefusal(verb);
  return isUnknown || code === 501;
}
