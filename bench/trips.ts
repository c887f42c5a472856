import type { Saying, Trace } from './relay';

/**
 * The times that a client spoke on the control connection after it had heard something: each costs
 * a round trip. What it says in one breath is one, however many writes. QUIT does not count.
 */
export function controlTrips(trace: Pick<Trace, 'sayings'>): number {
  return flights(trace.sayings).filter(([first]) => !/^QUIT/i.test(first?.text ?? '')).length;
}

/** Whether the password went out without waiting for the reply to USER. */
export function loginInOneWrite({ sayings }: Pick<Trace, 'sayings'>): boolean {
  return flights(sayings).some((flight) => {
    const text = flight.map((saying) => saying.text).join('');
    return /^USER /im.test(text) && /^PASS /im.test(text);
  });
}

/** Milliseconds from connecting to the last reply that came before QUIT, or the end. */
export function duration({ begun, sayings }: Pick<Trace, 'begun' | 'sayings'>): number {
  const quit = sayings.findIndex(({ from, text }) => from === 'client' && /^QUIT/im.test(text));
  const before = quit < 0 ? sayings : sayings.slice(0, quit);
  const last = before.findLast(({ from }) => from === 'server');
  return (last?.at ?? begun) - begun;
}

/** What the client said, parted by what it heard. */
function flights(sayings: readonly Saying[]): Saying[][] {
  const found: Saying[][] = [];
  let speaking = false;
  for (const saying of sayings) {
    if (saying.from === 'client' && speaking) found.at(-1)?.push(saying);
    else if (saying.from === 'client') found.push([saying]);
    speaking = saying.from === 'client';
  }
  return found;
}
