import type { Case } from '../trace';
import { ACTIVE_MODE } from './active-mode';
import { ARGUMENTS } from './arguments';
import { DIRECTORIES } from './directories';
import { DOWNLOADS } from './downloads';
import { LISTINGS } from './listings';
import { LOGIN } from './login';
import { LOST_CONNECTIONS } from './lost-connections';
import { PASSIVE_MODE } from './passive-mode';
import { RAW_COMMANDS } from './raw-commands';
import { REPLY_TEXT } from './reply-text';
import { SESSION } from './session';
import { TRANSFER_COMMANDS } from './transfer-commands';
import { UPLOADS } from './uploads';

/** All cases by subject. The subjects are also the keys of EXCEPTIONS. */
export const TABLES: Readonly<Record<string, readonly Case[]>> = {
  'connect, quit, close': SESSION,
  login: LOGIN,
  'sendcmd, voidcmd, voidresp': RAW_COMMANDS,
  'the text of replies': REPLY_TEXT,
  'files and directories': DIRECTORIES,
  'retrbinary and retrlines': DOWNLOADS,
  'storbinary and storlines': UPLOADS,
  'nlst, dir, mlsd': LISTINGS,
  'transfercmd, ntransfercmd, abort': TRANSFER_COMMANDS,
  'passive mode': PASSIVE_MODE,
  'active mode': ACTIVE_MODE,
  'lost connections and 421': LOST_CONNECTIONS,
  'bad arguments': ARGUMENTS,
};
