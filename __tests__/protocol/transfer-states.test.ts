import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  DOWNLOAD,
  type DownloadState,
  isVerdict,
  type TransferEvent,
  type TransferTable,
  UPLOAD,
  type UploadState,
} from '../../lib/protocol/transfer-states';
import { holds } from './helpers';

const EVENTS = [
  'preliminary',
  'completion',
  'intermediate',
  'refusal',
  'closing',
  'controlLost',
  'dataEnd',
  'dataError',
  'finished',
  'timeout',
] as const satisfies readonly TransferEvent[];

/**
 * The two state tables, cell by cell in the order of EVENTS. A `.` means that nothing changes.
 *
 * The exchange of a confirmed transfer is over, so no further reply can belong to it.
 */
// biome-ignore format: a table
const DOWNLOADS: Record<DownloadState, string[]> = {
  //              1yz             2yz            3yz            4yz, 5yz     421
  // control lost     data end          data error       finished  timeout
  commanded:     ['transferring', 'early',       '!outOfStep', '!refused', '.',             '!controlLost',  '.',              '.',             '.', '.'],
  early:         ['transferring', 'confirmed',   '!outOfStep', '!refused', '.',             'confirmed',     'earlyAtEnd',     'earlyFailed',   '.', '!noData'],
  earlyAtEnd:    ['atEnd',        '!success',    '!outOfStep', '!refused', '.',             '!success',      '.',              '.',             '.', '!success'],
  transferring:  ['.',            'confirmed',   '!outOfStep', '!refused', 'controlFailed', 'controlFailed', 'atEnd',          'dataFailed',    '.', '!stalled'],
  atEnd:         ['.',            '!success',    '!outOfStep', '!refused', '.',             '!controlLost',  '.',              '.',             '.', '!unconfirmed'],
  confirmed:     ['.',            '.',           '.',          '!refused', '.',             '.',             '!success',       '!inDoubt',      '.', '!stalled'],
  dataFailed:    ['.',            '!inDoubt',    '!outOfStep', '!refused', '.',             '!dataLost',     '.',              '.',             '.', '!dataLost'],
  earlyFailed:   ['dataFailed',   '!inDoubt',    '!outOfStep', '!refused', '.',             '!inDoubt',      '.',              '.',             '.', '!inDoubt'],
  controlFailed: ['.',            '.',           '.',          '.',        '.',             '.',             '!controlLost',   '!controlLost',  '.', '!controlLost'],
};

// biome-ignore format: a table
const UPLOADS: Record<UploadState, string[]> = {
  //                    1yz               2yz                 3yz            4yz, 5yz     421
  // control lost     data end        data error             finished             timeout
  commanded:           ['transferring',   'early',            '!outOfStep', '!refused', '.',             '!controlLost',  '.',            '.',                   'commandedFinished', '.'],
  commandedFinished:   ['finished',       'earlyFinished',    '!outOfStep', '!refused', '.',             '!controlLost',  '.',            '.',                   '.',                 '.'],
  early:               ['transferring',   '!earlyCompletion', '!outOfStep', '!refused', '.',             '!controlLost',  'dataFailed',   'earlyFailed',         '!success',          '!earlyCompletion'],
  earlyFinished:       ['finished',       '!earlyCompletion', '!outOfStep', '!refused', '.',             '!controlLost',  '.',            'earlyFinishedFailed', '!success',          '!earlyCompletion'],
  transferring:        ['.',              '!earlyCompletion', '!outOfStep', '!refused', '.',             '!controlLost',  'dataFailed',   'dataFailed',          'finished',          '!stalled'],
  finished:            ['.',              '!success',         '!outOfStep', '!refused', '.',             '!controlLost',  '.',            'finishedFailed',      '.',                 '!unconfirmed'],
  finishedFailed:      ['.',              '!inDoubt',         '!outOfStep', '!refused', '.',             '!dataLost',     '.',            '.',                   '.',                 '!dataLost'],
  dataFailed:          ['.',              '!dataLost',        '!outOfStep', '!refused', '.',             '!dataLost',     '.',            '.',                   '.',                 '!dataLost'],
  earlyFailed:         ['dataFailed',     '!dataLost',        '!outOfStep', '!refused', '.',             '!dataLost',     '.',            '.',                   '!inDoubt',          '!dataLost'],
  earlyFinishedFailed: ['finishedFailed', '!dataLost',        '!outOfStep', '!refused', '.',             '!dataLost',     '.',            '.',                   '!inDoubt',          '!dataLost'],
};

