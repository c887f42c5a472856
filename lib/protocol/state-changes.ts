import { type Reply, replyClass } from '../reply';
import { type Command, hasInternationalPath } from './command';
import { isListing, traitsOf } from './commands';
import type { SessionState } from './session-state';

/**
 * The state while the reply to a command is outstanding. What the command may change counts as
 * unknown, because the caller may give up before the reply arrives.
 */
export function beforeReply(state: SessionState, { verb }: Command): SessionState {
  return { ...state, ...traitsOf(verb).effect?.sent };
}

/** The state after the server has refused a command. */
export function afterRefusal(state: SessionState, { verb }: Command): SessionState {
  return { ...state, ...traitsOf(verb).effect?.refused };
}

/** The state after the reply to a command, whoever sent it. */
export function afterReply(
  state: SessionState,
  { verb, argument }: Command,
  reply: Reply,
): SessionState {
  const { effect } = traitsOf(verb);
  switch (replyClass(reply)) {
    case 2:
      return { ...state, ...effect?.completed?.(argument) };
    case 3:
      return { ...state, ...effect?.continued?.(argument) };
    default:
      return state;
  }
}

/**
 * Whether the client must request UTF-8 before these commands: before the first path that is not
 * ASCII. Where FEAT has shown UTF8, also before the first listing, because IIS lists in its code
 * page until then.
 */
export function needsUTF8(state: SessionState, commands: readonly Command[]): boolean {
  if (state.utf8Requested) return false;
  const isOffered = state.features?.has('UTF8') === true;
  return commands.some((each) => hasInternationalPath(each) || (isOffered && isListing(each)));
}
