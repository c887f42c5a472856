import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { aimed, codeBlocks, runBlock } from '../readme';
import { describeServers } from './real-servers';
import { clientsOf, plain } from './suites/ways';

const before = process.cwd();
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ftpipe-readme-'));
  process.chdir(folder);
});
afterEach(async () => {
  process.chdir(before);
  await rm(folder, { recursive: true, force: true });
});

describeServers("the README's ten lines", (get) => {
  const { connect } = clientsOf(plain, get);

  it('run as pasted', async () => {
    const { host, port, user, password } = get();
    const [first] = codeBlocks().filter(({ title }) => title.startsWith('Ten lines'));
    const ftp = await connect();
    await ftp.storBinary('STOR big.iso', Buffer.alloc(100_000, 'iso'));
    await ftp.mkd('pub').catch(() => {}); // it may be there already
    const code = (first?.code ?? '').replace("'/pub'", "'pub'"); // not every server has its own root
    await runBlock(aimed(code, { host, port, user, password }), {});
    expect((await readFile('big.iso')).length).toBe(100_000);
    expect(await ftp.size('notes.txt')).toBe(5);
  });
});
