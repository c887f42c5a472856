const CR = 0x0d;
const LF = 0x0a;

/** Converts LF to CRLF. An existing CRLF is kept (RFC 959 §3.1.1.1). */
export async function* toNetwork(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let last = 0;
  for await (const chunk of source) {
    const pieces: Buffer[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
      if ((at > 0 ? chunk[at - 1] : last) === CR) continue;
      pieces.push(chunk.subarray(from, at), Buffer.from('\r'));
      from = at;
    }
    pieces.push(chunk.subarray(from));
    last = chunk.at(-1) ?? last;
    yield Buffer.concat(pieces);
  }
}

/** Converts CRLF to LF, also across chunks. A lone CR is kept. */
export async function* fromNetwork(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held = false;
  for await (const chunk of source) {
    const converted = Buffer.allocUnsafe(chunk.length + 1);
    let length = 0;
    for (const byte of chunk) {
      if (held && byte !== LF) converted[length++] = CR;
      held = byte === CR;
      if (!held) converted[length++] = byte;
    }
    if (length > 0) yield converted.subarray(0, length);
  }
  if (held) yield Buffer.from('\r');
}
