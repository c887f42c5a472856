import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

/** A block of code of the README. */
export interface CodeBlock {
  /** The heading above it, and its number below that heading. */
  readonly title: string;
  readonly language: string;
  readonly code: string;
}

/** All blocks of code of the README, in their order. */
export function codeBlocks(): CodeBlock[] {
  const text = readFileSync(join(__dirname, '../README.md'), 'utf8');
  const blocks: CodeBlock[] = [];
  let heading = '';
  for (const [, title, language, code] of text.matchAll(/^#+ (.*)$|^```(\w*)\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    else {
      const number = 1 + blocks.filter((block) => block.title.startsWith(`${heading}, `)).length;
      blocks.push({ title: `${heading}, ${number}`, language: language ?? '', code: code ?? '' });
    }
  }
  return blocks;
}

/** The server that a block connects to, instead of the example's host and credentials. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** A block for a server that is there. */
export function aimed(code: string, { host, port, user, password }: Target): string {
  return code
    .replace("host: 'ftp.example.com'", `host: '${host}', port: ${port}`)
    .replace("user: 'me'", `user: '${user}'`)
    .replace("password: 'secret'", `password: '${password}'`);
}

/** Runs a block in this process. @param variables - what it may use without having declared it */
export async function runBlock(
  code: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<void> {
  const body = code.replace(/^import (\{[^}]*\}) from ('[^']+');$/gm, 'const $1 = require($2);');
  const names = Object.keys(variables);
  // A block scope, so that it may declare a name that other blocks get as a variable.
  const source = `module.exports = async (require, console, ${names.join(', ')}) => {{ ${body} }};`;
  const { code: runnable } = transformSync(source, { loader: 'ts', target: 'node20' });
  const made: { exports?: (...values: unknown[]) => Promise<void> } = {};
  new Function('module', runnable)(made);
  const quiet = { log() {} };
  await made.exports?.(require, quiet, ...Object.values(variables));
}
