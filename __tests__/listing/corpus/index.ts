import { alone } from './alone';
import { as400 } from './as400';
import { bfs, cms } from './cms';
import type { CorpusGroup } from './corpus';
import { dos } from './dos';
import { eplf } from './eplf';
import { mlsx } from './mlsx';
import { mvs } from './mvs';
import { netware } from './netware';
import { nonstop } from './nonstop';
import { os2 } from './os2';
import { numeric, unix } from './unix';
import { vms } from './vms';
import { vshell } from './vshell';

/** Lines of all dialects, by the library file that parses them. */
export const CORPUS: Readonly<Record<string, readonly CorpusGroup[]>> = {
  ...{
    alone,
    as400,
    bfs,
    cms,
    dos,
    eplf,
    mlsx,
    mvs,
    netware,
    nonstop,
    numeric,
    os2,
    unix,
    vms,
    vshell,
  },
};

export const LINES: readonly string[] = Object.values(CORPUS)
  .flat()
  .flatMap(({ lines }) => lines.map(([line]) => line));
