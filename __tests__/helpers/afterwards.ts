import { afterEach } from '@jest/globals';

const steps: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of steps.splice(0).reverse()) await step();
});

/** Runs something after the test; what was registered last runs first. */
export function afterwards(step: () => unknown): void {
  steps.push(step);
}
