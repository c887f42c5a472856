import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type AbandonedState, Resync, type ResyncStep } from '../../lib/protocol/resync';
import { holds, reply } from './helpers';

/** Plays replies; NOOP's own is written as `noop`, and may only come when it was asked. */
function play(abandoned: AbandonedState, codes: readonly string[]): ResyncStep[] {
  const resync = new Resync(abandoned);
  return codes.map((code) => resync.handleReply(reply(`${code} x`)));
}

/** What each server says to a transfer that was left, as measured. */
// biome-ignore format: a table
const SERVERS: [what: string, abandoned: AbandonedState, codes: string[], steps: ResyncStep[]][] = [
  ['vsftpd, RETR closed',                 'started',    ['426', '200'],               ['probe', 'done']],
  ['ProFTPD, RETR closed',                'started',    ['426', '200'],               ['probe', 'done']],
  ['Pure-FTPd, RETR closed: a 1yz last',  'started',    ['150', '200'],               ['probe', 'done']],
  ['RETR closed after its last byte',     'started',    ['226', '200'],               ['probe', 'done']],
  ['vsftpd, ABOR with the data drained',  'started',    ['226', '225', '200'],        ['probe', 'read', 'done']],
  ['ProFTPD, ABOR with the data drained', 'started',    ['226', '426', '200'],        ['probe', 'read', 'done']],
  ['Pure-FTPd, ABOR',                     'started',    ['426', '226', '200'],        ['probe', 'read', 'done']],
  ['vsftpd, close and ABOR',              'started',    ['426', '225', '200'],        ['probe', 'read', 'done']],
  ['Pure-FTPd, close and ABOR',           'started',    ['150', '226', '200'],        ['probe', 'read', 'done']],
  ['vsftpd, STOR reset',                  'started',    ['426', '200'],               ['probe', 'done']],
  ['Pure-FTPd, STOR reset',               'started',    ['451', '200'],               ['probe', 'done']],
  ['Pure-FTPd, STOR reset and ABOR',      'started',    ['451', '226', '200'],        ['probe', 'read', 'done']],
  ['Pure-FTPd, STOR ABOR, then closed',   'started',    ['426', '451', '200'],        ['probe', 'read', 'done']],
  ['left before its 150',                 'pending',  ['150', '426', '200'],        ['read', 'probe', 'done']],
  ['left before its 550',                 'pending',  ['550', '200'],               ['probe', 'done']],
  ['left before its 226 without 150',     'pending',  ['226', '200'],               ['probe', 'done']],
  ['left before its 150, Pure-FTPd',      'pending',  ['150', '150', '200'],        ['read', 'probe', 'done']],
  ['ABOR before its 150',                 'pending',  ['150', '426', '226', '200'], ['read', 'probe', 'read', 'done']],
  ['left after an early 226',             'completed', ['200'],                      ['done']],
  ['left after an early 226, one more',   'completed', ['226', '200'],               ['read', 'done']],
  ['left after an early 200, then 150',   'completed', ['150', '226', '200'],        ['read', 'read', 'done']],
  ['421 at once',                         'started',    ['421'],                      ['lost']],
  ['421 before its 150',                  'pending',  ['421'],                      ['lost']],
  ['421 in the place of the 200',         'started',    ['426', '421'],               ['probe', 'lost']],
  ['three replies that nobody expects',   'started',    ['426', '226', '226', '226', '200'], ['probe', 'read', 'read', 'read', 'done']],
  ['four of them',                        'started',    ['426', '226', '226', '226', '226'], ['probe', 'read', 'read', 'read', 'lost']],
  ['a server that does not know NOOP',    'completed', ['500'],                      ['done']],
  ['the same by 502, after a 226',        'started',    ['426', '226', '502'],        ['probe', 'read', 'done']],
  ['a server that refuses it otherwise',  'completed', ['550', '550', '550', '550'], ['read', 'read', 'read', 'lost']],
];

describe('Resync', () => {
  it.each(SERVERS)('%s', (_what, abandoned, codes, steps) => {
    expect(play(abandoned, codes)).toEqual(steps);
  });

  it.each<[AbandonedState, boolean]>([
    ['pending', false],
    ['started', false],
    ['completed', true],
  ])('of a transfer that was %s asks at once: %p', (abandoned, asks) => {
    expect(new Resync(abandoned).probesFirst).toBe(asks);
  });

  it('waits for a reply before it asks where ABOR went out after an early 226', () => {
    const resync = new Resync('completed', false, true);
    expect(resync.probesFirst).toBe(false);
    expect([resync.handleReply(reply('226 x')), resync.handleReply(reply('200 x'))]).toEqual([
      'probe',
      'done',
    ]);
    expect(new Resync('completed', false, true).handleSilence()).toBe('probe');
  });

  // biome-ignore format: a table
  it.each<[string, number, string[], ResyncStep[]]>([
    ['vsftpd answers after the transfer',     2, ['426', '200', '200', '200'], ['probe', 'skip', 'skip', 'done']],
    ['pyftpdlib answers at once',             1, ['200', '426', '200'],        ['skip', 'probe', 'done']],
    ['ProFTPD says 450',                      1, ['450 NOOP:', '426', '200'],  ['skip', 'probe', 'done']],
    ['ABOR answers between',                  1, ['426', '200', '226', '200'], ['probe', 'skip', 'read', 'done']],
    ['a refusal of NOOP, then one to a NOOP', 1, ['426', '500', '500'],        ['probe', 'skip', 'done']],
  ])('takes no NOOP of the transfer for proof: %s', (_, noops, codes, steps) => {
    const resync = new Resync('started', false, false, noops);
    expect(codes.map((code) => resync.handleReply(reply(`${code} x`)))).toEqual(steps);
  });

  it.each<[AbandonedState, boolean, ResyncStep]>([
    ['pending', false, 'read'],
    ['pending', true, 'read'], // the 150 is still to come
    ['started', false, 'read'], // it may still be in mind: pyftpdlib
    ['started', true, 'probe'], // it is forgotten: Pure-FTPd
    ['completed', true, 'read'], // NOOP was asked already
  ])(
    'after a silence behind a transfer that was %s, served %p: %s',
    (abandoned, hasOwnData, step) => {
      const resync = new Resync(abandoned, hasOwnData);
      expect(resync.handleSilence()).toBe(step);
      expect(resync.handleSilence()).toBe('read'); // once at most
      if (step === 'probe') expect(resync.handleReply(reply('200 ok'))).toBe('done');
    },
  );

  const stages = fc.constantFrom<AbandonedState>('pending', 'started', 'completed');
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
        expect(before.filter((step) => step === 'probe')).toHaveLength(
          stage === 'completed' ? 0 : 1,
        );
        if (steps[end] === 'done') expect(sent[end]).toBe('200');
      }),
    );
  });
});
