/** The facts of an MLSx entry, by their names in lower case. It has no prototype: names are the server's. */
export type Facts = Record<string, string>;

/** An entry of MLSD or MLST as ftplib gives it. */
export type FactsEntry = [name: string, facts: Facts];

/**
 * Reads a line of MLSD: facts, one space, and the name with whatever it contains
 * (RFC 3659 §7.2). Never throws; a line without a space has no name.
 */
export function parseFacts(line: string): FactsEntry {
  const space = line.indexOf(' ');
  const facts = readFacts(space === -1 ? line : line.slice(0, space));
  return [space === -1 ? '' : line.slice(space + 1), facts];
}

/** Reads the facts alone. */
export function readFacts(text: string): Facts {
  const facts: Facts = Object.create(null);
  for (const fact of text.split(';')) {
    const equals = fact.indexOf('=');
    const key = (equals === -1 ? fact : fact.slice(0, equals)).toLowerCase();
    if (key !== '') facts[key] = equals === -1 ? '' : fact.slice(equals + 1);
  }
  return facts;
}
