// Requires the package and imports it in every way, in one process.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as names from 'ftpipe';
import defaultExport, {
  BusyError,
  ConnectionError,
  connect,
  DownloadStream,
  error_perm,
  error_proto,
  error_reply,
  error_temp,
  FTP,
  FTP_PORT,
  FTPError,
  Error as FtplibError,
  ftpcp,
  ListingStream,
  PermanentReplyError,
  ProtocolError,
  parse150,
  parse227,
  parse229,
  parse257,
  ReplyError,
  TimeoutError,
  TransferError,
  TransientReplyError,
  UploadStream,
} from 'ftpipe';
import * as testingNames from 'ftpipe/testing';
import { Refusal, TestServer } from 'ftpipe/testing';

const require = createRequire(import.meta.url);
const required = require('ftpipe');
const testing = require('ftpipe/testing');

const imported = {
  BusyError,
  ConnectionError,
  connect,
  DownloadStream,
  Error: FtplibError,
  error_perm,
  error_proto,
  error_reply,
  error_temp,
  FTP,
  FTP_PORT,
  FTPError,
  ftpcp,
  ListingStream,
  PermanentReplyError,
  ProtocolError,
  parse150,
  parse227,
  parse229,
  parse257,
  ReplyError,
  TimeoutError,
  TransferError,
  TransientReplyError,
  UploadStream,
};
for (const [name, value] of Object.entries(imported)) {
  assert.notEqual(value, undefined, name);
  assert.equal(value, required[name], name);
}
assert.equal(defaultExport, required);
assert.equal(error_perm, PermanentReplyError);
assert.equal(FTP, require('ftpipe').FTP);

// All exported names, including those that are missing above.
for (const [namespace, module] of [
  [names, required],
  [testingNames, testing],
]) {
  const own = Object.keys(namespace).filter(
    (name) => !['default', 'module.exports'].includes(name),
  );
  assert.deepEqual(own.filter((name) => name !== '__esModule').sort(), Object.keys(module).sort());
  for (const name of own) assert.equal(namespace[name], module[name], name);
}
assert.equal(TestServer, testing.TestServer);
assert.equal(Refusal, testing.Refusal);
assert.equal(await import('ftpipe'), names);

// Other entry points must not exist.
for (const path of ['ftpipe/dist/index.js', 'ftpipe/lib', 'ftpipe/client/ftp']) {
  assert.throws(() => require(path), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
}
assert.equal(require('ftpipe/package.json').name, 'ftpipe');
console.log('one class');
