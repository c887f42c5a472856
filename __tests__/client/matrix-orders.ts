/**
 * What can happen on the server's side of a transfer. `write` and `end` belong to the source of an
 * upload, which yields some bytes or ends.
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

/** Every order of every selection of at most one item from each group. */
export function orders(groups: readonly (readonly Happening[])[]): Order[] {
  const choices = groups.reduce<Happening[][]>(
    (made, group) => made.flatMap((chosen) => [chosen, ...group.map((each) => [...chosen, each])]),
    [[]],
  );
  return unique(choices.flatMap((chosen) => permutations(chosen)).filter(isPossible));
}

/** Every order of exactly these items. */
export function ordersOfAll(happenings: readonly Happening[]): Order[] {
  return unique(permutations(happenings).filter(isPossible));
}

/**
 * Merges the orders that are equal when all happens in one tick. Then only the first item decides
 * which of the two connections is ahead.
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

/** Separates what happens on the control connection from all else. */
export function split(order: Order): [control: Happening[], other: Happening[]] {
  const others = new Set<Happening>(['data', 'eof', 'rst', 'write', 'end']);
  return [order.filter((each) => !others.has(each)), order.filter((each) => others.has(each))];
}

/** Every way to interleave two orders. */
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

/** Nothing arrives over a closed connection, and a source that has ended yields no more. */
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
