import { describe, expect, it } from '@jest/globals';
import { isAllowedInClear, traitsOf } from '../../lib/protocol/commands';

const TRANSFERS = { RETR: 'download', LIST: 'download', NLST: 'download', MLSD: 'download' };
const UPLOADS = { STOR: 'upload', APPE: 'upload', STOU: 'upload' };
const X_FORMS = { CWD: 'XCWD', CDUP: 'XCUP', PWD: 'XPWD', MKD: 'XMKD', RMD: 'XRMD' };

describe('traitsOf', () => {
  it.each(Object.entries({ ...TRANSFERS, ...UPLOADS }))(
    'knows %s as a transfer: %s',
    (verb, direction) => {
      expect(traitsOf(verb)).toMatchObject({ transfer: direction, path: true });
    },
  );

  it.each(Object.entries(X_FORMS))(
    'knows the X-form of %s: %s (RFC 1123 §4.1.3.1)',
    (verb, xForm) => {
      expect(traitsOf(verb).xForm).toBe(xForm);
      expect(traitsOf(xForm).xForm).toBeUndefined();
      expect(traitsOf(xForm).path).toBe(traitsOf(verb).path);
    },
  );

  it.each(['PASS', 'ACCT', 'ADAT'])(
    'marks the argument of %s as a secret and a credential',
    (verb) => {
      expect(traitsOf(verb)).toMatchObject({ secret: true, credential: true });
    },
  );

  it.each(['NOOP', 'STRU', 'SITE', '', '__proto__', 'constructor', 'toString'])(
    'has no traits for %j',
    (verb) => {
      expect(traitsOf(verb)).toEqual({});
    },
  );
});

describe('isAllowedInClear', () => {
  // biome-ignore format: a table
  it.each<[string, boolean, boolean]>([
    // verb       TLS required  no credentials
    ['AUTH',      true,      true],
    ['FEAT',      true,      true],
    ['HOST',      true,      true],
    ['QUIT',      true,      true],
    ['USER',      false,     false],
    ['PASS',      false,     false],
    ['ACCT',      false,     false],
    ['ADAT',      false,     false],
    ['NOOP',      false,     true],
    ['PBSZ',      false,     true],
    ['PROT',      false,     true],
    ['CCC',       false,     true],
    ['RETR',      false,     true],
    ['STOR',      false,     true],
    ['EPSV',      false,     true],
    ['ABOR',      false,     true],
    ['SITE',      false,     true],
    ['NOSUCH',    false,     true],
    ['__proto__', false,     true],
  ])('allows %s in plaintext: %p under require-tls, %p under no credentials', (verb, withRequiredTls, withoutCredentials) => {
    expect(isAllowedInClear(verb, 'all')).toBe(true);
    expect(isAllowedInClear(verb, 'require-tls')).toBe(withRequiredTls);
    expect(isAllowedInClear(verb, 'no credentials')).toBe(withoutCredentials);
  });
});
