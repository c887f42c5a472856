import { ConnectionError, type FTPError, type Phase } from '../errors';

/** The error of one who waits when the control connection goes, or comes after; no reason is our own. */
export function lostError(
  reason: FTPError | undefined,
  context: { command?: string; phase?: Phase },
): ConnectionError {
  if (!reason) return new ConnectionError('The control connection was closed', context);
  const { reply, cause, message } = reason;
  if (reason instanceof ConnectionError)
    return new ConnectionError(message, { ...context, reply, cause });
  const why = `The control connection is closed: ${message}`;
  return new ConnectionError(why, { ...context, reply, cause: reason });
}

/** Why a control connection is gone whose socket failed. */
export function lostTo(error: Error): ConnectionError {
  return new ConnectionError(`The control connection failed: ${error.message}`, { cause: error });
}
