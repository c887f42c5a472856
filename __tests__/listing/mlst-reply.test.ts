import { describe, expect, it } from '@jest/globals';
import { textContext } from '../../lib/listing/context';
import { parseMlstReply } from '../../lib/listing/mlst-reply';
import { reply } from '../protocol/helpers';

const CONTEXT = textContext({ now: 0 });
const X = { name: 'x y', type: 'file', size: 5 };

describe('parseMlstReply', () => {
  // biome-ignore format: a table
  it.each<[title: string, lines: string[], entry: object]>([
    ['the format of RFC 3659',             ['250-Listing', ' type=file;size=5; x y', '250 End'],      X],
    ['a code before the line',             ['250-Listing', '250-type=file;size=5; x y', '250 End'],   X],
    ['a code and a space before the line', ['250-Listing', '250- type=file;size=5; x y', '250 End'],  X],
    ['no first line',                      ['250- type=file;size=5; x y', '250 End'],                 X],
    ['no first line and no space',         ['250-type=file;size=5; x y', '250 End'],                  X],
    ['a single line',                      ['250 type=file;size=5; x y'],                             X],
    ['a single line with two spaces',      ['250  type=file;size=5; x y'],                            X],
    ['another code',                       ['213 Type=file;Size=5; x y'],                             X],
    ['the entry in the last of two lines', ['250-Listing', '250 type=file;size=5; x y'],              X],
    ['no facts at all',                    ['250-Listing', '  x y', '250 End'],                       { name: 'x y', type: 'other' }],
    ['two types',                          ['250-Listing', ' type=file;size=5; x y', ' type=cdir; x', '250 End'], X],
    ['text with equals signs around it',   ['250-All=fine here', ' type=file;size=5; x y', '250 End=now x'],      X],
  ])('reads the entry from a reply with %s', (_title, lines, entry) => {
    expect(parseMlstReply(reply(...lines), CONTEXT)).toMatchObject(entry);
  });

  it.each<[string, string[]]>([
    ['text', ['250 This is it']],
    ['text in two lines', ['250-Begin of it', '250 End of it']],
    ['text with an equals sign', ['250 Listing of a = b']],
    ['nothing but a code', ['250']],
    ['facts without a name', ['250 type=file;size=5;']],
  ])('returns undefined for a reply with %s', (_title, lines) => {
    expect(parseMlstReply(reply(...lines), CONTEXT)).toBeUndefined();
  });
});
