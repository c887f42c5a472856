import { type Happening, interleavings, type Order, split } from './matrix-orders';

/** How a transfer must end. */
export interface Outcome {
  /** `'pending'`: it has not ended, because its source is slow. */
  readonly result: 'success' | 'failure' | 'pending';
  /** The class of the error, its `code`, and its `phase` if that matters. */
  readonly error?: string;
  /** Whether the next command is answered; `undefined` if nothing is promised. */
  readonly usable?: boolean | undefined;
  /** Only a timeout shows it, because nothing more arrives. */
  readonly bySilence?: boolean;
  /** `dataComplete` of the error, if that is promised. */
  readonly dataComplete?: boolean;
}

const TRANSFER = 'TransferError ERR_FTP_TRANSFER';
const EARLY = 'TransferError ERR_FTP_EARLY_COMPLETION';
const LOST = 'ConnectionError ERR_FTP_CONNECTION';
const IDLE = 'TimeoutError ERR_FTP_TIMEOUT data';
const UNCONFIRMED = 'TimeoutError ERR_FTP_TIMEOUT completion';
const UNANSWERED = 'TimeoutError ERR_FTP_TIMEOUT command';
const OUT_OF_STEP = 'ProtocolError ERR_FTP_PROTOCOL';
const REPLY = 'ReplyError ERR_FTP_REPLY';

/** What is known in addition to the order. */
export interface Known {
  /** Whether an EPSV was sent with the command. The server answers it at the end. */
  readonly hasNext?: boolean;
  /**
   * For a download: whether its size is known. For an upload: whether SIZE confirms that all is
   * stored.
   */
  readonly hasSize?: boolean;
  /** Whether the bytes of an upload are sent before the 150. */
  readonly isEarly?: boolean;
}

/** How a download ends if the client sees one of these orders. */
export function downloadOutcomes(seen: readonly Order[], known: Known = {}): Outcome[] {
  return seen.flatMap(withoutNoise).flatMap((order) => new Download(order, known).outcomes());
}

/** How an upload ends if the client sees one of these orders. */
export function uploadOutcomes(seen: readonly Order[], known: Known = {}): Outcome[] {
  return seen.flatMap(withoutNoise).flatMap((order) => new Upload(order, known).outcomes());
}

/** A 200 before the 150 may count as a 2yz that is held, or as noise. */
function withoutNoise(order: Order): Order[] {
  const begins = order.indexOf('150');
  const isNoise = (each: Happening, index: number) =>
    each === '200' && (begins === -1 || index < begins);
  return order.some(isNoise)
    ? [order, order.filter((each, index) => !isNoise(each, index))]
    : [order];
}

/**
 * The orders in which a client may see what happens in one tick, since it reads the two connections
 * one after the other.
 */
export function downloadsSeen(order: Order): Order[] {
  return interleavings(...split(order));
}

/** The same for uploads, whose own bytes may precede or follow any reply. */
export function uploadsSeen(order: Order): Order[] {
  const [control, other] = split(order);
  const own = other.filter((each) => each === 'write' || each === 'end');
  const data = other.filter((each) => each === 'eof' || each === 'rst');
  return interleavings(control, own).flatMap((sequence) => interleavings(sequence, data));
}

/** The state of a transfer so far. */
abstract class Transfer {
  protected hasBegun = false; // a 1yz has arrived
  protected isHeld = false; // a 2yz came before any 1yz: it is the final reply, or noise
  protected isConfirmed = false; // by the final 2yz
  protected isLost = false; // the control connection
  protected isBroken = false; // the data connection
  protected outcome: Outcome[] | undefined;
  readonly #order: Order;
  #lastReply: Happening | undefined;
  /** Whether the first reply was the 1yz, which announces the size. */
  protected isAnnounced = false;

  protected readonly known: Known;

  constructor(order: Order, known: Known) {
    this.#order = order;
    this.known = known;
  }

  outcomes(): Outcome[] {
    for (const each of this.#order) {
      if (this.outcome) this.#late(each);
      else this.#take(each);
    }
    const isOwed = !this.isLost && !this.isConfirmed && !this.isHeld;
    if (!this.outcome && isOwed && this.known.hasNext) this.#answerNext();
    return this.outcome ?? this.silence().map((outcome) => ({ ...outcome, bySilence: true }));
  }

  /** The outcomes when nothing more happens, so that a timeout expires. */
  protected abstract silence(): Outcome[];
  protected abstract own(happening: Happening): void;
  protected abstract controlLost(): void;
  protected abstract completed(): void;

