/**
 * The facts of an MLSx entry, by name in lower case. The object has no prototype, because the
 * server chooses the names.
 */
export type Facts = Record<string, string>;

/** An entry of MLSD or MLST in ftplib's form. */
export type FactsEntry = [name: string, facts: Facts];

/**
 * Parses a line of MLSD: facts, one space, and the name, which may contain anything
 * (RFC 3659 §7.2). Never throws; the name is empty if the line has no space.
 */
export function parseFacts(line: string): FactsEntry {
  const space = line.indexOf(' ');
  const facts = readFacts(space === -1 ? line : line.slice(0, space));
  return [space === -1 ? '' : line.slice(space + 1), facts];
}

/** Parses the facts of an entry, without its name. */
export function readFacts(text: string): Facts {
  const facts: Facts = Object.create(null);
  for (const fact of text.split(';')) {
    const equals = fact.indexOf('=');
    const key = (equals === -1 ? fact : fact.slice(0, equals)).toLowerCase();
    if (key !== '') facts[key] = equals === -1 ? '' : fact.slice(equals + 1);
  }
  return facts;
}
