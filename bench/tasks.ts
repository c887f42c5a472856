import { join } from 'node:path';
import type { Plan } from './job';
import type { PeerName } from './peers';
import type { TaskName } from './task-names';
import { smallNames } from './test-data';

/** The folders and amounts of a run. */
export interface Place {
  /** The local folder that the server shows as `/`. */
  readonly root: string;
  /** A folder of this side. */
  readonly local: string;
  readonly mebibytes: number;
  /** Of the numbers of files, commands and entries, for a run that only tries. */
  readonly part: number;
}

/** Files that must be at the server before the task. */
export type Need = 'large' | 'small' | 'many' | 'byte';

export interface Contender {
  readonly peer: PeerName;
  readonly way: string;
}

export interface Task {
  readonly title: (place: Pick<Place, 'mebibytes' | 'part'>) => string;
  readonly mode: 'plain' | 'tls';
  readonly needs: readonly Need[];
  readonly contenders: readonly Contender[];
  /**
   * Over the slow link, and what is counted there: `first` to the first byte, else per further
   * file.
   */
  readonly trips?: 'further' | 'first';
  /** Whether the table also has the CPU time without Node's start. */
  readonly isNet?: true;
  readonly plan: (place: Place) => Plan;
}

export const SMALL_SIZE = 10 * 1024;
const GETS = 1000;
const PUTS = 300;
const NOOPS = 20_000;
const ENTRIES = 100_000;
/** Files after the first one on the slow link. */
const FURTHER = 10;

const counted = (whole: number, part: number) => Math.max(1, Math.round(whole * part));
export const entriesOf = (part: number) => counted(ENTRIES, part);
/** Small files at the server. */
export const smallFilesOf = (part: number) => Math.max(FURTHER + 1, counted(GETS, part));

const contenders = (ways: Partial<Record<PeerName, readonly string[]>>): Contender[] =>
  (Object.entries(ways) as [PeerName, readonly string[]][]).flatMap(([peer, list]) =>
    list.map((way) => ({ peer, way })),
  );

const plain = [''];
const blocks = ['blocks of 8 KiB', 'blocks of 256 KiB'];
const streams = ['Readable, blocks of 256 KiB', 'Readable, default blocks'];
const toFiles = [
  'Readable, default blocks, piped',
  'Readable, blocks of 256 KiB, piped',
  'download()',
];
const fromFiles = ['pipeline from createReadStream', 'upload()'];
// In this order, so that basic-ftp, which the ratios refer to, comes first.
const all = { 'basic-ftp': plain, ftp: plain, curl: plain, lftp: plain };
const others = { ...all, ftplib: plain, 'bare socket': plain };

const size = ({ mebibytes }: { mebibytes: number }) =>
  mebibytes % 1024 === 0 ? `${mebibytes / 1024} GiB` : `${mebibytes} MiB`;
const bulk = { ...all, ftplib: blocks, 'bare socket': plain };
const getPlan = (): Plan => ({ name: 'get', path: '/large.bin' });
const getFilePlan = ({ local }: Place): Plan => ({
  ...{ name: 'get', path: '/large.bin', to: join(local, 'large.bin') },
});
const putPlan = ({ root }: Place): Plan => ({
  // The same file on this side: where it lies makes no difference.
  ...{ name: 'put', from: join(root, 'large.bin'), path: '/up.bin' },
});

function getMany(count: number, { local }: Place): Plan {
  const names = smallNames(count);
  return {
    name: 'getMany',
    paths: names.map((name) => `/small/${name}`),
    locals: names.map((name) => join(local, name)),
    size: SMALL_SIZE,
  };
}

function putMany(count: number, { root }: Place): Plan {
  const names = smallNames(count);
  return {
    name: 'putMany',
    paths: names.map((name) => `/up/${name}`),
    locals: names.map((name) => join(root, 'small', name)),
    size: SMALL_SIZE,
  };
}