  protected succeed(usable = !this.isLost): void {
    this.outcome = [{ result: 'success', usable }];
  }

  protected fail(error: string, usable: boolean, more: Partial<Outcome> = {}): void {
    this.outcome = failures(error, usable, more);
  }

  /** Whether the control connection is lost in the end. */
  protected get endsInLoss(): boolean {
    return this.#order.includes('FIN') || this.#order.includes('RST');
  }

  #take(happening: Happening): void {
    switch (happening) {
      case '150':
        // After the final reply it is surplus, and dropped.
        if (!this.isConfirmed) {
          this.hasBegun = true;
          this.isAnnounced ||= this.#lastReply === undefined;
          this.isHeld = false;
          this.own(happening);
        }
        break;
      case 'FIN':
      case 'RST':
        this.controlLost();
        break;
      case '200':
      case '226':
      case '250':
        this.#completion();
        break;
      case '350':
        if (!this.isConfirmed) this.fail(REPLY, false);
        break;
      case '421':
        this.fail(refusal(happening), false);
        break;
      case '426':
      case '451':
      case '552':
        if (!this.isConfirmed) this.fail(refusal(happening), !this.isLost);
        break;
      default:
        this.own(happening);
        return;
    }
    this.#lastReply = happening;
  }

  /** The reply to EPSV takes the place of the transfer's, so that replies are out of sync. */
  #answerNext(): void {
    const { hasBegun, isBroken } = this;
    this.controlLost();
    if (isBroken) this.outcome?.push(...failures(LOST, false)); // or the reply was seen first
    // The bytes of an upload may be on their way already.
    if (!hasBegun) this.outcome = [OUT_OF_STEP, LOST].flatMap((error) => failures(error, false));
  }

  #completion(): void {
    if (this.isConfirmed) return; // surplus, and dropped
    if (!this.hasBegun && !this.isHeld) {
      this.isHeld = true;
    } else {
      this.completed();
    }
  }

  /** After the end, an extra reply is dropped, and never answers the next command. */
  #late(each: Happening): void {
    if (each !== '421' && each !== 'FIN' && each !== 'RST') return;
    this.outcome = this.outcome?.map((outcome) => ({ ...outcome, usable: false }));
  }
}

class Download extends Transfer {
  #hasBytes = false;
  #isAtEnd = false;

  protected own(happening: Happening): void {
    if (happening === 'data') this.#hasBytes = true;
    if (happening === 'eof') this.#isAtEnd = true;
    if (happening === 'rst') this.isBroken = true;
    if (happening === 'eof' || happening === 'rst') {
      if (this.isConfirmed) this.#conclude();
      else if (this.isLost) this.fail(LOST, false, { dataComplete: this.isAnnounced });
    }
  }

  protected completed(): void {
    this.isConfirmed = true;
    this.#conclude();
  }

