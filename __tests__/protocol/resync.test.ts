import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Abandoned, Resync, type ResyncStep } from '../../lib/protocol/resync';
import { holds, reply } from './helpers';

/** Plays replies; NOOP's own is written as `noop`, and may only come when it was asked. */
function play(abandoned: Abandoned, codes: readonly string[]): ResyncStep[] {
  const resync = new Resync(abandoned);
  return codes.map((code) => resync.take(reply(`${code} x`)));
}

/** What each server says to a transfer that was left, as measured (`transfers.md` 4.2). */
// biome-ignore format: a table
const SERVERS: [what: string, abandoned: Abandoned, codes: string[], steps: ResyncStep[]][] = [
  ['vsftpd, RETR closed',                 'begun',    ['426', '200'],               ['ask', 'done']],
  ['ProFTPD, RETR closed',                'begun',    ['426', '200'],               ['ask', 'done']],
  ['Pure-FTPd, RETR closed: a 1yz last',  'begun',    ['150', '200'],               ['ask', 'done']],
  ['RETR closed after its last byte',     'begun',    ['226', '200'],               ['ask', 'done']],
  ['vsftpd, ABOR with the data drained',  'begun',    ['226', '225', '200'],        ['ask', 'read', 'done']],
  ['ProFTPD, ABOR with the data drained', 'begun',    ['226', '426', '200'],        ['ask', 'read', 'done']],
  ['Pure-FTPd, ABOR',                     'begun',    ['426', '226', '200'],        ['ask', 'read', 'done']],
  ['vsftpd, close and ABOR',              'begun',    ['426', '225', '200'],        ['ask', 'read', 'done']],
  ['Pure-FTPd, close and ABOR',           'begun',    ['150', '226', '200'],        ['ask', 'read', 'done']],
  ['vsftpd, STOR reset',                  'begun',    ['426', '200'],               ['ask', 'done']],
  ['Pure-FTPd, STOR reset',               'begun',    ['451', '200'],               ['ask', 'done']],
  ['Pure-FTPd, STOR reset and ABOR',      'begun',    ['451', '226', '200'],        ['ask', 'read', 'done']],
  ['Pure-FTPd, STOR ABOR, then closed',   'begun',    ['426', '451', '200'],        ['ask', 'read', 'done']],
  ['left before its 150',                 'unbegun',  ['150', '426', '200'],        ['read', 'ask', 'done']],
  ['left before its 550',                 'unbegun',  ['550', '200'],               ['ask', 'done']],
  ['left before its 226 without 150',     'unbegun',  ['226', '200'],               ['ask', 'done']],
  ['left before its 150, Pure-FTPd',      'unbegun',  ['150', '150', '200'],        ['read', 'ask', 'done']],
  ['ABOR before its 150',                 'unbegun',  ['150', '426', '226', '200'], ['read', 'ask', 'read', 'done']],
  ['left after an early 226',             'answered', ['200'],                      ['done']],
  ['left after an early 226, one more',   'answered', ['226', '200'],               ['read', 'done']],
  ['left after an early 200, then 150',   'answered', ['150', '226', '200'],        ['read', 'read', 'done']],
  ['421 at once',                         'begun',    ['421'],                      ['lost']],
  ['421 before its 150',                  'unbegun',  ['421'],                      ['lost']],
  ['421 in the place of the 200',         'begun',    ['426', '421'],               ['ask', 'lost']],
  ['three replies that nobody expects',   'begun',    ['426', '226', '226', '226', '200'], ['ask', 'read', 'read', 'read', 'done']],
  ['four of them',                        'begun',    ['426', '226', '226', '226', '226'], ['ask', 'read', 'read', 'read', 'lost']],
  ['a server that does not know NOOP',    'answered', ['500'],                      ['done']],
  ['the same by 502, after a 226',        'begun',    ['426', '226', '502'],        ['ask', 'read', 'done']],
  ['a server that refuses it otherwise',  'answered', ['550', '550', '550', '550'], ['read', 'read', 'read', 'lost']],
];

describe('Resync', () => {
  it.each(SERVERS)('%s', (_what, abandoned, codes, steps) => {
    expect(play(abandoned, codes)).toEqual(steps);
  });

  it.each<[Abandoned, boolean]>([
    ['unbegun', false],
    ['begun', false],
    ['answered', true],
  ])('of a transfer that was %s asks at once: %p', (abandoned, asks) => {
    expect(new Resync(abandoned).asksAtOnce).toBe(asks);
  });

  it('waits for a reply before it asks where ABOR went out after an early 226', () => {
    const resync = new Resync('answered', false, true);
    expect(resync.asksAtOnce).toBe(false);
    expect([resync.take(reply('226 x')), resync.take(reply('200 x'))]).toEqual(['ask', 'done']);
    expect(new Resync('answered', false, true).silence()).toBe('ask');
  });

  // biome-ignore format: a table
  it.each<[string, number, string[], ResyncStep[]]>([
    ['vsftpd answers after the transfer',     2, ['426', '200', '200', '200'], ['ask', 'skip', 'skip', 'done']],
    ['pyftpdlib answers at once',             1, ['200', '426', '200'],        ['skip', 'ask', 'done']],
    ['ProFTPD says 450',                      1, ['450 NOOP:', '426', '200'],  ['skip', 'ask', 'done']],
    ['ABOR answers between',                  1, ['426', '200', '226', '200'], ['ask', 'skip', 'read', 'done']],
    ['a refusal of NOOP, then one to a NOOP', 1, ['426', '500', '500'],        ['ask', 'skip', 'done']],
  ])('takes no NOOP of the transfer for proof: %s', (_, noops, codes, steps) => {
    const resync = new Resync('begun', false, false, noops);
    expect(codes.map((code) => resync.take(reply(`${code} x`)))).toEqual(steps);
  });

  it.each<[Abandoned, boolean, ResyncStep]>([
    ['unbegun', false, 'read'],
    ['unbegun', true, 'read'], // the 150 is still to come
    ['begun', false, 'read'], // it may still be in mind: pyftpdlib
    ['begun', true, 'ask'], // it is forgotten: Pure-FTPd
    ['answered', true, 'read'], // NOOP was asked already
  ])(
    'after a silence behind a transfer that was %s, served %p: %s',
    (abandoned, hasOwnData, step) => {
      const resync = new Resync(abandoned, hasOwnData);
      expect(resync.silence()).toBe(step);
      expect(resync.silence()).toBe('read'); // once at most
      if (step === 'ask') expect(resync.take(reply('200 ok'))).toBe('done');
    },
  );

  const stages = fc.constantFrom<Abandoned>('unbegun', 'begun', 'answered');
  const codes = fc.constantFrom(
    '125',
    '150',
    '200',
    '225',
    '226',
    '250',
    '350',
    '426',
    '451',
    '550',
  );

  it('asks once, is done only after it asked and only at a 200, and is over within six replies', () => {
    holds(
      fc.property(stages, fc.array(codes, { minLength: 6, maxLength: 10 }), (stage, sent) => {
        const steps = play(stage, sent);
        const end = steps.findIndex((step) => step === 'done' || step === 'lost');
        expect(end).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThan(6);
        const before = steps.slice(0, end);
        expect(before.filter((step) => step === 'ask')).toHaveLength(stage === 'answered' ? 0 : 1);
        if (steps[end] === 'done') expect(sent[end]).toBe('200');
      }),
    );
  });
});
