import { describe, expect, it } from '@jest/globals';
import { replyClass, replyOf, replyText } from '../lib/reply';
import { reply } from './protocol/helpers';

describe('Reply', () => {
  it('becomes text with lines joined by LF, as in ftplib', () => {
    expect(replyText(reply('220-a', 'b', '220 c'))).toBe('220-a\nb\n220 c');
    expect(replyText(reply('220 a'))).toBe('220 a');
  });

  it('can be restored from that text', () => {
    const each = reply('220-a', '', '220 c');
    expect(replyOf(replyText(each))).toEqual(each);
  });

  it.each([
    [100, 1],
    [199, 1],
    [226, 2],
    [350, 3],
    [421, 4],
    [550, 5],
    [599, 5],
  ])('with code %i is of class %i', (code, expected) => {
    expect(replyClass({ code, lines: [`${code}`] })).toBe(expected);
  });
});
