import { Refusal } from '../refusal';
import type { CommandAnswer, TestSession } from '../session';

/** Access control commands (RFC 959 §4.1.1). All are allowed before the login. */
export const access: Readonly<Record<string, CommandAnswer>> = {
  connect: (session) => session.reply(session.server.settings.greeting),

  USER(session, name) {
    if (session.security?.settings.requireTls && !session.security.control) {
      throw new Refusal('530 Send AUTH first.');
    }
    session.reset();
    session.user = name;
    const user = session.server.settings.users.get(name);
    if (typeof user === 'object' && user.password === null) return welcome(session);
    return session.reply('331 Password required.');
  },

  PASS(session, given) {
    if (session.user === undefined) throw new Refusal('503 Send USER first.');
    const user = session.server.settings.users.get(session.user);
    const password = typeof user === 'string' ? user : user?.password;
    if (user === undefined || (password !== undefined && password !== given)) {
      session.user = undefined;
      throw new Refusal('530 Login incorrect.');
    }
    session.accountDue = accountOf(session) !== undefined;
    return session.accountDue ? session.reply('332 Account required.') : welcome(session);
  },

  ACCT(session, given) {
    const account = accountOf(session);
    if (session.loggedIn || account === undefined) return session.reply('202 No account needed.');
    if (!session.accountDue) throw new Refusal('503 Send PASS first.');
    if (account !== given) throw new Refusal('530 Login incorrect.');
    return welcome(session);
  },

  REIN(session) {
    session.reset();
    session.security?.reset();
    return session.reply('220 Ready for a new user.');
  },

  async QUIT(session, _argument, command) {
    await session.reply('221 Goodbye.', command);
    session.drop('end');
  },
};

function accountOf(session: TestSession): string | undefined {
  const user = session.server.settings.users.get(session.user ?? '');
  return typeof user === 'object' ? user.account : undefined;
}

function welcome(session: TestSession): Promise<void> {
  session.loggedIn = true;
  return session.reply('230 Logged in.');
}
