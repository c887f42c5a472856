import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type AbandonedState, Resync, type ResyncStep } from '../../lib/protocol/resync';
import { holds, reply } from './helpers';

/** The steps after each of these replies. */
function play(abandoned: AbandonedState, codes: readonly string[]): ResyncStep[] {
  const resync = new Resync(abandoned);
  return codes.map((code) => resync.handleReply(reply(`${code} x`)));
}

/** How servers reply to an abandoned transfer, as measured, and the steps that follow. */
// biome-ignore format: a table
const SERVERS: [what: string, abandoned: AbandonedState, codes: string[], steps: ResyncStep[]][] = [
  ['vsftpd, data connection of RETR closed',               'started',   ['426', '200'],                      ['probe', 'done']],
  ['ProFTPD, data connection of RETR closed',              'started',   ['426', '200'],                      ['probe', 'done']],
  ['Pure-FTPd, data connection of RETR closed: final 1yz', 'started',   ['150', '200'],                      ['probe', 'done']],
  ['data connection of RETR closed after the last byte',   'started',   ['226', '200'],                      ['probe', 'done']],
  ['vsftpd, ABOR with the data read to its end',           'started',   ['226', '225', '200'],               ['probe', 'read', 'done']],
  ['ProFTPD, ABOR with the data read to its end',          'started',   ['226', '426', '200'],               ['probe', 'read', 'done']],
  ['Pure-FTPd, ABOR',                                      'started',   ['426', '226', '200'],               ['probe', 'read', 'done']],
  ['vsftpd, data connection closed and ABOR',              'started',   ['426', '225', '200'],               ['probe', 'read', 'done']],
  ['Pure-FTPd, data connection closed and ABOR',           'started',   ['150', '226', '200'],               ['probe', 'read', 'done']],
  ['vsftpd, data connection of STOR reset',                'started',   ['426', '200'],                      ['probe', 'done']],
  ['Pure-FTPd, data connection of STOR reset',             'started',   ['451', '200'],                      ['probe', 'done']],
  ['Pure-FTPd, data connection of STOR reset and ABOR',    'started',   ['451', '226', '200'],               ['probe', 'read', 'done']],
  ['Pure-FTPd, ABOR of STOR, then data connection closed', 'started',   ['426', '451', '200'],               ['probe', 'read', 'done']],
  ['abandoned before its 150',                             'pending',   ['150', '426', '200'],               ['read', 'probe', 'done']],
  ['abandoned before its 550',                             'pending',   ['550', '200'],                      ['probe', 'done']],
  ['abandoned before its 226, without a 150',              'pending',   ['226', '200'],                      ['probe', 'done']],
  ['Pure-FTPd, abandoned before its 150',                  'pending',   ['150', '150', '200'],               ['read', 'probe', 'done']],
  ['ABOR before its 150',                                  'pending',   ['150', '426', '226', '200'],        ['read', 'probe', 'read', 'done']],
  ['abandoned after an early 226',                         'completed', ['200'],                             ['done']],
  ['abandoned after an early 226, which is repeated',      'completed', ['226', '200'],                      ['read', 'done']],
  ['abandoned after an early 200, then 150',               'completed', ['150', '226', '200'],               ['read', 'read', 'done']],
  ['421 at once',                                          'started',   ['421'],                             ['lost']],
  ['421 before its 150',                                   'pending',   ['421'],                             ['lost']],
  ['421 instead of the 200',                               'started',   ['426', '421'],                      ['probe', 'lost']],
  ['three surplus replies',                                'started',   ['426', '226', '226', '226', '200'], ['probe', 'read', 'read', 'read', 'done']],
  ['four surplus replies',                                 'started',   ['426', '226', '226', '226', '226'], ['probe', 'read', 'read', 'read', 'lost']],
  ['500 to NOOP after an early 226',                       'completed', ['500'],                             ['done']],
  ['502 to NOOP after a 426 and a 226',                    'started',   ['426', '226', '502'],               ['probe', 'read', 'done']],
  ['550 to NOOP',                                          'completed', ['550', '550', '550', '550'],        ['read', 'read', 'read', 'lost']],
];

describe('Resync', () => {
  it.each(SERVERS)('takes the expected steps: %s', (_what, abandoned, codes, steps) => {
    expect(play(abandoned, codes)).toEqual(steps);
  });

  it.each<[AbandonedState, boolean]>([
    ['pending', false],
    ['started', false],
    ['completed', true],
  ])('sends NOOP at once after a transfer in the state %s: %p', (abandoned, probesFirst) => {
    expect(new Resync(abandoned).probesFirst).toBe(probesFirst);
  });

  it('awaits a reply before NOOP if ABOR was sent after an early 226', () => {
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
    ['ABOR is answered after the NOOP',       1, ['426', '200', '226', '200'], ['probe', 'skip', 'read', 'done']],
    ['the server rejects NOOP with 500',      1, ['426', '500', '500'],        ['probe', 'skip', 'done']],
  ])('does not accept replies to earlier NOOPs as proof: %s', (_, noops, codes, steps) => {
    const resync = new Resync('started', false, false, noops);
    expect(codes.map((code) => resync.handleReply(reply(`${code} x`)))).toEqual(steps);
  });

  it.each<[AbandonedState, boolean, ResyncStep]>([
    ['pending', false, 'read'],
    ['pending', true, 'read'], // the 150 is still to come
    ['started', false, 'read'], // the server may still run it: pyftpdlib
    ['started', true, 'probe'], // the server has dropped it: Pure-FTPd
    ['completed', true, 'read'], // NOOP was already sent
  ])(
    'handles a silence in the state %s (data connection used: %p) with the step %s',
    (abandoned, hasOwnData, step) => {
      const resync = new Resync(abandoned, hasOwnData);
      expect(resync.handleSilence()).toBe(step);
      expect(resync.handleSilence()).toBe('read'); // NOOP is sent only once
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

  it('probes once, is done only at a 200 after that, and ends within six replies', () => {
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
