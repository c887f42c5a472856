import type { Reply } from '../reply';

/**
 * The features that a server announces (RFC 2389 §3.2): labels in upper case, mapped to their
 * parameters, or to `''`.
 */
export type Features = ReadonlyMap<string, string>;

/** Parses the reply to FEAT. Servers indent the lines by one or more spaces, a tab, or nothing. */
export function parseFeatures(reply: Reply): Features {
  const features = new Map<string, string>();
  for (const line of reply.lines.slice(1, -1)) {
    const text = line.replace(/^211-/, '').trim();
    const space = text.search(/\s/);
    const label = (space === -1 ? text : text.slice(0, space)).toUpperCase();
    const parameters = space === -1 ? '' : text.slice(space + 1).trim();
    const earlier = features.get(label); // AUTH may have one line per mechanism
    if (label !== '') features.set(label, earlier ? `${earlier};${parameters}` : parameters);
  }
  return features;
}
