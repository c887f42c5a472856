import { ReplyError } from '../errors';
import type { StepOptions } from '../options/client-options';
import { NOT_IMPLEMENTED } from '../protocol/refusals';
import type { Reply } from '../reply';
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

/**
 * Sets a type that is not essential, as for listings. If the server does not know TYPE, that is
 * noted in the session, and TYPE is not sent again.
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
    if (!(error instanceof ReplyError) || !isTypeRefusal(error.reply)) throw error;
    session.noteRefusal(refusal);
    return false;
  }
}

// RFC 959 §5.4 lists 501 for TYPE, too.
function isTypeRefusal({ code }: Reply): boolean {
  return code === 501 || NOT_IMPLEMENTED.has(code);
}
