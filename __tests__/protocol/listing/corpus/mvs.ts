import type { CorpusGroup } from './corpus';
import { directory, file, other } from './corpus';

// biome-ignore format: a table
export const mvs: readonly CorpusGroup[] = [
  {
    source: 'FileZilla, directorylistingparsertest.cpp',
    lines: [
      ['Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname', 'frame'],
      ['WYOSPT 3420   2003/05/21  1  200  FB      80  8053  PS  60-MVS.FILE', file('60-MVS.FILE', undefined, undefined, { facts: { volume: 'WYOSPT', unit: '3420', referred: '2003/05/21', dsorg: 'PS', ext: '1', used: '200', recfm: 'FB', lrecl: '80', blksz: '8053' } })],
      ['WPTA01 3290   2004/03/04  1    3  FB      80  3125  PO  61-MVS.DATASET', directory('61-MVS.DATASET', undefined, undefined, { facts: { volume: 'WPTA01', unit: '3290', referred: '2004/03/04', dsorg: 'PO', ext: '1', used: '3', recfm: 'FB', lrecl: '80', blksz: '3125' } })],
      ['NRP004 3390   **NONE**    1   15  NONE     0     0  PO  62-MVS-NONEDATE.DATASET', directory('62-MVS-NONEDATE.DATASET', undefined, undefined, { facts: { volume: 'NRP004', unit: '3390', referred: '**NONE**', dsorg: 'PO', ext: '1', used: '15', recfm: 'NONE', lrecl: '0', blksz: '0' } })],
      ['TSO005 3390   2005/06/06 213000 U 0 27998 PO 63-MVS.DATASET', directory('63-MVS.DATASET', undefined, undefined, { facts: { volume: 'TSO005', unit: '3390', referred: '2005/06/06', dsorg: 'PO' } })],
      ['TSO004 3390   VSAM 64-mvs-file', file('64-mvs-file', undefined, undefined, { facts: { volume: 'TSO004', unit: '3390', dsorg: 'VSAM' } })],
      ['Migrated\t\t\t\t69-SOME.FILE', other('69-SOME.FILE', undefined, undefined, { facts: { status: 'Migrated' } })],
      ['V43525 Tape                                             73-MSV-TAPE.FILE', file('73-MSV-TAPE.FILE', undefined, undefined, { facts: { volume: 'V43525', unit: 'Tape' } })],
      ['WYOSPT 3420   2003/05/21  1 ????  FB      80  8053  PS  79-MVS.FILE', file('79-MVS.FILE', undefined, undefined, { facts: { volume: 'WYOSPT', unit: '3420', referred: '2003/05/21', dsorg: 'PS', ext: '1', used: '????', recfm: 'FB', lrecl: '80', blksz: '8053' } })],
      ['GISBWI 3390   2011/08/25  2 ++++  FB     904 18080  PS  80-MVS.FILE', file('80-MVS.FILE', undefined, undefined, { facts: { volume: 'GISBWI', unit: '3390', referred: '2011/08/25', dsorg: 'PS', ext: '2', used: '++++', recfm: 'FB', lrecl: '904', blksz: '18080' } })],
      ['WYOSPT 3420   2003/05/21  1 3 U 6447    6447  PO-E 81-MVS.DIR', directory('81-MVS.DIR', undefined, undefined, { facts: { volume: 'WYOSPT', unit: '3420', referred: '2003/05/21', dsorg: 'PO-E', ext: '1', used: '3', recfm: 'U', lrecl: '6447', blksz: '6447' } })],
      ['66-MVSPDSMEMBER 01.01 2004/06/22 2004/06/22 16:32   128   128    0 BOBY12', file('66-MVSPDSMEMBER', undefined, '2004-06-22 16:32', { facts: { version: '01.01', created: '2004/06/22', records: '128', init: '128', mod: '0', id: 'BOBY12' } })],
      ['67-MVSPDSMEMBER2 00B308 000411  00 FO                31    ANY', file('67-MVSPDSMEMBER2', 45832, undefined, { facts: { ttr: '000411' } })],
      ['68-MVSPDSMEMBER3 00B308 000411  00 FO        RU      ANY    24', file('68-MVSPDSMEMBER3', 45832, undefined, { facts: { ttr: '000411' } })],
      ['  52-MVSPDSMEMBER 01.01 2004/06/22 2004/06/22 16:32   128   128    0 BOBY12', file('52-MVSPDSMEMBER', undefined, '2004-06-22 16:32', { facts: { version: '01.01', created: '2004/06/22', records: '128', init: '128', mod: '0', id: 'BOBY12' } })],
    ],
  },
  {
    source: 'Apache Commons Net, MVSFTPEntryParserTest',
    lines: [
      ['SAVE00 3390   2004/06/23  1    1  FB     128  6144  PS    INCOMING.RPTBM023.D061704', file('INCOMING.RPTBM023.D061704', undefined, undefined, { facts: { volume: 'SAVE00', unit: '3390', referred: '2004/06/23', dsorg: 'PS', ext: '1', used: '1', recfm: 'FB', lrecl: '128', blksz: '6144' } })],
      ['SAVE01 3390   2004/06/23  1    1  FB     128  6144  PO    INCOMING.RPTBM024.D061704', directory('INCOMING.RPTBM024.D061704', undefined, undefined, { facts: { volume: 'SAVE01', unit: '3390', referred: '2004/06/23', dsorg: 'PO', ext: '1', used: '1', recfm: 'FB', lrecl: '128', blksz: '6144' } })],
      ['SAVE02 3390   2004/06/23  1    1  FB     128  6144  PO-E  INCOMING.RPTBM025.D061704', directory('INCOMING.RPTBM025.D061704', undefined, undefined, { facts: { volume: 'SAVE02', unit: '3390', referred: '2004/06/23', dsorg: 'PO-E', ext: '1', used: '1', recfm: 'FB', lrecl: '128', blksz: '6144' } })],
      ['PSMLC1 3390   2005/04/04  1    1  VB   27994 27998  PS    file3.I', file('file3.I', undefined, undefined, { facts: { volume: 'PSMLC1', unit: '3390', referred: '2005/04/04', dsorg: 'PS', ext: '1', used: '1', recfm: 'VB', lrecl: '27994', blksz: '27998' } })],
      ['PEX26F 3390   2017/07/03  115807  FB   29600 29600  PS    INCOMING.FIN.D170630.T160630', file('INCOMING.FIN.D170630.T160630', undefined, undefined, { facts: { volume: 'PEX26F', unit: '3390', referred: '2017/07/03', dsorg: 'PS' } })],
      ['VVVVVV 3390   2020/04/18  1   60   U   32760 32760  PO    NAME', directory('NAME', undefined, undefined, { facts: { volume: 'VVVVVV', unit: '3390', referred: '2020/04/18', dsorg: 'PO', ext: '1', used: '60', recfm: 'U', lrecl: '32760', blksz: '32760' } })],
      ['TST017 3390   2023/09/08  2   59  FBA    133 32718  PO    NAME', directory('NAME', undefined, undefined, { facts: { volume: 'TST017', unit: '3390', referred: '2023/09/08', dsorg: 'PO', ext: '2', used: '59', recfm: 'FBA', lrecl: '133', blksz: '32718' } })],
      ['TST063 3390   2023/09/11  1    1  VBA    133 27930  PS    NAME', file('NAME', undefined, undefined, { facts: { volume: 'TST063', unit: '3390', referred: '2023/09/11', dsorg: 'PS', ext: '1', used: '1', recfm: 'VBA', lrecl: '133', blksz: '27930' } })],
      ['Migrated                                                  NAME', other('NAME', undefined, undefined, { facts: { status: 'Migrated' } })],
      ['ARCIVE Not Direct Access Device                           NAME', other('NAME', undefined, undefined, { facts: { status: 'ARCIVE Not Direct Access Device' } })],
      ['Name      VV.MM   Created       Changed      Size  Init   Mod   Id', 'frame'],
      ['SAVE03    01.03 2002/09/12 2002/10/11 09:37    11    11     0 KIL001', file('SAVE03', undefined, '2002-10-11 09:37', { facts: { version: '01.03', created: '2002/09/12', records: '11', init: '11', mod: '0', id: 'KIL001' } })],
      ['Name      VV.MM   Created       Changed      Size  Init   Mod   Id\nSAVE04                                                              ', file('SAVE04')],
      ['IBMUSER1  JOB01906  OUTPUT    3 Spool Files', file('JOB01906', undefined, undefined, { facts: { jobname: 'IBMUSER1', status: 'OUTPUT', files: '3' } })],
      ['JOBNAME  JOBID    OWNER    STATUS CLASS', 'frame'],
      ['IBMUSER2 JOB01906 IBMUSER  OUTPUT A        RC=0000 3 spool files', file('JOB01906', undefined, undefined, { owner: 'IBMUSER', facts: { jobname: 'IBMUSER2', status: 'OUTPUT', class: 'A', files: '3', outcome: 'RC=0000' } })],
      ['IBMUSER  TSU01830 IBMUSER  OUTPUT TSU      ABEND=522 3 spool files', file('TSU01830', undefined, undefined, { owner: 'IBMUSER', facts: { jobname: 'IBMUSER', status: 'OUTPUT', class: 'TSU', files: '3', outcome: 'ABEND=522' } })],
      ['PSMLC133902005/04/041VB2799427998PSfile1.I', other('PSMLC133902005/04/041VB2799427998PSfile1.I', undefined, undefined, { unsafe: true })],
    ],
  },
  {
    source: 'FluentFTP, ParserTests.cs',
    lines: [
      ['YNSABG 3390   2020/01/03  1   15  VB   32756 32760  PS  $.ADATA.XAA', file('$.ADATA.XAA', undefined, undefined, { facts: { volume: 'YNSABG', unit: '3390', referred: '2020/01/03', dsorg: 'PS', ext: '1', used: '15', recfm: 'VB', lrecl: '32756', blksz: '32760' } })],
      ['YNSABH 3390   2022/02/18  1+++++  VBS  32767 27966  PS  $.BDATA.XBB', file('$.BDATA.XBB', undefined, undefined, { facts: { volume: 'YNSABH', unit: '3390', referred: '2022/02/18', dsorg: 'PS' } })],
      [' Name     VV.MM   Created       Changed      Size  Init   Mod   Id', 'frame'],
      ['$2CPF1    01.01 2001/10/18 2001/10/18 11:58    29    29     0 QFX3076', file('$2CPF1', undefined, '2001-10-18 11:58', { facts: { version: '01.01', created: '2001/10/18', records: '29', init: '29', mod: '0', id: 'QFX3076' } })],
      [' Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode', 'frame'],
      ['EAGKCPT   000058   000009          00 FO             RN RU            31    ANY', file('EAGKCPT', 88, undefined, { facts: { ttr: '000009' } })],
      ['EAGRTPRC  005F48   000011 EAGRTALT 00 FO             RN RU            31    ANY', file('EAGRTPRC', 24392, undefined, { facts: { ttr: '000011', 'alias-of': 'EAGRTALT' } })],
    ],
  },
  {
    source: 'FFFTP, the formats in common.h',
    lines: [
      [' JXSIB1 3390   2000/12/27  1  810  FB     240 24000  PO  DIRNAME', directory('DIRNAME', undefined, undefined, { facts: { volume: 'JXSIB1', unit: '3390', referred: '2000/12/27', dsorg: 'PO', ext: '1', used: '810', recfm: 'FB', lrecl: '240', blksz: '24000' } })],
      [' JXSW01 3390   2000/12/27  1    5  VBA    240  3120  PS  FILENAME', file('FILENAME', undefined, undefined, { facts: { volume: 'JXSW01', unit: '3390', referred: '2000/12/27', dsorg: 'PS', ext: '1', used: '5', recfm: 'VBA', lrecl: '240', blksz: '3120' } })],
    ],
  },
  {
    source: 'IBM, z/OS Communications Server: IP User\'s Guide',
    lines: [
      ['Pseudo Directory                                        ABC', directory('ABC')],
      ['         ID  STEPNAME PROCSTEP C DDNAME   BYTE-COUNT\n         001 JESE              H JESMSGLG       2277', file('001', 2277, undefined, { facts: { stepname: 'JESE', ddname: 'JESMSGLG' } })],
      ['         ID  STEPNAME PROCSTEP C DDNAME   BYTE-COUNT', 'frame'],
      ['FRED    01.01 2004/06/22 2004/13/22 16:32   128   128    0 BOBY12', file('FRED', undefined, undefined, { facts: { version: '01.01', created: '2004/06/22', records: '128', init: '128', mod: '0', id: 'BOBY12', modified: '2004/13/22 16:32' } })],
      ['FRED    01.01 2004/06/22 2004/12/22 16:72   128   128    0 BOBY12', file('FRED', undefined, undefined, { facts: { version: '01.01', created: '2004/06/22', records: '128', init: '128', mod: '0', id: 'BOBY12', modified: '2004/12/22 16:72' } })],
    ],
  },
];
