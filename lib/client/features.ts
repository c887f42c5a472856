import { PermanentReplyError } from '../errors';
import { type Features, parseFeatures } from '../protocol/features';
import type { StepOptions } from './options';
import type { Session } from './session';

/** What the server says it can do, asked once; nothing, if it does not know FEAT. It takes the turn. */
export async function featuresOf(session: Session, options: StepOptions): Promise<Features> {
  const known = session.state.features;
  if (known) return known;
  let features: Features = new Map();
  try {
    features = parseFeatures(await session.exchange(session.command('FEAT'), options));
  } catch (error) {
    if (!isNotImplemented(error)) throw error;
  }
  session.state = { ...session.state, features };
  return features;
}

/** Whether the server has a command of RFC 3659: it says so, and has not refused it since. */
export async function offers(
  session: Session,
  verb: 'MLSD' | 'MLST',
  options: StepOptions,
): Promise<boolean> {
  if (session.state.refused.has(verb)) return false;
  try {
    return (await featuresOf(session, options)).has('MLST'); // which stands for both (§7.8)
  } catch (error) {
    if (error instanceof PermanentReplyError) return false;
    throw error;
  }
}

/** Remembers a command that the server does not know although it says so. */
export function remember(session: Session, refused: string): void {
  session.state = { ...session.state, refused: new Set(session.state.refused).add(refused) };
}

/** Whether the server does not know the command, or not with these parameters (RFC 959 §4.2.1). */
export function isNotImplemented(error: unknown): boolean {
  if (!(error instanceof PermanentReplyError)) return false;
  const { code } = error.reply;
  return code === 500 || code === 502 || code === 504;
}
