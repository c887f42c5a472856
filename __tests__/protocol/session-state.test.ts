import { describe, expect, it } from '@jest/globals';
import { INITIAL_STATE, type SessionState } from '../../lib/protocol/session-state';
import { afterReply, beforeReply } from '../../lib/protocol/state-changes';
import { made, reply } from './helpers';

const BUSY: SessionState = {
  type: 'I',
  restart: '100',
  utf8Requested: true,
  xForms: new Map([['PWD', 'XPWD']]),
  features: new Map([['MLST', '']]),
  refused: new Set(['MLSD']),
  pret: true,
  passive: 'PASV',
  active: 'PORT',
  protection: 'private',
};

describe('afterReply', () => {
  // biome-ignore format: a table
  it.each<[string, string, Partial<SessionState>]>([
    ['TYPE I',          '200 ok',      { type: 'I' }],
    ['type i',          '200 ok',      { type: 'I' }],
    ['TYPE A N',        '200 ok',      { type: 'A N' }],
    ['TYPE L 8',        '200 ok',      { type: 'L 8' }],
    ['TYPE A',          '504 no',      {}],
    ['TYPE A',          '421 bye',     {}],
    ['REST 5',          '350 ok',      { restart: '5' }],
    ['REST 0',          '350 ok',      { restart: '0' }],
    ['REST 5',          '501 no',      {}],
    ['OPTS UTF8 ON',    '200 ok',      { utf8Requested: true }],
    ['opts utf-8 on',   '200 ok',      { utf8Requested: true }],
    ['OPTS UTF8 ON',    '501 no',      {}],
    ['OPTS MLST type;', '200 ok',      {}],
    ['OPTS UTF88 ON',   '200 ok',      {}],
    ['NOOP',            '200 ok',      {}],
    ['CWD /',           '250 ok',      {}],
    ['SITE TYPE A',     '200 ok',      {}],
    ['PROT P',          '200 ok',      { protection: 'private' }],
    ['prot c',          '200 ok',      { protection: 'clear' }],
    ['PROT P',          '534 no',      {}],
    ['PROT S',          '200 ok',      {}], // not used by RFC 4217 §9
    ['PBSZ 0',          '200 ok',      {}],
  ])('updates the state after %s is answered %s', (line, text, changes) => {
    expect(afterReply(INITIAL_STATE, made(line), reply(text))).toEqual({
      ...INITIAL_STATE,
      ...changes,
    });
  });

  // biome-ignore format: a table
  it.each<[string, string, Partial<SessionState>]>([
    ['REIN',     '220 ok',  { type: undefined, restart: undefined, utf8Requested: false }], // RFC 959 §4.1.1
    ['AUTH TLS', '234 ok',  INITIAL_STATE], // RFC 4217 §4.2
    ['REIN',     '502 no',  {}],
    ['AUTH TLS', '500 no',  {}],
    ['USER x',   '230 ok',  { type: undefined }],
    ['USER x',   '331 ok',  {}],
    ['PASS x',   '230 ok',  { type: undefined }],
    ['PASS x',   '530 no',  {}],
    ['ACCT x',   '230 ok',  { type: undefined }],
    ['NOOP',     '200 ok',  {}],
  ])('forgets what is reset when %s is answered %s', (line, text, changes) => {
    expect(afterReply(BUSY, made(line), reply(text))).toEqual({ ...BUSY, ...changes });
  });

  it.each(['PROT C', 'PROT P', 'AUTH TLS', 'REIN'])(
    'treats the protection as unknown while the reply to %s is outstanding',
    (line) => {
      expect(beforeReply(BUSY, made(line)).protection).toBeUndefined();
    },
  );

  it('does not modify the given state', () => {
    const before = structuredClone(BUSY);
    for (const line of ['TYPE A', 'REIN', 'USER x', 'OPTS UTF8 ON', 'REST 1']) {
      afterReply(BUSY, made(line), reply('200 ok'));
      afterReply(BUSY, made(line), reply('350 ok'));
    }
    expect(BUSY).toEqual(before);
  });
});
