import type { DifferenceName } from './differences';
import { type Call, type Differing, fails, type Outcome, type Trace } from './trace';

/** What ftpipe is expected to do, and the differences from ftplib that apply. */
export interface Expectation {
  readonly trace: Trace;
  readonly used: ReadonlySet<DifferenceName>;
}

/**
 * Derives from the trace of ftplib what is expected of ftpipe. `ours` only shows which of the
 * allowed differences occurred.
 */
export function expectationOf(calls: readonly Call[], theirs: Trace, ours: Trace): Expectation {
  const used = new Set<DifferenceName>();
  const lost = lossOf(theirs.outcomes);
  const outcomes = theirs.outcomes.map((outcome, i) => {
    const own = ours.outcomes[i];
    if (i > lost && isLost(own) && CALLS_THAT_SEND.has(calls[i]?.[0] ?? '')) {
      used.add('nothing is sent on a lost connection');
      return fails('ConnectionError');
    }
    return expectedOutcome(outcome, own, used);
  });
  const commands = expectedCommands(theirs.commands, ours.commands, lost, used);
  return { trace: { outcomes, commands, uploads: theirs.uploads }, used };
}

/** The expected trace with the exceptions of this case. */
export function except(trace: Trace, differing: Differing): Trace {
  const { outcomes = {}, commands = trace.commands, uploads = trace.uploads } = differing;
  return { outcomes: trace.outcomes.map((each, i) => outcomes[i] ?? each), commands, uploads };
}

const SOCKET_ERROR = /^(?:OSError|BrokenPipeError|Connection\w+Error)$/;
const CALLS_THAT_SEND = new Set(['pwd', 'voidcmd', 'login', 'retrbinary', 'abort', 'quit']);

/** The index of the call in which ftplib lost the control connection or got out of step. */
function lossOf(outcomes: readonly Outcome[]): number {
  const lost = outcomes.findIndex((outcome, i) => {
    if (!('error' in outcome)) return false;
    if (outcome.error === 'EOFError' || /timeout/i.test(outcome.error)) return true;
    if (outcome.text.startsWith('421')) return true;
    // If the next call succeeds, it was only the data connection.
    const next = outcomes[i + 1];
    return SOCKET_ERROR.test(outcome.error) && next !== undefined && 'error' in next;
  });
  return lost === -1 ? Number.POSITIVE_INFINITY : lost;
}

function isLost(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && 'error' in outcome && outcome.error === 'ConnectionError';
}

/** Converts an outcome of ftplib to the one that is expected of ftpipe. */
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
    return become('ConnectionError for a lost connection', 'ConnectionError');
  }
  if (error === 'timeout' || error === 'TimeoutError') {
    return become('TimeoutError for a timeout', 'TimeoutError');
  }
  if (error === 'ValueError' && /newline/.test(text)) {
    return become('TypeError for a bad value', 'TypeError');
  }
  // Only text from the server is the same in both languages.
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

// Compares both lists of commands step by step, and accepts the allowed differences.
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
