import { checkedFault } from './check-fault';
import type { Fault } from './faults';

interface Rule {
  readonly fault: Fault;
  seen: number;
}

/** The faults in force, and how often each one has matched. */
export class FaultList {
  readonly #rules = new Set<Rule>();

  constructor(faults: readonly Fault[] = []) {
    for (const fault of faults) this.add(fault);
  }

  /** Puts a fault in force; the function returned takes it out again. @throws TypeError for none that is known */
  add(fault: Fault): () => void {
    const rule: Rule = { fault: checkedFault(fault), seen: 0 };
    this.#rules.add(rule);
    return () => {
      this.#rules.delete(rule);
    };
  }

  /** The faults that strike this command. Each match is counted. */
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

/** Whether `on` names this command. `'connect'` is in small letters, verbs compare in capitals. */
function matches(on: string | RegExp, verb: string, line: string): boolean {
  if (typeof on === 'string') return on === 'connect' ? verb === on : on.toUpperCase() === verb;
  // A global expression remembers where it stopped, and would match every second time.
  on.lastIndex = 0;
  return verb !== 'connect' && on.test(line);
}