interface Run {
  readonly events: TransferEvent[];
  readonly verdict: string | undefined;
}

/** Plays events until there is a verdict. */
function play(table: TransferTable<string>, events: readonly TransferEvent[]): Run {
  let state = 'commanded';
  for (const [i, event] of events.entries()) {
    const next: string = table[state]?.[event] ?? state;
    if (isVerdict(next)) return { events: events.slice(0, i + 1), verdict: next };
    state = next;
  }
  return { events: [...events], verdict: undefined };
}

/** Whether the transfer may be considered complete after this verdict. */
function maySucceed(verdict: string | undefined): boolean {
  return verdict === '!success' || verdict === '!inDoubt';
}

const runs = fc.array(fc.constantFrom(...EVENTS), { maxLength: 12 });

describe.each<[string, TransferTable<string>, Record<string, string[]>]>([
  ['DOWNLOAD', DOWNLOAD, DOWNLOADS],
  ['UPLOAD', UPLOAD, UPLOADS],
])('%s', (_name, table, expected) => {
  it('has exactly the states that this test lists', () => {
    expect(Object.keys(table).sort()).toEqual(Object.keys(expected).sort());
  });

  const cells = Object.entries(expected).flatMap(([state, row]) =>
    EVENTS.map((event, i) => [state, event, row[i] as string] as const),
  );

  it.each(cells)('leads from state %s on event %s to %s', (state, event, next) => {
    expect(table[state]?.[event] ?? '.').toBe(next);
  });

  it('leads only to its own states or to a verdict', () => {
    const targets = Object.values(table).flatMap((row) => Object.values(row));
    for (const target of targets) expect(isVerdict(target) || target in table).toBe(true);
  });

  it('reaches every state', () => {
    const reached = new Set(['commanded']);
    for (const state of reached) {
      for (const next of Object.values(table[state] ?? {})) {
        if (!isVerdict(next)) reached.add(next);
      }
    }
    expect([...reached].sort()).toEqual(Object.keys(table).sort());
  });

  it('ends on a timeout in every state after the first reply', () => {
    for (const [state, row] of Object.entries(table)) {
      if (!state.startsWith('commanded')) expect(isVerdict(row.timeout ?? '')).toBe(true);
    }
  });

  it('never succeeds after a negative reply', () => {
    holds(
      fc.property(runs, (events) => {
        const { verdict, events: played } = play(table, events);
        if (played.includes('refusal')) expect(maySucceed(verdict)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('never succeeds without a 2yz', () => {
    holds(
      fc.property(runs, (events) => {
        const { verdict, events: played } = play(table, events);
        if (maySucceed(verdict)) expect(played).toContain('completion');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a download', () => {
  it('never succeeds before the end of the data', () => {
    holds(
      fc.property(runs, (events) => {
        const { verdict, events: played } = play(DOWNLOAD, events);
        if (verdict === '!success') expect(played).toContain('dataEnd');
      }),
      { numRuns: 2000 },
    );
  });

  it('never succeeds if the data connection fails before the end of the data', () => {
    holds(
      fc.property(runs, (events) => {
        const { verdict, events: played } = play(DOWNLOAD, events);
        if (verdict !== '!success') return;
        const failed = played.lastIndexOf('dataError');
        // The stream ignores the data before the first reply, and repeats the event later.
        const began = played.findIndex((each) => each === 'preliminary' || each === 'completion');
        if (failed > began) expect(played.slice(0, failed)).toContain('dataEnd');
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[string, TransferEvent[], string]>([
    ['150, data, 226', ['preliminary', 'dataEnd', 'completion'], '!success'],
    ['150, 226, data', ['preliminary', 'completion', 'dataEnd'], '!success'],
    ['226, data, silence', ['completion', 'dataEnd', 'timeout'], '!success'],
    ['200, 150, data, 226', ['completion', 'preliminary', 'dataEnd', 'completion'], '!success'],
    ['226, silence', ['completion', 'timeout'], '!noData'],
    ['150, data, silence', ['preliminary', 'dataEnd', 'timeout'], '!unconfirmed'],
    ['150, data, 451', ['preliminary', 'dataEnd', 'refusal'], '!refused'],
    ['150, reset, 226', ['preliminary', 'dataError', 'completion'], '!inDoubt'],
    ['150, 226, reset', ['preliminary', 'completion', 'dataError'], '!inDoubt'],
    ['226, reset, silence', ['completion', 'dataError', 'timeout'], '!inDoubt'],
    [
      '200, 150, reset, silence',
      ['completion', 'preliminary', 'dataError', 'timeout'],
      '!dataLost',
    ],
    ['150, reset, 426', ['preliminary', 'dataError', 'refusal'], '!refused'],
    ['150, control lost, data', ['preliminary', 'controlLost', 'dataEnd'], '!controlLost'],
    [
      '150, 226, control lost, data',
      ['preliminary', 'completion', 'controlLost', 'dataEnd'],
      '!success',
    ],
    ['150, data, control lost', ['preliminary', 'dataEnd', 'controlLost'], '!controlLost'],
  ])('ends after %s with the expected verdict', (_title, events, verdict) => {
    expect(play(DOWNLOAD, events)).toEqual({ events, verdict });
  });
});

describe('an upload', () => {
  it('never succeeds before all data is sent, nor with a 2yz that arrives earlier', () => {
    holds(
      fc.property(runs, (events) => {
        const { verdict, events: played } = play(UPLOAD, events);
        if (!maySucceed(verdict)) return;
        expect(played).toContain('finished');
        // After a 1yz, the 2yz must come last. Without a 1yz, the file is empty.
        if (played.includes('preliminary')) expect(played.at(-1)).toBe('completion');
      }),
      { numRuns: 2000 },
    );
  });

  it('never succeeds if the data connection fails, even after the last byte', () => {
    holds(
      fc.property(runs, (events) => {
        const { verdict, events: played } = play(UPLOAD, events);
        if (verdict !== '!success') return;
        const began = played.findIndex((each) => each === 'preliminary' || each === 'completion');
        expect(played.slice(began)).not.toContain('dataError');
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[string, TransferEvent[], string]>([
    ['150, all sent, 226', ['preliminary', 'finished', 'completion'], '!success'],
    ['150, 226, all sent', ['preliminary', 'completion'], '!earlyCompletion'],
    ['226 for an empty file', ['completion', 'finished'], '!success'],
    ['226, nothing sent, silence', ['completion', 'timeout'], '!earlyCompletion'],
    [
      '200, 150, all sent, 226',
      ['completion', 'preliminary', 'finished', 'completion'],
      '!success',
    ],
    [
      '150, all sent, reset, 226',
      ['preliminary', 'finished', 'dataError', 'completion'],
      '!inDoubt',
    ],
    ['150, reset, 226', ['preliminary', 'dataError', 'completion'], '!dataLost'],
    ['226, reset, an empty file', ['completion', 'dataError', 'finished'], '!inDoubt'],
    ['all sent, 226, reset', ['finished', 'completion', 'dataError', 'timeout'], '!dataLost'],
    ['150, all sent, 552', ['preliminary', 'finished', 'refusal'], '!refused'],
    ['150, all sent, silence', ['preliminary', 'finished', 'timeout'], '!unconfirmed'],
    [
      '150, data connection closed by the server, 226',
      ['preliminary', 'dataEnd', 'completion'],
      '!dataLost',
    ],
    [
      '150, data connection closed by the server, 552',
      ['preliminary', 'dataEnd', 'refusal'],
      '!refused',
    ],
    ['150, no data accepted, silence', ['preliminary', 'timeout'], '!stalled'],
  ])('ends after %s with the expected verdict', (_title, events, verdict) => {
    expect(play(UPLOAD, events)).toEqual({ events, verdict });
  });
});
