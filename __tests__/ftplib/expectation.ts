import type { DifferenceName } from './differences';
import { type Call, type Differing, fails, type Outcome, type Trace } from './trace';

/** What ftpipe is to do, and the entries of the list that make it differ from ftplib. */
export interface Expectation {
  readonly trace: Trace;
  readonly used: ReadonlySet<DifferenceName>;
}

/**
 * What is expected of ftpipe where ftplib did this; `ours` tells only which of its freedoms it
 * took.
 */
export function expectationOf(calls: readonly Call[], theirs: Trace, ours: Trace): Expectation {
  const used = new Set<DifferenceName>();
  const lost = lossOf(theirs.outcomes);
  const outcomes = theirs.outcomes.map((outcome, i) => {
    const own = ours.outcomes[i];
    if (i > lost && isLost(own) && TALKS.has(calls[i]?.[0] ?? '')) {
      used.add('nothing is sent on a lost connection');
      return fails('ConnectionError');
    }
    return expectedOutcome(outcome, own, used);
  });
  const commands = expectedCommands(theirs.commands, ours.commands, lost, used);
  return { trace: { outcomes, commands, uploads: theirs.uploads }, used };
}

/** The same with what is said of this case in particular. */
export function except(trace: Trace, differing: Differing): Trace {
  const { outcomes = {}, commands = trace.commands, uploads = trace.uploads } = differing;
  return { outcomes: trace.outcomes.map((each, i) => outcomes[i] ?? each), commands, uploads };
}

const SOCKET_ERROR = /^(?:OSError|BrokenPipeError|Connection\w+Error)$/;
const TALKS = new Set(['pwd', 'voidcmd', 'login', 'retrbinary', 'abort', 'quit']);

/**
 * The number of the call that lost the control connection for ftplib, or that left it out of step.
 */
function lossOf(outcomes: readonly Outcome[]): number {
  const lost = outcomes.findIndex((outcome, i) => {
    if (!('error' in outcome)) return false;
    if (outcome.error === 'EOFError' || /timeout/i.test(outcome.error)) return true;
    if (outcome.text.startsWith('421')) return true;
    // It may have been the data connection: the next call tells.
    const next = outcomes[i + 1];
    return SOCKET_ERROR.test(outcome.error) && next !== undefined && 'error' in next;
  });
  return lost === -1 ? Number.POSITIVE_INFINITY : lost;
}

function isLost(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && 'error' in outcome && outcome.error === 'ConnectionError';
}

/** An outcome of Python as it is expected of ftpipe. */
export function expectedOutcome(
  outcome: Outcome,
  own: Outcome | undefined,
  used: Set<DifferenceName>,
): Outcome {
  if (!('error' in outcome)) return outcome;
  const delivered = expectedDelivery(outcome, own, used);
  const become = (because: DifferenceName, kind: string): Outcome => {
    used.add(because);
    return fails(kind, '', delivered);
  };
  const { error, text } = outcome;
  if (error === 'EOFError' || SOCKET_ERROR.test(error)) {
    return become('own class for a lost connection', 'ConnectionError');
  }
  if (error === 'timeout' || error === 'TimeoutError') {
    return become('own class for a timeout', 'TimeoutError');
  }
  if (error === 'ValueError' && /newline/.test(text)) {
    return become('TypeError for a bad value', 'TypeError');
  }
  // Only what the server said is the same in both languages.
  return fails(error, error.startsWith('error_') ? text : '', delivered);
}

function expectedDelivery(
  theirs: Outcome,
  own: Outcome | undefined,
  used: Set<DifferenceName>,
): unknown {
  if (!('delivered' in theirs) || !own || !('delivered' in own)) {
    return 'delivered' in theirs ? theirs.delivered : undefined;
  }
  const [all, part] = [theirs.delivered, own.delivered] as [string | string[], string | string[]];
  const isPrefix = JSON.stringify(all.slice(0, part.length)) === JSON.stringify(part);
  if (part.length === all.length || !isPrefix) return all;
  used.add('bytes before an error');
  return part;
}

// Walks both lists of commands side by side, and lets pass what is ours to choose.
function expectedCommands(
  theirs: readonly string[],
  ours: readonly string[],
  lost: number,
  used: Set<DifferenceName>,
): string[] {
  const expected: string[] = [];
  let type = '';
  const own = () => ours[expected.length] ?? '';
  const because = (name: DifferenceName, command: string) => {
    used.add(name);
    expected.push(command);
  };
  for (const [i, command] of theirs.entries()) {
    if (own() === 'OPTS UTF8 ON' && command !== own()) because('OPTS UTF8 ON', own());
    if (own() === 'NOOP' && command !== own()) because('NOOP after an abandoned transfer', own());
    if (command === type && own() !== command) {
      used.add('TYPE only if it changes');
    } else if (command === 'PASV' && own() === 'EPSV') {
      because('EPSV first', 'EPSV');
      if (own() === 'PASV') expected.push('PASV'); // EPSV was refused
    } else if (command.startsWith('PORT ') && own() === 'EPRT |1|127.0.0.1|*|') {
      because('EPRT first', own());
      if (own() === command) expected.push(command);
    } else if (command === 'PWD' && own() === '' && lost < Infinity && i === theirs.length - 1) {
      used.add('nothing is sent on a lost connection');
    } else {
      if (command.startsWith('SIZE ') && own() === 'TYPE I') because('SIZE after TYPE I', 'TYPE I');
      expected.push(command);
    }
    if (command.startsWith('TYPE ')) type = command;
    else if (expected.at(-2) === 'TYPE I' && command.startsWith('SIZE ')) type = 'TYPE I';
  }
  return expected;
}
