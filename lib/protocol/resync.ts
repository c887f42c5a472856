import { type Reply, replyClass } from '../reply';
import { answersKeepAlive } from './keep-alive';

/**
 * What to do next: `read` another reply, `probe` by sending NOOP, or finish because the connection
 * is back in step (`done`) or has to be closed (`lost`). `skip` also reads on: the reply answers a
 * NOOP that was sent during the transfer.
 */
export type ResyncStep = 'read' | 'probe' | 'done' | 'lost' | 'skip';

/** Which replies of the transfer had arrived when it was abandoned. */
export type AbandonedState =
  | 'pending' // none yet: a 1yz would start the transfer
  | 'started'
  | 'completed'; // a 2yz, and there may be no further reply

// Besides the reply to NOOP: the final reply of the transfer, the reply to ABOR, and a surplus one.
const MAX_EXTRA_REPLIES = 3;

/**
 * Brings client and server back in step after a transfer was abandoned.
 *
 * The number and class of the replies depend on the server: vsftpd sends 426, ProFTPD 226 or 426,
 * Pure-FTPd a 1yz and never a final reply; ABOR adds one reply or none. So the client awaits one
 * reply and then sends NOOP, whose 200 proves that no reply is outstanding.
 *
 * A server that sends nothing at all about the transfer may still intend to run it: pyftpdlib would
 * give it the next data connection. That is impossible if the transfer already had its data
 * connection, or if the server opens the connections itself (active mode). Then silence means that
 * the server has dropped the transfer, as Pure-FTPd does with a download that is aborted within its
 * first 128 KiB.
 */
export class Resync {
  #step: AbandonedState | 'probed';
  readonly #hasOwnData: boolean;
  #noops: number;
  #extra = 0;

  /**
   * @param abandoned - which replies of the transfer have arrived
   * @param hasOwnData - whether the server cannot use a later data connection for this transfer
   * @param isAborting - whether ABOR is sent. NOOP is then sent only after one more reply, even
   *   after the 2yz of the transfer: some servers read one command per segment, and would drop a
   *   NOOP that follows ABOR in the same segment.
   * @param noops - number of unanswered NOOPs that were sent during the transfer; their replies
   *   prove nothing
   */
  constructor(abandoned: AbandonedState, hasOwnData = false, isAborting = false, noops = 0) {
    this.#noops = noops;
    this.#step = abandoned === 'completed' && !isAborting ? 'probed' : abandoned;
    this.#hasOwnData = hasOwnData;
  }

  /** Whether to send NOOP at once, without awaiting a reply. */
  get probesFirst(): boolean {
    return this.#step === 'probed';
  }

  /** Decides what to do when no reply has arrived within half of the time limit. */
  handleSilence(): ResyncStep {
    const mayProbe = this.#step === 'completed' || (this.#step === 'started' && this.#hasOwnData);
    if (!mayProbe) return 'read';
    this.#step = 'probed';
    return 'probe';
  }

  /** Decides what to do after a reply. */
  handleReply(reply: Reply): ResyncStep {
    if (reply.code === 421) return 'lost';
    if (this.#noops > 0 && answersKeepAlive(reply)) {
      this.#noops--;
      return 'skip';
    }
    if (this.#step === 'probed') {
      // A server that does not know NOOP has still read it.
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
