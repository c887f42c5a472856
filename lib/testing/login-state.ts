import type { Binary } from './bytes';

/** The state of a session that REIN resets (RFC 959 §4.1.1). */
export class LoginState {
  /** The name sent with USER, also before the password has been accepted. */
  user: string | undefined;
  /** Whether the client is logged in. */
  loggedIn = false;
  /** Whether the password was accepted, and ACCT must follow. */
  accountDue = false;
  /** The current directory; like all paths here, one character per byte (`latin1`). */
  cwd: Binary = '/';
  /** The representation type: TYPE I or TYPE A. */
  type: 'image' | 'ascii' = 'image';
  /** The offset that REST set for the next transfer, in bytes. */
  restart = 0;
  /** The transfer command that PRET announced, until it starts. */
  announced: string | undefined;
  /** The path that RNFR named, until RNTO. */
  renameFrom: Binary | undefined;
  /** The facts of MLST and MLSD, as chosen with OPTS. */
  facts: readonly string[] = ['type', 'size', 'modify', 'perm', 'unique'];
  /** Whether `EPSV ALL` was sent: then only EPSV is allowed (RFC 2428 §4). */
  epsvOnly = false;

  /** Resets everything to the state after the greeting. */
  reset(): void {
    Object.assign(this, new LoginState());
  }
}
