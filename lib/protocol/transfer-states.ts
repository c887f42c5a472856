/** The events of a transfer after its command was sent. */
export type TransferEvent =
  | 'preliminary' // 1yz
  | 'completion' // 2yz
  | 'intermediate' // 3yz: client and server are out of step
  | 'refusal' // 4yz, 5yz
  | 'closing' // 421, after which the server closes the control connection (RFC 959 §5.4)
  | 'controlLost'
  | 'dataEnd' // the server closed the data connection with a FIN, not with a reset
  | 'dataError' // the data connection was reset, or never established
  | 'finished' // all data of an upload was sent, and the data connection ended
  | 'timeout'; // the time limit of the state expired

/** The outcome of a transfer: success, or the reason of the failure. */
export type Verdict =
  | '!success'
  | '!refused' // by a 4yz or 5yz
  | '!outOfStep'
  | '!controlLost'
  | '!dataLost'
  | '!inDoubt' // a 2yz, but the data connection failed at its end: the size of the file decides
  | '!stalled' // no progress on the data connection in time
  | '!unconfirmed' // no final reply in time
  | '!noData' // a 2yz without a 1yz, and nothing on the data connection
  | '!earlyCompletion'; // a 2yz before all data was sent

/** The states of a download. */
export type DownloadState =
  | 'commanded' // no reply yet
  | 'early' // a 2yz before any 1yz: the final reply, or one that some servers send needlessly
  | 'earlyAtEnd' // the same, and the data has ended
  | 'transferring' // after the 1yz
  | 'atEnd' // the data has ended; waiting for the final reply
  | 'confirmed' // a 2yz arrived; waiting for the end of the data
  | 'dataFailed' // waiting for the reply that says why
  | 'earlyFailed' // the same, after a 2yz before any 1yz
  | 'controlFailed'; // the control connection was lost; reading the data to its end

/** The states of an upload. */
export type UploadState =
  | 'commanded' // no reply yet; without TLS, bytes may already be sent
  | 'commandedFinished' // all data sent, no reply yet
  | 'early' // a 2yz before any 1yz
  | 'earlyFinished' // the same, and all data sent
  | 'transferring' // after the 1yz
  | 'finished' // all data sent; waiting for the final reply
  | 'finishedFailed' // all data sent, then the data connection failed
  | 'dataFailed' // waiting for the reply that says why
  | 'earlyFailed' // the same, after a 2yz before any 1yz
  | 'earlyFinishedFailed'; // the same, after all data was sent

/**
 * Has one row per state. An event that is missing from the row changes nothing, except that a 421
 * then counts as a refusal.
 */
export type TransferTable<State extends string> = Readonly<
  Record<State, Readonly<Partial<Record<TransferEvent, State | Verdict>>>>
>;

/**
 * A download succeeds only with the end of the data *and* a 2yz, in either order. If the data
 * connection is reset instead, a download of known size succeeds if it is complete.
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
 * An upload succeeds only with a 2yz that arrives after the last byte and the end of the data were
 * sent. If the data connection fails between the two, the size at the server decides.
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

/** Whether an outcome in the table is a verdict and not a state. */
export function isVerdict(outcome: string): outcome is Verdict {
  return outcome.startsWith('!');
}
