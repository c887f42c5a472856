import { median, medianRatio } from './statistics';

/** One line of a table: its name, and its samples or why there are none. */
export interface Row {
  readonly name: string;
  readonly samples: readonly Readonly<Record<string, number>>[];
  readonly out?: { readonly reason: string; readonly failed: boolean };
}

const MIB = 1024 * 1024;
const missing = '-';

/** What a process took, as ratios to the first row that has samples, and as it is. */
export function costTable(rows: readonly Row[]): string {
  const reference = rows.find(({ samples }) => samples.length > 0);
  const figures = (row: Row, name: string) => row.samples.map((sample) => sample[name] as number);
  const isNet = 'net' in (reference?.samples[0] ?? {});
  const net = isNet ? ["CPU without Node's start"] : [];
  return table(
    ['', 'wall', 'CPU', ...net, 'wall, s', 'CPU, s', 'peak memory, MiB'],
    rows.map((row) => {
      if (row.samples.length === 0 || reference === undefined) return lacking(row, 5 + net.length);
      const ratio = (name: string) => medianRatio(figures(row, name), figures(reference, name));
      return [
        row.name,
        ...['wall', 'cpu', ...(isNet ? ['net'] : [])].map((name) => ratio(name).toFixed(2)),
        ...[median(figures(row, 'wall')).toFixed(3), median(figures(row, 'cpu')).toFixed(3)],
        (median(figures(row, 'peak')) / MIB).toFixed(0),
      ];
    }),
  );
}

/**
 * Round trips by the clock, and as counted: waits on the control connection, and connections made.
 */
export function tripTable(rows: readonly Row[]): string {
  return table(
    ['', 'round trips, by the clock', 'waits for replies', 'connections'],
    rows.map((row) => {
      if (row.samples.length === 0) return lacking(row, 3);
      const middle = (name: string) => median(row.samples.map((sample) => sample[name] as number));
      return [
        row.name,
        ...['trips', 'control', 'connections'].map((name) => middle(name).toFixed(2)),
      ];
    }),
  );
}

function lacking({ name, out }: Row, columns: number): string[] {
  const why =
    out === undefined ? 'no samples' : out.reason.replace(/\s+/g, ' ').replace(/\|/g, '/');
  const text = out?.failed ? `**failed**: ${why}` : `not available: ${why}`;
  return [name, text, ...Array<string>(columns - 1).fill(missing)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return (
    line(head) + line(head.map((_, i) => (i === 0 ? '---' : '---:'))) + rows.map(line).join('')
  );
}
