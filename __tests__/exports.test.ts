import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import * as ftpipe from 'ftpipe';
import * as testing from 'ftpipe/testing';

it('exports exactly the documented names', () => {
  expect(Object.keys(ftpipe).sort()).toEqual(
    [
      'BusyError',
      'ConnectionError',
      'DownloadStream',
      'Error',
      'FTP',
      'FTPError',
      'FTPS_PORT',
      'FTPTLS',
      'FTP_PORT',
      'FTP_TLS',
      'ListingStream',
      'MAXLINE',
      'PermanentReplyError',
      'ProtocolError',
      'ReplyError',
      'TimeoutError',
      'TransferError',
      'TransientReplyError',
      'UploadStream',
      'all_errors',
      'connect',
      'error_perm',
      'error_proto',
      'error_reply',
      'error_temp',
      'ftpcp',
      'parse150',
      'parse227',
      'parse229',
      'parse257',
      'parseListing',
    ].sort(),
  );
});

it('exports the test server from ftpipe/testing', () => {
  expect(Object.keys(testing).sort()).toEqual(['Refusal', 'TestServer', 'makeCertificate']);
});

it("exports its error classes under ftplib's names too", () => {
  expect(ftpipe.Error).toBe(ftpipe.FTPError);
  expect(ftpipe.error_reply).toBe(ftpipe.ReplyError);
  expect(ftpipe.error_temp).toBe(ftpipe.TransientReplyError);
  expect(ftpipe.error_perm).toBe(ftpipe.PermanentReplyError);
  expect(ftpipe.error_proto).toBe(ftpipe.ProtocolError);
  expect(ftpipe.all_errors).toEqual([ftpipe.FTPError]);
});

it("exports ftplib's constants", () => {
  expect([ftpipe.FTP_PORT, ftpipe.FTPS_PORT, ftpipe.MAXLINE]).toEqual([21, 990, 8192]);
});

it('depends only on eventemitter3, and has three entry points and no install scripts', () => {
  const text = readFileSync(join(__dirname, '../package.json'), 'utf8');
  const { dependencies, exports, scripts } = JSON.parse(text);
  expect(Object.keys(dependencies)).toEqual(['eventemitter3']);
  expect(Object.keys(exports)).toEqual(['.', './testing', './package.json']);
  for (const name of ['preinstall', 'install', 'postinstall'])
    expect(scripts[name]).toBeUndefined();
});
