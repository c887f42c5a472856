import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FTP, parseListing } from 'ftpipe';
import { makeCertificate, TestServer } from 'ftpipe/testing';
import { aimed, codeBlocks, runBlock } from './readme';

// Every code block runs unless it is in another language, such as `text` or `json`. A block imports
// what it needs from the package, or uses these variables: `ftp` (logged in), `signal`, `response`
// (of an HTTP server) and `text` (a listing). It may use the files below. `ftp.example.com` stands
// for the server of this test.
const FILES = {
  '/big.iso': Buffer.alloc(100_000, 'iso'),
  '/notes.txt': 'n'.repeat(2000),
  '/a': 'a',
  '/b': 'b',
  '/pub/big.iso': 'small',
};
const blocks = codeBlocks();
const before = process.cwd();
const certificate = makeCertificate({ names: ['127.0.0.1'] });
let folder = '';
let plaintextServer: TestServer;
let tlsServer: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ftpipe-readme-'));
  process.chdir(folder); // the blocks use files of the current folder
  await writeFile('notes.txt', 'n'.repeat(2000));
  plaintextServer = await TestServer.start({ files: FILES });
  tlsServer = await TestServer.start({ files: FILES, tls: certificate });
});

afterAll(async () => {
  process.chdir(before);
  await Promise.all([plaintextServer?.close(), tlsServer?.close()]);
  await rm(folder, { recursive: true, force: true });
});

const programs = blocks.filter(({ language }) => /^(?:ts|js|)$/.test(language));

it('contains code blocks in known languages only', () => {
  expect(programs.length).toBeGreaterThan(5);
  expect(blocks.map(({ language }) => language)).toEqual(
    expect.not.arrayContaining([expect.not.stringMatching(/^(?:ts|js|sh|text|json|)$/)]),
  );
});

it.each(programs.map(({ title, code }) => [title, code]))(
  'runs the code block: %s',
  async (_title, code) => {
    const server = code.includes('FTPTLS') ? tlsServer : plaintextServer;
    const { host, port } = server;
    const target = { host, port, user: 'user', password: 'password' };
    const withCa = code.replace(/\n {2}\/\/ tls: .*/, '\n  tls: { ca },');
    await using ftp = await FTP.connect({ ...target, port: plaintextServer.port });
    const chunks: Buffer[] = [];
    const response = Object.assign(
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          chunks.push(chunk);
          done();
        },
      }),
      { writeHead: () => response as Writable },
    );
    await ftp.storBinary('STOR /notes.txt', 'n'.repeat(2000)); // another block may have changed it
    await runBlock(aimed(withCa, target), {
      ca: tlsServer.certificate,
      ftp,
      parseListing,
      pipeline,
      response,
      signal: new AbortController().signal,
      text: '-rw-r--r-- 1 a b 5 Jan  1 2024 x\n',
    });
    if (code.includes('writeHead')) expect(Buffer.concat(chunks)).toEqual(FILES['/big.iso']);
  },
);

it('mentions only npm scripts that exist', async () => {
  const { scripts } = JSON.parse(await readFile(join(__dirname, '../package.json'), 'utf8'));
  const shells = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code);
  const named = [...shells.join('\n').matchAll(/\bnpm run ([\w:]+)/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
});
