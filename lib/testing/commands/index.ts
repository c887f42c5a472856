import { Refusal } from '../refusal';
import type { CommandAnswer } from '../session';
import { access } from './access';
import { address } from './address';
import { paths } from './paths';
import { security } from './security';
import { settings } from './settings';
import { transfers } from './transfers';

/** The commands that are allowed before the login. */
const BEFORE_LOGIN = new Set(['NOOP', 'FEAT', 'SYST', 'HELP', 'OPTS', 'AUTH', 'PBSZ', 'PROT']);

/** The names of RFC 775 for the same commands (RFC 1123 §4.1.3.1). */
const OLD_NAMES = { XPWD: 'PWD', XMKD: 'MKD', XRMD: 'RMD', XCWD: 'CWD', XCUP: 'CDUP' } as const;

/** All commands of the server, by verb. */
export function standardAnswers(): Map<string, CommandAnswer> {
  const answers = new Map(Object.entries(access));
  for (const [verb, answer] of Object.entries({
    ...address,
    ...security,
    ...settings,
    ...paths,
    ...transfers,
  })) {
    answers.set(verb, BEFORE_LOGIN.has(verb) ? answer : afterLogin(answer));
  }
  for (const [old, verb] of Object.entries(OLD_NAMES)) {
    const answer = answers.get(verb);
    if (answer) answers.set(old, answer);
  }
  return answers;
}

function afterLogin(answer: CommandAnswer): CommandAnswer {
  return (session, argument, command) => {
    if (!session.loggedIn) throw new Refusal('530 Log in with USER and PASS.');
    return answer(session, argument, command);
  };
}
