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

it.each(NAMES)('FTP throws a TypeError when %s is null, but not when undefined', (name) => {
  expect(() => new FTP({ [name]: null })).toThrow(TypeError);
  expect(() => new FTP({ [name]: undefined })).not.toThrow();
});

it.each([false, 0, ''])('FTP throws a TypeError when activePorts is %p', (activePorts) => {
  expect(() => new FTP({ activePorts: activePorts as never })).toThrow(TypeError);
});

it('the error for an unknown value of telnetIac lists the allowed values', () => {
  expect(() => new FTP({ telnetIac: 'yes' as never })).toThrow(
    '"telnetIac" must be one of double, raw; received "yes"',
  );
});

it.each(['tls', 'implicit', 'dataProtection', 'closeNotify', 'tlsSession'])(
  'FTPTLS throws a TypeError when %s is null, but not when undefined',
  (name) => {
    expect(() => new FTPTLS({ [name]: null })).toThrow(TypeError);
    expect(() => new FTPTLS({ [name]: undefined })).not.toThrow();
  },
);

it.each(['user', 'password', 'account', 'passwd', 'acct'])(
  'FTP.connect() rejects a value of %s that is not a string, and names the option',
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

it.each(['download', 'upload'] as const)('%s() rejects null as its options', async (method) => {
  await expect(new FTP()[method]('a', 'b', null as never)).rejects.toMatchObject({
    code: 'ERR_INVALID_ARG_TYPE',
  });
});
