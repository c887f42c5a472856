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

/**
 * Why a control connection is gone whose socket failed.
 * @param lastWords - what the server wrote in clear into its TLS, which broke it
 */
export function lostTo(error: Error, lastWords?: string): ConnectionError {
  const isBroken =
    lastWords !== undefined && /^ERR_SSL_/.test((error as { code?: string }).code ?? '');
  const why = isBroken ? `the server spoke in clear (${lastWords})` : error.message;
  return new ConnectionError(`The control connection failed: ${why}`, { cause: error });
}

/** The error of a command whose reply is read with those to an abandoned transfer. */
export function givenUp(command: string | undefined): ConnectionError {
  const message = 'The command was given up with the transfer before it';
  return new ConnectionError(message, { command, connectionUsable: true });
}
