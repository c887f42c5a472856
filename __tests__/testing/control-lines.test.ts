import { describe, expect, it } from '@jest/globals';
import { ControlLines } from '../../lib/testing/control-lines';

describe('ControlLines', () => {
  it.each([
    ['a line', 'NOOP\r\n', ['NOOP']],
    ['several lines', 'NOOP\r\nPWD\r\n', ['NOOP', 'PWD']],
    ['a lone LF', 'NOOP\nPWD\r\n', ['NOOP', 'PWD']],
    ['a CR inside', 'RETR a\rb\r\n', ['RETR a\rb']],
    ['an empty line', '\r\n', ['']],
    ['no end', 'NOOP', []],
    ['Telnet commands', 'N\xff\xf1OO\xff\xfb\x01P\r\n', ['NOOP']],
    ['a doubled 0xFF', 'RETR a\xff\xffb\r\n', ['RETR a\xffb']],
    ['a lone 0xFF', 'RETR a\xffb\r\n', ['RETR a\xffb']],
    ['IP and Synch before ABOR', '\xff\xf4\xff\xf2ABOR\r\n', ['ABOR']],
    ['Synch without its urgent byte', '\xff\xf4\xffABOR\r\n', ['ABOR']],
  ])('reads %s, at once or byte by byte', (_name, bytes, lines) => {
    const whole = new ControlLines();
    expect(whole.push(Buffer.from(bytes, 'latin1'))).toEqual(lines);
    const single = new ControlLines();
    const cut = [...bytes].flatMap((byte) => single.push(Buffer.from(byte, 'latin1')));
    expect(cut).toEqual(lines);
  });

  it('accepts an ABOR whose LF was sent as urgent data, and ignores a late LF', () => {
    const lines = new ControlLines();
    expect(lines.push(Buffer.from('ABOR\r'))).toEqual(['ABOR']);
    expect(lines.push(Buffer.from('NOOP\r\n'))).toEqual(['NOOP']);
    expect(lines.push(Buffer.from('ABOR\r'))).toEqual(['ABOR']);
    expect(lines.push(Buffer.from('\nNOOP\r\n'))).toEqual(['NOOP']);
  });

  it('limits the length of a line', () => {
    const [line] = new ControlLines().push(
      Buffer.concat([Buffer.alloc(1e6, 97), Buffer.from('\n')]),
    );
    expect(line?.length).toBe(65536);
  });
});
