import type { ListingContext } from '../context';
import { draft, type Entry, note } from '../entry';
import { isBlank, wordsOf } from '../scan';

const ORGANIZATIONS: ReadonlySet<string> = new Set(
  'PS PSU DA DAU IS ISU PO POU PO-E PATH VSAM VS HFS ZFS GDG'.split(' '),
);
const COLUMNS = ['ext', 'used', 'recfm', 'lrecl', 'blksz'] as const;
const MAX_VOLUME_LENGTH = 6;
const MAX_WORDS = 14;
const ORGANIZATION_AT = 52; // columns
const NAME_AT = 56;

const UNIT = /^(?:[0-9A-F]{4}[0-9A-Z]?|Tape)$/;
const REFERRED = /(?:\d{4}\/\d\d\/\d\d|\d\d\/\d\d\/\d\d|\*{2,3}NONE\*{2,3})$/;
const STATUS =
  /^(?:\S{1,6} )?(?:Migrated|Archived|Not Mounted|Not Direct Access Device|Error determining attributes|User catalog connector|GDG|< [\w ]{1,40} >)$/;

/** The words before the name of a data set, and the name, which is the last word. */
interface Row {
  readonly words: readonly string[];
  readonly name: string;
  readonly nameAt: number;
}

/**
 * Parses a data set of z/OS. The date is the last reference, not the modification, and sizes are in
 * tracks, not bytes. A partitioned data set is a directory.
 *
 *     Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname
 *     WYOSPT 3420   2003/05/21  1  200  FB      80  8053  PS  MVS.FILE
 *     Migrated                                                SOME.FILE
 *     OS3DLB Not Mounted                                      'SYS1.AHELP'
 *                                                        VSAM DDIR
 */
export function parseDataset(line: string, context: ListingContext): Entry | undefined {
  const row = rowOf(line);
  if (!row) return undefined;
  return withoutColumns(line, row, context) ?? onVolume(line, row, context);
}

function rowOf(line: string): Row | undefined {
  const end = line.trimEnd().length;
  let nameAt = end;
  while (nameAt > 0 && !isBlank(line.charCodeAt(nameAt - 1))) nameAt--;
  // The last column is so narrow that the name may follow without a blank.
  if (nameAt === ORGANIZATION_AT && /^(?:VSAM|PATH)./.test(line.slice(nameAt, nameAt + 5))) {
    nameAt = NAME_AT;
  }
  const words = wordsOf(line.slice(0, nameAt), MAX_WORDS);
  const isRow = words.length > 0 && words.length < MAX_WORDS;
  return isRow ? { words, name: line.slice(nameAt, end), nameAt } : undefined;
}

function withoutColumns(line: string, row: Row, context: ListingContext): Entry | undefined {
  const text = row.words.join(' ');
  if (text === 'Pseudo Directory') return draft(context, line, row.name, 'directory');
  // Only alone, and in the right column: elsewhere these could be any two words.
  if ((text === 'VSAM' || text === 'PATH') && row.nameAt >= ORGANIZATION_AT) {
    const entry = draft(context, line, row.name, 'file');
    note(entry, 'dsorg', text);
    return entry;
  }
  if (!STATUS.test(text)) return undefined;
  // A migrated data set may be of any organization.
  const entry = draft(context, line, row.name, 'other');
  note(entry, 'status', text);
  return entry;
}

function onVolume(line: string, row: Row, context: ListingContext): Entry | undefined {
  const { words } = row;
  const [volume = '', unit = '', referred = ''] = words;
  if (volume.length > MAX_VOLUME_LENGTH || !UNIT.test(unit)) return undefined;
  const isTape = unit === 'Tape' && words.length === 2;
  const organization = isTape ? '' : (words.at(-1) ?? '');
  const hasDate = REFERRED.exec(referred)?.[0] === referred;
  const isKnown = ORGANIZATIONS.has(organization) && (hasDate || words.length === 3);
  if (!isTape && !isKnown) return undefined;
  const isPartitioned = organization.startsWith('PO');
  const entry = draft(context, line, row.name, isPartitioned ? 'directory' : 'file');
  note(entry, 'volume', volume);
  note(entry, 'unit', unit);
  if (hasDate) note(entry, 'referred', referred);
  if (!isTape) note(entry, 'dsorg', organization);
  const middle = words.slice(3, -1);
  // Adjacent columns without a blank cannot be separated.
  if (middle.length === COLUMNS.length) {
    for (const [i, column] of COLUMNS.entries()) note(entry, column, middle[i]);
  }
  return entry;
}

const DATASET_NAME = /^'?[\w#@$.()+-]{0,60}[\w#@$)]'?$/;

/**
 * Parses a row below the header of which only the name is certain: columns may be adjacent,
 * missing, or replaced by a phrase.
 *
 *     STG0023380E 01/11/94     1     1VB        84  4096PS   HLQ.README
 *     TERNBG2020/01/03     1         15VB     32756 32760PO   HLQ.ADATA
 */
export function datasetUnderHeader(line: string, context: ListingContext): Entry | undefined {
  const row = rowOf(line);
  if (!row || !DATASET_NAME.test(row.name)) return undefined;
  const { words, name } = row;
  const last = words.at(-1) ?? '';
  const organization = /(?:^|\d)(PSU?|DAU?|ISU?|PO(?:U|-E)?|PATH|VSAM|VS|HFS|ZFS)$/.exec(last)?.[1];
  const dated = words.findIndex((word, i) => i <= 2 && REFERRED.test(word));
  const isListed = organization !== undefined || dated !== -1;
  const isPartitioned = organization?.startsWith('PO');
  const entry = draft(
    context,
    line,
    name,
    isPartitioned ? 'directory' : isListed ? 'file' : 'other',
  );
  note(entry, 'dsorg', organization);
  if (dated !== -1) {
    const [first = ''] = words;
    note(entry, 'volume', first.slice(0, MAX_VOLUME_LENGTH));
    note(entry, 'referred', REFERRED.exec(words[dated] as string)?.[0]);
  }
  if (!isListed) note(entry, 'status', context.text(words.join(' ')));
  return entry;
}

/**
 * Whether a line is the header of a listing of data sets, of any version of z/OS or its
 * predecessors.
 */
export function isDatasetHeader(line: string): boolean {
  const words = wordsOf(line, MAX_WORDS);
  return words[0] === 'Volume' && words.at(-1) === 'Dsname';
}
