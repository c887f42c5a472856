import { expect, it } from '@jest/globals';
import { FTP, type FTPOptions } from '../../lib';

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
