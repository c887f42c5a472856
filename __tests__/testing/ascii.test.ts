import { describe, expect, it } from '@jest/globals';
import { fromNetwork, toNetwork } from '../../lib/testing/ascii';

type Convert = typeof toNetwork;

async function convert(way: Convert, pieces: string[]): Promise<string> {
  async function* source() {
    for (const piece of pieces) yield Buffer.from(piece);
  }
  let text = '';
  for await (const chunk of way(source())) text += chunk.toString();
  return text;
}

describe.each([
  ['toNetwork', toNetwork, 'a\nb\r\nc\rd\n\n\r\n', 'a\r\nb\r\nc\rd\r\n\r\n\r\n'],
  ['fromNetwork', fromNetwork, 'a\r\nb\nc\rd\r\r\n\r\n\r', 'a\nb\nc\rd\r\n\n\r'],
] as const)('%s', (_name, way, input, output) => {
  it('converts line ends, wherever the bytes are split', async () => {
    expect(await convert(way, [input])).toBe(output);
    expect(await convert(way, [...input])).toBe(output);
    for (let at = 0; at <= input.length; at += 1) {
      expect(await convert(way, [input.slice(0, at), input.slice(at)])).toBe(output);
    }
  });
});
