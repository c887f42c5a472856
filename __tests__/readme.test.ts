import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FTP, parseListing } from 'ftpipe';
import { makeCertificate, TestServer } from 'ftpipe/testing';
import { aimed, codeBlocks, runBlock } from './readme';

// Every block of code runs, but for those in a language that is none (`text`, `json`). A block
// imports what it uses of the package, or uses these variables: `ftp` (logged in), `signal`,
// `response` (of an HTTP server) and `text` (a listing). Files it may name: big.iso, notes.txt, a,
// b and /pub. `ftp.example.com` is the test's own server.
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
let clear: TestServer;
let secure: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ftpipe-readme-'));
  process.chdir(folder); // the blocks name files of the current folder
  await writeFile('notes.txt', 'n'.repeat(2000));
  clear = await TestServer.start({ files: FILES });
  secure = await TestServer.start({ files: FILES, tls: certificate });
});

afterAll(async () => {
  process.chdir(before);
  await Promise.all([clear?.close(), secure?.close()]);
  await rm(folder, { recursive: true, force: true });
});

const programs = blocks.filter(({ language }) => /^(?:ts|js|)$/.test(language));

it('has its blocks', () => {
  expect(programs.length).toBeGreaterThan(5);
  expect(blocks.map(({ language }) => language)).toEqual(
    expect.not.arrayContaining([expect.not.stringMatching(/^(?:ts|js|sh|text|json|)$/)]),
  );
});

it.each(programs.map(({ title, code }) => [title, code]))('%s runs', async (_title, code) => {
  const server = code.includes('FTPTLS') ? secure : clear;
  const { host, port } = server;
  const target = { host, port, user: 'user', password: 'password' };
  const trusting = code.replace(/\n {2}\/\/ tls: .*/, '\n  tls: { ca },');
  await using ftp = await FTP.connect({ ...target, port: clear.port });
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
  await ftp.storBinary('STOR /notes.txt', 'n'.repeat(2000)); // another block may have written it
  await runBlock(aimed(trusting, target), {
    ca: secure.certificate,
    ftp,
    parseListing,
    pipeline,
    response,
    signal: new AbortController().signal,
    text: '-rw-r--r-- 1 a b 5 Jan  1 2024 x\n',
  });
  if (code.includes('writeHead')) expect(Buffer.concat(chunks)).toEqual(FILES['/big.iso']);
});

it('names only scripts of npm that there are', async () => {
  const { scripts } = JSON.parse(await readFile(join(__dirname, '../package.json'), 'utf8'));
  const shells = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code);
  const named = [...shells.join('\n').matchAll(/\bnpm run ([\w:]+)/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
});
