import { checkedFault } from './check-fault';
import type { Fault } from './faults';

interface Rule {
  readonly fault: Fault;
  seen: number;
}

/** The active faults, and how often each one has matched. */
export class FaultList {
  readonly #rules = new Set<Rule>();

  constructor(faults: readonly Fault[] = []) {
    for (const fault of faults) this.add(fault);
  }

  /**
   * Adds a fault.
   *
   * @returns a function that removes it.
   * @throws TypeError if the fault is invalid
   */
  add(fault: Fault): () => void {
    const rule: Rule = { fault: checkedFault(fault), seen: 0 };
    this.#rules.add(rule);
    return () => {
      this.#rules.delete(rule);
    };
  }

  /** Returns the faults that apply to this command, and counts each match. */
  strike(verb: string, line: string): Fault[] {
    const struck: Fault[] = [];
    for (const rule of this.#rules) {
      if (!matches(rule.fault.on, verb, line)) continue;
      rule.seen += 1;
      const { nth, times = nth === undefined ? Number.POSITIVE_INFINITY : 1 } = rule.fault;
      const first = nth ?? 1;
      if (rule.seen >= first && rule.seen < first + times) struck.push(rule.fault);
    }
    return struck;
  }
}

/** Whether `on` matches this command. Verbs are compared in upper case, `'connect'` as it is. */
function matches(on: string | RegExp, verb: string, line: string): boolean {
  if (typeof on === 'string') return on === 'connect' ? verb === on : on.toUpperCase() === verb;
  // `test` of a global expression continues after the last match, and would fail every second time.
  on.lastIndex = 0;
  return verb !== 'connect' && on.test(line);
}
