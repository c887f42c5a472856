import type { DialogueServer } from './dialogue-server';
import { TIMEOUT, withoutPorts } from './ours';
import type { Python } from './python';
import type { Case, Outcome, Trace } from './trace';

/** Runs the calls of a case with Python's ftplib. */
export async function playTheirs(
  python: Python,
  { calls = [], encoding = 'utf-8', timeout = TIMEOUT }: Case,
  server: DialogueServer,
): Promise<Trace> {
  const { host, port } = server;
  const outcomes = await python.ask<Outcome[]>({
    host,
    port,
    timeout,
    encoding,
    calls: [['connect'], ...calls],
  });
  await server.close();
  const { commands, uploads } = server;
  return { outcomes: withoutPorts(outcomes, server), commands, uploads };
}
