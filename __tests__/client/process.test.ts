import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TestServer } from '../../lib/testing';
import { type Compiled, compile } from '../servers/suites/compiled';

// These effects are visible only in a separate process.
let compiled: Compiled;
let server: TestServer;
beforeAll(async () => {
  compiled = await compile();
  server = await TestServer.start({ users: { user: 'hunter22' }, files: { '/a': 'x' } });
});
afterAll(async () => {
  await server.close();
  await compiled.remove();
});

/** Logs in, downloads, and runs the code. Nothing else keeps the process alive. */
function client(code: string): ChildProcess {
  const program = `
    const { FTP } = require(${JSON.stringify(compiled.index)});
    FTP.connect({ host: '${server.host}', port: ${server.port}, user: 'user', password: 'hunter22' })
      .then(async (ftp) => { await ftp.retrBinary('RETR a').toArray(); ${code} });`;
  const { PATH } = process.env;
  const env = { PATH, NODE_DEBUG: 'ftpipe', NODE_PATH: module.paths.join(':') };
  return spawn(process.execPath, ['-e', program], { env, stdio: ['ignore', 'ignore', 'pipe'] });
}

it('unref() lets the process exit, and NODE_DEBUG logs commands without the password', async () => {
  const child = client('ftp.unref();');
  const [shown, [code]] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
  expect(code).toBe(0);
  expect(shown).toMatch(/FTPIPE \d+: > PASS \*{4}\n/);
  expect(shown).toMatch(/FTPIPE \d+: < 226/);
  expect(shown).not.toContain('hunter22');
});

it('ref() keeps the process alive until the server closes the connection', async () => {
  const child = client(
    "ftp.unref().ref(); await ftp.pwd(); ftp.on('close', () => process.exit(7));",
  );
  const exited = once(child, 'exit');
  await server.waitFor(({ replies }) => replies.some((reply) => reply.startsWith('257')));
  await server.idle();
  for (const session of server.sessions) session.drop('end');
  expect((await exited)[0]).toBe(7); // it would have exited with 0 on its own
});

it("a plaintext client does not load Node's tls module", async () => {
  const isLoaded = "process.moduleLoadList.includes('NativeModule tls')";
  const child = client(`console.error('loaded', ${isLoaded}); require('tls');
    console.error('then', ${isLoaded}); ftp.close();`);
  const [shown, [code]] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
  expect(code).toBe(0);
  expect(shown).toContain('loaded false');
  expect(shown).toContain('then true');
});