export const tasks: Readonly<Record<TaskName, Task>> = {
  get: {
    title: (place) => `${size(place)} get, discarded`,
    mode: 'plain',
    needs: ['large'],
    contenders: contenders({ ...bulk, ftpipe: streams }),
    plan: getPlan,
  },
  'get-file': {
    title: (place) => `${size(place)} get, to a file`,
    mode: 'plain',
    needs: ['large'],
    contenders: contenders({ ...bulk, ftpipe: toFiles }),
    plan: getFilePlan,
  },
  put: {
    title: (place) => `${size(place)} put, from a file`,
    mode: 'plain',
    needs: ['large'],
    contenders: contenders({ ...bulk, ftpipe: fromFiles }),
    plan: putPlan,
  },
  'tls-get': {
    title: (place) => `${size(place)} get, discarded, TLS 1.3`,
    mode: 'tls',
    needs: ['large'],
    contenders: contenders({ ...bulk, ftpipe: streams }),
    plan: getPlan,
  },
  'tls-get-file': {
    title: (place) => `${size(place)} get, to a file, TLS 1.3`,
    mode: 'tls',
    needs: ['large'],
    contenders: contenders({ ...bulk, ftpipe: toFiles }),
    plan: getFilePlan,
  },
  'tls-put': {
    title: (place) => `${size(place)} put, from a file, TLS 1.3`,
    mode: 'tls',
    needs: ['large'],
    contenders: contenders({ ...bulk, ftpipe: fromFiles }),
    plan: putPlan,
  },
  'get-many': {
    title: ({ part }) => `${counted(GETS, part)} x 10 KiB get, one connection`,
    mode: 'plain',
    needs: ['small'],
    contenders: contenders({
      ...others,
      ftpipe: ['Readables', 'downloadMany()', 'downloadMany(), pipelining'],
    }),
    plan: (place) => getMany(counted(GETS, place.part), place),
  },
  'put-many': {
    title: ({ part }) => `${counted(PUTS, part)} x 10 KiB put, one connection`,
    mode: 'plain',
    needs: ['small'],
    contenders: contenders({
      ...others,
      ftpipe: ['storBinary()', 'uploadMany()', 'uploadMany(), pipelining'],
    }),
    plan: (place) => putMany(counted(PUTS, place.part), place),
  },
  noop: {
    title: ({ part }) => `${counted(NOOPS, part)} NOOP`,
    mode: 'plain',
    needs: [],
    contenders: contenders({
      ...{ 'basic-ftp': plain, ftp: plain, ftplib: plain, 'bare socket': plain, ftpipe: plain },
    }),
    plan: ({ part }) => ({ name: 'noop', count: counted(NOOPS, part) }),
  },
  list: {
    title: ({ part }) => `LIST of ${entriesOf(part)} entries`,
    mode: 'plain',
    needs: ['many'],
    isNet: true,
    contenders: contenders({
      ...{ 'basic-ftp': plain, ftp: plain, lftp: ['cls'] },
      ...{ curl: ['lines, not parsed'], ftplib: ['lines, not parsed'] },
      ftpipe: [
        ...["list(), 'data'", 'list(), for await', 'list(), toArray()'],
        'dir(), lines, not parsed',
      ],
    }),
    plan: ({ local }) => ({ name: 'list', path: '/many', to: join(local, 'listing') }),
  },
  connect: {
    title: () => 'connect, log in, get one byte, quit',
    mode: 'plain',
    needs: ['byte'],
    contenders: contenders({ ...others, 'basic-ftp': ['', 'import'], ftpipe: ['', 'import'] }),
    plan: ({ local }) => ({
      ...{ name: 'getMany', paths: ['/byte.bin'], locals: [join(local, 'byte.bin')] },
      size: 1,
    }),
  },
  'trips-get': {
    title: () => 'round trips per further get',
    mode: 'plain',
    trips: 'further',
    needs: ['small'],
    contenders: contenders({ ...others, ftpipe: ['default', 'downloadMany(), pipelining'] }),
    plan: (place) => getMany(FURTHER + 1, place),
  },
  'trips-put': {
    title: () => 'round trips per further put',
    mode: 'plain',
    trips: 'further',
    needs: ['small'],
    contenders: contenders({ ...others, ftpipe: ['default', 'uploadMany(), pipelining'] }),
    plan: (place) => putMany(FURTHER + 1, place),
  },
  'trips-first': {
    title: () => 'round trips from connect to the first byte',
    mode: 'plain',
    trips: 'first',
    needs: ['small'],
    contenders: contenders({ ...others, ftpipe: ['default', 'login in one write'] }),
    plan: (place) => getMany(1, place),
  },
};
