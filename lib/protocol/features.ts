import type { Reply } from '../reply';

/** What a server says it can do: labels in upper case, and the parameters of each (RFC 2389 §3.2). */
export type Features = ReadonlyMap<string, string>;

/** Reads the reply to FEAT. Servers indent the lines by one space, many, a tab, or none. */
export function parseFeatures(reply: Reply): Features {
  const features = new Map<string, string>();
  for (const line of reply.lines.slice(1, -1)) {
    const text = line.replace(/^211-/, '').trim();
    const space = text.search(/\s/);
    const label = (space === -1 ? text : text.slice(0, space)).toUpperCase();
    const parameters = space === -1 ? '' : text.slice(space + 1).trim();
    const earlier = features.get(label); // AUTH may have a line for each mechanism
    if (label !== '') features.set(label, earlier ? `${earlier};${parameters}` : parameters);
  }
  return features;
}
