/** What a stream fails with that was closed before its end, and without an error: by the code that Node has for it. */
export function prematureClose(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
}
