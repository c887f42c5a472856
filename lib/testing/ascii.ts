const CR = 0x0d;
const LF = 0x0a;

/** LF becomes CRLF; a CRLF that is there already stays (RFC 959 §3.1.1.1). */
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

/** CRLF becomes LF, also where the two come in different chunks; a lone CR stays. */
export async function* fromNetwork(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held = false;
  for await (const chunk of source) {
    const whole: Buffer = held ? Buffer.concat([Buffer.from('\r'), chunk]) : chunk;
    held = whole.at(-1) === CR;
    const end = held ? whole.length - 1 : whole.length;
    const pieces: Buffer[] = [];
    let from = 0;
    for (let at = whole.indexOf('\r\n'); at >= 0; at = whole.indexOf('\r\n', at + 2)) {
      pieces.push(whole.subarray(from, at));
      from = at + 1;
    }
    pieces.push(whole.subarray(from, end));
    const converted = Buffer.concat(pieces);
    if (converted.length > 0) yield converted;
  }
  if (held) yield Buffer.from('\r');
}
