import { describe, expect, it } from '@jest/globals';
import { traitsOf } from '../../lib/protocol/commands';

const TRANSFERS = { RETR: 'download', LIST: 'download', NLST: 'download', MLSD: 'download' };
const UPLOADS = { STOR: 'upload', APPE: 'upload', STOU: 'upload' };
const X_FORMS = { CWD: 'XCWD', CDUP: 'XCUP', PWD: 'XPWD', MKD: 'XMKD', RMD: 'XRMD' };

describe('traitsOf', () => {
  it.each(Object.entries({ ...TRANSFERS, ...UPLOADS }))('%s is an %s', (verb, direction) => {
    expect(traitsOf(verb)).toMatchObject({ transfer: direction, path: true });
  });

  it.each(Object.entries(X_FORMS))('%s has the X-form %s (RFC 1123 §4.1.3.1)', (verb, xForm) => {
    expect(traitsOf(verb).xForm).toBe(xForm);
    expect(traitsOf(xForm).xForm).toBeUndefined();
    expect(traitsOf(xForm).path).toBe(traitsOf(verb).path);
  });

  it.each(['PASS', 'ACCT', 'ADAT'])('the argument of %s is a secret', (verb) => {
    expect(traitsOf(verb)).toEqual({ secret: true });
  });

  it.each(['USER', 'NOOP', 'PASV', 'SITE', '', '__proto__', 'constructor', 'toString'])(
    '%j has nothing of its own',
    (verb) => {
      expect(traitsOf(verb)).toEqual({});
    },
  );
});
