import { type Reply, replyClass } from '../reply';
import { answersKeepAlive } from './keep-alive';

/**
 * What to do after a reply: read on, ask NOOP, go on with the next command, or give the connection up.
 * `skip` reads on, too: the reply belongs to a NOOP that was sent while the transfer ran.
 */
export type ResyncStep = 'read' | 'probe' | 'done' | 'lost' | 'skip';

/** How the transfer stood when it was abandoned. */
export type AbandonedState =
  | 'pending' // no reply yet: a 1yz is the one that begins it
  | 'started'
  | 'completed'; // a 2yz has come, and perhaps nothing more will

// Beside the NOOP's own: the transfer's last reply, ABOR's, and one that nobody expects.
const MAX_EXTRA_REPLIES = 3;

/**
 * Finds the way back into step after a transfer was abandoned.
 *
 * How many replies come then, and of which class, depends on the server: vsftpd
 * says 426; ProFTPD 226 or 426; Pure-FTPd a 1yz, and never a final reply; ABOR
 * adds one or none. So one reply is awaited, then NOOP is asked, and its 200 proves
 * that nothing more is owed. A server that says nothing at all of the transfer may
 * still have it in mind: pyftpdlib would give it the next data connection. Unless that cannot be, since
 * the transfer has been served on its own, or the server makes the connections itself (active mode): then silence can only
 * mean that it has forgotten it, as Pure-FTPd does with a download that breaks off within its first 128 KiB.
 */
export class Resync {
  #step: AbandonedState | 'probed';
  readonly #hasOwnData: boolean;
  #noops: number;
  #extra = 0;

  /**
   * @param hasOwnData - whether no later data connection can be taken for the transfer's own
   * @param isAborting - whether ABOR is sent. NOOP then waits for one reply even after the transfer's
   *   2yz: some servers take a segment for one command, and would not see a NOOP beside the ABOR.
   * @param noops - how many NOOPs were sent while the transfer ran, and are not answered yet: their
   *   replies prove nothing
   */
  constructor(abandoned: AbandonedState, hasOwnData = false, isAborting = false, noops = 0) {
    this.#noops = noops;
    this.#step = abandoned === 'completed' && !isAborting ? 'probed' : abandoned;
    this.#hasOwnData = hasOwnData;
  }

  /** Whether NOOP is to be asked before any reply. */
  get probesFirst(): boolean {
    return this.#step === 'probed';
  }

  /** Nothing was said for half of the time that there is. */
  handleSilence(): ResyncStep {
    const mayAsk = this.#step === 'completed' || (this.#step === 'started' && this.#hasOwnData);
    if (!mayAsk) return 'read';
    this.#step = 'probed';
    return 'probe';
  }

  handleReply(reply: Reply): ResyncStep {
    if (reply.code === 421) return 'lost';
    if (this.#noops > 0 && answersKeepAlive(reply)) {
      this.#noops--;
      return 'skip';
    }
    if (this.#step === 'probed') {
      // A server that does not know NOOP has read it all the same.
      if (reply.code === 200 || reply.code === 500 || reply.code === 502) return 'done';
      return ++this.#extra > MAX_EXTRA_REPLIES ? 'lost' : 'read';
    }
    if (this.#step === 'pending' && replyClass(reply) === 1) {
      this.#step = 'started';
      return 'read';
    }
    this.#step = 'probed';
    return 'probe';
  }
}
