import { expect, it } from '@jest/globals';
import { FTP, type FTPOptions, FTPTLS } from '../../lib';

const NAMES: (keyof FTPOptions)[] = [
  'port',
  'encoding',
  'telnetIac',
  'passive',
  'passiveCommands',
  'activeCommands',
  'activePorts',
  'trustServerPasvIPv4Address',
  'family',
  'keepAlive',
  'noopInterval',
  'maxLine',
  'maxReply',
  'maxListingLine',
  'maxReadAhead',
  'pipelining',
  'loginInOneWrite',
  'strictMultiline',
];

it.each(NAMES)('refuses null for %s, which is no way to ask for the default', (name) => {
  expect(() => new FTP({ [name]: null })).toThrow(TypeError);
  expect(() => new FTP({ [name]: undefined })).not.toThrow();
});

it.each([false, 0, ''])('refuses %p as activePorts', (activePorts) => {
  expect(() => new FTP({ activePorts: activePorts as never })).toThrow(TypeError);
});

it('names only values that can be given where one of a few is meant', () => {
  expect(() => new FTP({ telnetIac: 'yes' as never })).toThrow(
    '"telnetIac" must be one of double, raw; received "yes"',
  );
});

it.each(['tls', 'implicit', 'dataProtection', 'closeNotify', 'tlsSession'])(
  'refuses null for %s of a client over TLS',
  (name) => {
    expect(() => new FTPTLS({ [name]: null })).toThrow(TypeError);
    expect(() => new FTPTLS({ [name]: undefined })).not.toThrow();
  },
);

it.each(['user', 'password', 'account', 'passwd', 'acct'])(
  'names %s if it is not a string, also beside its other name, and sends nothing',
  async (name) => {
    for (const value of [null, 5, true, {}]) {
      const options = {
        host: 'none.invalid',
        user: 'u',
        password: 'p',
        account: 'a',
        [name]: value,
      };
      await expect(FTP.connect(options as never)).rejects.toMatchObject({
        code: 'ERR_INVALID_ARG_TYPE',
        message: `"${name}" must be a string; received ${typeof value}`,
      });
    }
  },
);

it.each(['download', 'upload'] as const)('refuses null as the options of %s()', async (method) => {
  await expect(new FTP()[method]('a', 'b', null as never)).rejects.toMatchObject({
    code: 'ERR_INVALID_ARG_TYPE',
  });
});
