/** What can happen to a transfer once its command is sent. */
export type TransferEvent =
  | 'preliminary' // 1yz
  | 'completion' // 2yz
  | 'intermediate' // 3yz: we are out of step
  | 'refusal' // 4yz, 5yz
  | 'closing' // 421, after which the server closes the control connection (RFC 959 §5.4)
  | 'controlLost'
  | 'dataEnd' // the server closed the data connection: its FIN, not a reset
  | 'dataError' // reset, or never connected
  | 'finished' // of an upload: all is sent, and the data connection ended
  | 'timeout'; // the state's own wait is over

/** How a transfer ends: well, or for the reason that the error will tell. */
export type Verdict =
  | '!success'
  | '!refused' // by a 4yz or 5yz
  | '!outOfStep'
  | '!controlLost'
  | '!dataLost'
  | '!inDoubt' // a 2yz, but the data connection failed at its end: the size decides
  | '!stalled' // the data connection stood still
  | '!unconfirmed' // no final reply in time
  | '!noData' // a 2yz without a 1yz, and nothing on the data connection
  | '!earlyCompletion'; // a 2yz before all was sent

export type DownloadState =
  | 'commanded' // no reply yet
  | 'early' // a 2yz before any 1yz: the final reply, or some servers' noise
  | 'earlyAtEnd'
  | 'transferring'
  | 'atEnd' // of the data; the final reply is awaited
  | 'confirmed' // by a 2yz; the end of the data is awaited
  | 'dataFailed' // the reply that says why is awaited
  | 'earlyFailed' // the same, after a 2yz before any 1yz
  | 'controlFailed'; // the data goes on to its end

export type UploadState =
  | 'commanded' // no reply yet; in clear, bytes are sent all the same
  | 'commandedFinished' // all is sent, and no reply yet
  | 'early'
  | 'earlyFinished'
  | 'transferring'
  | 'finished' // all is sent; the final reply is awaited
  | 'finishedFailed' // all was sent, then the data connection failed
  | 'dataFailed'
  | 'earlyFailed'
  | 'earlyFinishedFailed';

/** A row for each state; an event that the row leaves out changes nothing, but a 421 is then a refusal. */
export type TransferTable<State extends string> = Readonly<
  Record<State, Readonly<Partial<Record<TransferEvent, State | Verdict>>>>
>;

/**
 * A download ends well only with the end of the data *and* a 2yz, in either order. Instead of its end
 * the data connection may be reset: then a download whose size is known ends well if it is whole.
 */
// biome-ignore format: a table
export const DOWNLOAD: TransferTable<DownloadState> = {
  commanded:     { preliminary: 'transferring', completion: 'early',     refusal: '!refused', intermediate: '!outOfStep',                                                     controlLost: '!controlLost' },
  early:         { preliminary: 'transferring', completion: 'confirmed', refusal: '!refused', intermediate: '!outOfStep', dataEnd: 'earlyAtEnd',   dataError: 'earlyFailed',  controlLost: 'confirmed',     timeout: '!noData' },
  earlyAtEnd:    { preliminary: 'atEnd',        completion: '!success',  refusal: '!refused', intermediate: '!outOfStep',                                                     controlLost: '!success',      timeout: '!success' },
  transferring:  {                              completion: 'confirmed', refusal: '!refused', intermediate: '!outOfStep', dataEnd: 'atEnd',        dataError: 'dataFailed',   controlLost: 'controlFailed', closing: 'controlFailed', timeout: '!stalled' },
  atEnd:         {                              completion: '!success',  refusal: '!refused', intermediate: '!outOfStep',                                                     controlLost: '!controlLost',  timeout: '!unconfirmed' },
  confirmed:     {                                                       refusal: '!refused',                             dataEnd: '!success',     dataError: '!inDoubt',                                   timeout: '!stalled' },
  dataFailed:    {                              completion: '!inDoubt',  refusal: '!refused', intermediate: '!outOfStep',                                                     controlLost: '!dataLost',     timeout: '!dataLost' },
  earlyFailed:   { preliminary: 'dataFailed',   completion: '!inDoubt',  refusal: '!refused', intermediate: '!outOfStep',                                                     controlLost: '!inDoubt',      timeout: '!inDoubt' },
  controlFailed: {                                                                                                        dataEnd: '!controlLost', dataError: '!controlLost',                               timeout: '!controlLost' },
};

/**
 * An upload ends well only with a 2yz that comes after its last byte and its end were sent. If the data
 * connection fails between the two, the size at the server decides.
 */
// biome-ignore format: a table
export const UPLOAD: TransferTable<UploadState> = {
  commanded:           { preliminary: 'transferring',   completion: 'early',            refusal: '!refused', intermediate: '!outOfStep',                                                              controlLost: '!controlLost', finished: 'commandedFinished' },
  commandedFinished:   { preliminary: 'finished',       completion: 'earlyFinished',    refusal: '!refused', intermediate: '!outOfStep',                                                              controlLost: '!controlLost' },
  early:               { preliminary: 'transferring',   completion: '!earlyCompletion', refusal: '!refused', intermediate: '!outOfStep', dataEnd: 'dataFailed', dataError: 'earlyFailed',         controlLost: '!controlLost', finished: '!success',   timeout: '!earlyCompletion' },
  earlyFinished:       { preliminary: 'finished',       completion: '!earlyCompletion', refusal: '!refused', intermediate: '!outOfStep',                        dataError: 'earlyFinishedFailed', controlLost: '!controlLost', finished: '!success',   timeout: '!earlyCompletion' },
  transferring:        {                                completion: '!earlyCompletion', refusal: '!refused', intermediate: '!outOfStep', dataEnd: 'dataFailed', dataError: 'dataFailed',          controlLost: '!controlLost', finished: 'finished',   timeout: '!stalled' },
  finished:            {                                completion: '!success',         refusal: '!refused', intermediate: '!outOfStep',                        dataError: 'finishedFailed',      controlLost: '!controlLost',                         timeout: '!unconfirmed' },
  finishedFailed:      {                                completion: '!inDoubt',         refusal: '!refused', intermediate: '!outOfStep',                                                              controlLost: '!dataLost',                            timeout: '!dataLost' },
  dataFailed:          {                                completion: '!dataLost',        refusal: '!refused', intermediate: '!outOfStep',                                                              controlLost: '!dataLost',                            timeout: '!dataLost' },
  earlyFailed:         { preliminary: 'dataFailed',     completion: '!dataLost',        refusal: '!refused', intermediate: '!outOfStep',                                                              controlLost: '!dataLost',    finished: '!inDoubt',   timeout: '!dataLost' },
  earlyFinishedFailed: { preliminary: 'finishedFailed', completion: '!dataLost',        refusal: '!refused', intermediate: '!outOfStep',                                                              controlLost: '!dataLost',    finished: '!inDoubt',   timeout: '!dataLost' },
};

export function isVerdict(outcome: string): outcome is Verdict {
  return outcome.startsWith('!');
}
