import type { Binary } from './bytes';

/** What the server remembers about a client, and REIN makes it forget (RFC 959 §4.1.1). */
export class LoginState {
  /** The name given with USER, also before the password is right. */
  user: string | undefined;
  loggedIn = false;
  /** The password was right, and the account is asked for. */
  accountDue = false;
  /** One character per byte (`latin1`), as all paths in here. */
  cwd: Binary = '/';
  type: 'image' | 'ascii' = 'image';
  /** What REST set for the next transfer. */
  restart = 0;
  /** The transfer that PRET has named, until it begins. */
  announced: string | undefined;
  renameFrom: Binary | undefined;
  /** The facts of MLST and MLSD, as OPTS chose them. */
  facts: readonly string[] = ['type', 'size', 'modify', 'perm', 'unique'];
  /** After `EPSV ALL` nothing but EPSV is allowed (RFC 2428 §4). */
  epsvOnly = false;

  /** Back to how it was at the greeting. */
  reset(): void {
    Object.assign(this, new LoginState());
  }
}
