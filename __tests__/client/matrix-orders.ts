/**
 * What can happen at the server's side of a transfer. `write` and `end` are of an upload's source:
 * it gives some bytes, it comes to its end.
 */
export type Happening =
  | '150'
  | 'data' // some bytes of the file
  | 'eof' // the server ends the data connection
  | 'rst' // ... or resets it
  | 'FIN' // the server ends the control connection
  | 'RST' // ... or resets it
  | 'write'
  | 'end'
  | Final;

export type Final = '200' | '226' | '250' | '350' | '421' | '426' | '451' | '552';

/** One transfer: what happens, in this order. */
export type Order = readonly Happening[];

/** Every order of every choice among these, one or none of each group. */
export function orders(groups: readonly (readonly Happening[])[]): Order[] {
  const choices = groups.reduce<Happening[][]>(
    (made, group) => made.flatMap((chosen) => [chosen, ...group.map((each) => [...chosen, each])]),
    [[]],
  );
  return unique(choices.flatMap((chosen) => permutations(chosen)).filter(isPossible));
}

/** Every order of exactly these. */
export function ordersOfAll(happenings: readonly Happening[]): Order[] {
  return unique(permutations(happenings).filter(isPossible));
}

/**
 * As they are when all happens in one tick: there is no order between the two connections but who
 * is first.
 */
export function inOneTick(all: readonly Order[]): Order[] {
  const seen = new Map<string, Order>();
  for (const order of all) {
    const [control, data] = split(order);
    const first = order[0] !== undefined && control.includes(order[0]);
    seen.set([first, control, data].join(), order);
  }
  return [...seen.values()];
}

/** What happens on the control connection, and all else. */
export function split(order: Order): [control: Happening[], other: Happening[]] {
  const others = new Set<Happening>(['data', 'eof', 'rst', 'write', 'end']);
  return [order.filter((each) => !others.has(each)), order.filter((each) => others.has(each))];
}

/** Every way in which two things can happen side by side. */
export function interleavings(a: Order, b: Order): Order[] {
  const [headOfA, ...restOfA] = a;
  const [headOfB, ...restOfB] = b;
  if (headOfA === undefined) return [b];
  if (headOfB === undefined) return [a];
  return [
    ...interleavings(restOfA, b).map((rest) => [headOfA, ...rest]),
    ...interleavings(a, restOfB).map((rest) => [headOfB, ...rest]),
  ];
}

function permutations(happenings: readonly Happening[]): Happening[][] {
  if (happenings.length === 0) return [[]];
  return happenings.flatMap((each, index) =>
    permutations(happenings.toSpliced(index, 1)).map((rest) => [each, ...rest]),
  );
}

/** Nothing comes over a connection that is closed, and a source that has ended gives no more. */
function isPossible(order: Order): boolean {
  const [control] = split(order);
  const lost = control.findIndex((each) => each === 'FIN' || each === 'RST');
  const comesLast = (last: Happening, ...others: Happening[]) =>
    !order.includes(last) || others.every((each) => !order.includes(each, order.indexOf(last)));
  return (
    (lost === -1 || lost === control.length - 1) &&
    comesLast('eof', 'data') &&
    comesLast('rst', 'data') &&
    comesLast('end', 'write')
  );
}

function unique(all: readonly Order[]): Order[] {
  return [...new Map(all.map((order) => [order.join(), order])).values()];
}
