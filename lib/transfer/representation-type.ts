import { ReplyError } from '../errors';
import type { StepOptions } from '../options/client-options';
import { remember } from '../session/features';
import type { Session } from '../session/session';

/** Sets the representation type, unless it is set already (RFC 959 §3.1.1). */
export async function setType(
  session: Session,
  type: 'I' | 'A' | undefined,
  options: StepOptions,
): Promise<void> {
  if (type === undefined || session.state.type === type) return;
  await session.exchange(session.command('TYPE', type), options);
}

// The codes of RFC 959 §5.4 that say: not this command, or not with this parameter.
const NO_SUCH_TYPE: ReadonlySet<number> = new Set([500, 501, 502, 504]);

/**
 * The same where the type is not essential, as for listings. Some servers do not know TYPE; that is
 * remembered.
 *
 * @returns whether the type is set
 */
export async function trySetType(
  session: Session,
  type: 'I' | 'A',
  options: StepOptions,
): Promise<boolean> {
  const refusal = `TYPE ${type}`;
  if (session.state.refused.has(refusal)) return false;
  try {
    await setType(session, type, options);
    return true;
  } catch (error) {
    if (!(error instanceof ReplyError) || !NO_SUCH_TYPE.has(error.reply.code)) throw error;
    remember(session, refusal);
    return false;
  }
}
