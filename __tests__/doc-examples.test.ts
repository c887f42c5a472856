import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from '@jest/globals';
import ts from 'typescript';

// The imports and variables that each `@example` in lib/ may use.
const HEAD = `
import type * as ftpipe from 'ftpipe';
import { connect, FTP, FTPTLS, ftpcp, parseListing } from 'ftpipe';
import { TestServer } from 'ftpipe/testing';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
declare const ftp: ftpipe.FTP, source: ftpipe.FTP, target: ftpipe.FTP;
`;
const root = join(__dirname, '..');

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function examples(): { title: string; code: string }[] {
  return sourceFiles(join(root, 'lib')).flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    const blocks = [...text.matchAll(/@example\n\s*\* ```ts\n([\s\S]*?)\n\s*\* ```/g)];
    return blocks.map(({ 1: block = '' }, index) => ({
      title: `${relative(root, path)} ${index + 1}`,
      code: block.replace(/^\s*\* ?/gm, ''),
    }));
  });
}

/** Compiles modules that exist only in memory. Returns the compiler's errors. */
function compile(modules: ReadonlyMap<string, string>): string[] {
  const config = ts.readConfigFile(join(__dirname, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, __dirname);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => modules.has(path) || fileExists.call(host, path);
  host.getSourceFile = (path, version) => {
    const text = modules.get(path);
    if (text === undefined) return getSourceFile.call(host, path, version);
    return ts.createSourceFile(path, text, version);
  };
  const program = ts.createProgram([...modules.keys()], options, host);
  const files = [...modules.keys()].map((path) => program.getSourceFile(path));
  const found = files.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  return found
    .filter(({ code }) => ![6133, 6192, 6196, 6198].includes(code)) // unused variables and imports
    .map(({ file, messageText }) => {
      return `${relative(root, file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
}

it('compiles every @example in lib/', () => {
  const all = examples();
  expect(all.length).toBeGreaterThan(20);
  const modules = new Map(
    all.map(({ title, code }) => {
      const path = join(__dirname, `example of ${title.replaceAll(/[/.]/g, '-')}.ts`);
      return [path, `${HEAD}\n(async () => {{\n${code}\n}})();`] as const;
    }),
  );
  expect(compile(modules)).toEqual([]);
});