  protected controlLost(): void {
    const wasHeld = this.isHeld;
    this.isLost = true;
    if (this.isConfirmed) return; // the data is still read to its end
    if (wasHeld) this.completed();
    else if (!this.hasBegun) this.fail(LOST, false);
    else if (this.isBroken) this.fail(TRANSFER, false);
    else if (this.#isAtEnd) this.fail(LOST, false, { dataComplete: this.isAnnounced });
    // Otherwise bytes in flight are still delivered.
  }

  #conclude(): void {
    // A reset always follows all the bytes here.
    if (this.isBroken && this.known.hasSize) this.succeed();
    else if (this.isBroken) this.fail(TRANSFER, !this.isLost);
    else if (this.#isAtEnd) this.succeed();
  }

  protected silence(): Outcome[] {
    if (this.isConfirmed) {
      // A 226 without a 150, then the end of the control connection, and no data at all.
      const isVoid = this.isLost && !this.hasBegun && !this.#hasBytes;
      return [...failures(IDLE, !this.isLost), ...(isVoid ? failures(EARLY, false) : [])];
    }
    if (this.isLost) return failures(LOST, false);
    if (this.isHeld) {
      const isWhole = this.isBroken && this.known.hasSize;
      if (this.isBroken && !isWhole) return failures(TRANSFER, true);
      if (this.#isAtEnd || isWhole) return [{ result: 'success', usable: true }];
      return [...failures(EARLY, true), ...(this.#hasBytes ? failures(IDLE, true) : [])];
    }
    if (!this.hasBegun) {
      return [...failures(UNANSWERED, false), ...(this.isBroken ? failures(TRANSFER, false) : [])];
    }
    // A final reply is still owed. NOOP may show that none will come, but need not.
    if (this.isBroken) return failures(TRANSFER, undefined);
    if (!this.#isAtEnd) return failures(IDLE, undefined);
    return failures(UNCONFIRMED, false, { dataComplete: this.isAnnounced });
  }
}

class Upload extends Transfer {
  #hasBytes = false;
  #isEnded = false; // the source
  #isFinished = false; // all bytes and the end are sent
  #isSent = false; // the same, perhaps before the 150
  #isClosed = false; // by the server, on its side

  /** The server closed early. Whether bytes were still being sent is not always visible. */
  #mayBeFinished = false;

  get #isEmpty(): boolean {
    return this.#isEnded && !this.#hasBytes;
  }

  protected own(happening: Happening): void {
    if (happening === 'write') this.#hasBytes = true;
    if (happening === 'end') this.#isEnded = true;
    if (happening === 'rst') this.isBroken = true;
    if (happening === 'eof') this.#isClosed = true;
    // If both ends came before the 150, they are handled together with it.
    if (happening === '150' && this.#isClosed) this.#mayBeFinished = this.#isEnded;
    if (this.hasBegun && this.#isClosed && !this.#isFinished) this.isBroken = true;
    const isSending = this.hasBegun || this.known.isEarly;
    if (this.hasBegun && this.#isEnded && !this.isBroken) this.#isFinished = true;
    if (isSending && this.#isEnded && !this.isBroken) this.#isSent = true;
  }

  protected completed(): void {
    if (this.isBroken) {
      this.fail(TRANSFER, true);
      const isDecided = this.known.hasSize && this.#isSent && this.hasBegun;
      if (isDecided) this.outcome = [{ result: 'success', usable: true }, ...this.unasked()];
      const mayBeDecided = this.known.hasSize && (this.#isEmpty || this.known.isEarly);
      const mayEndWell = this.#mayBeFinished || (mayBeDecided && this.#isEnded);
      if (mayEndWell) this.outcome?.push({ result: 'success', usable: true });
      if (isDecided && this.#isClosed) this.outcome?.push(...failures(TRANSFER, true));
    } else if (this.#isFinished) {
      this.succeed();
    } else if (this.isHeld && this.#isEmpty) {
      this.succeed();
      if (this.#isClosed) this.outcome?.push(...failures(TRANSFER, true));
    } else {
      this.fail(EARLY, true);
      if (this.#isClosed) this.outcome?.push(...failures(TRANSFER, true));
    }
  }

  /** The outcome if SIZE can no longer be sent. */
  private unasked(): Outcome[] {
    return this.endsInLoss ? failures(TRANSFER, false) : [];
  }

  protected controlLost(): void {
    const wasHeld = this.isHeld;
    this.isLost = true;
    this.fail(this.isBroken && (this.hasBegun || wasHeld) ? TRANSFER : LOST, false);
    if (this.#isClosed) this.outcome?.push(...failures(TRANSFER, false), ...failures(LOST, false));
    if (wasHeld && this.#isEmpty) this.outcome?.push({ result: 'success', usable: false });
  }

  protected silence(): Outcome[] {
    if (this.isHeld) {
      const closed = this.#isClosed ? failures(TRANSFER, true) : [];
      const success: Outcome = { result: 'success', usable: true };
      const mayBeStored = this.known.hasSize && this.#isEmpty;
      if (this.isBroken) return [...failures(TRANSFER, true), ...(mayBeStored ? [success] : [])];
      if (this.#isEmpty) return [success, ...closed];
      return [...failures(EARLY, true), ...closed];
    }
    if (!this.hasBegun) {
      const broken = this.isBroken || this.#isClosed;
      return [...failures(UNANSWERED, false), ...(broken ? failures(TRANSFER, false) : [])];
    }
    const unconfirmed = failures(UNCONFIRMED, false, { dataComplete: true });
    if (this.isBroken) {
      return [...failures(TRANSFER, undefined), ...(this.#mayBeFinished ? unconfirmed : [])];
    }
    return this.#isFinished ? unconfirmed : [{ result: 'pending' }];
  }
}

function failures(
  error: string,
  usable: boolean | undefined,
  more: Partial<Outcome> = {},
): Outcome[] {
  return [{ result: 'failure', error, usable, ...more }];
}

function refusal(code: string): string {
  return code.startsWith('5')
    ? 'PermanentReplyError ERR_FTP_REPLY_PERMANENT'
    : 'TransientReplyError ERR_FTP_REPLY_TRANSIENT';
}
