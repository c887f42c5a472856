import { nearestWord, normalizedWord } from '../util/nearest-word';

/**
 * Names in other clients, in ftplib and in Node, in lower case, and the options they correspond to.
 */
const ALIASES = new Map<string, readonly string[]>(
  Object.entries({
    abortsignal: ['signal'],
    active: ['passive'],
    address: ['host'],
    allowseparatetransferhost: ['trustServerPasvIPv4Address'],
    aborttimeout: ['timeouts.abort'],
    charset: ['encoding'],
    chunksize: ['blocksize'],
    conntimeout: ['timeouts.connect'],
    connectiontimeout: ['timeouts.connect'],
    connecttimeout: ['timeouts.connect'],
    controlencoding: ['encoding'],
    datatimeout: ['timeouts.dataIdle', 'timeout'],
    eprt: ['activeCommands', 'passive'],
    epsv: ['passiveCommands', 'passive'],
    explicit: ['secure'],
    forcepasv: ['passiveCommands', 'passive'],
    ftps: ['secure'],
    greetingtimeout: ['timeouts.greeting'],
    highwatermark: ['blocksize'],
    hostname: ['host'],
    idletimeout: ['timeouts.dataIdle'],
    implicittls: ['implicit'],
    login: ['user'],
    name: ['user'],
    noop: ['noopInterval'],
    offset: ['rest'],
    onprogress: ['onProgress'],
    pass: ['password'],
    passivemode: ['passive'],
    passwort: ['password'],
    pasv: ['passive'],
    pasvtimeout: ['timeouts.dataConnect'],
    progress: ['onProgress'],
    pwd: ['password'],
    resume: ['rest'],
    securecontext: ['tls.secureContext'],
    secureoptions: ['tls', 'tls.secureOptions'],
    server: ['host'],
    showhidden: ['hidden', 'all'],
    sourceaddress: ['localAddress'],
    ssl: ['secure'],
    start: ['rest'],
    startat: ['rest'],
    timezone: ['serverTimeZone'],
    tlsoptions: ['tls'],
    trustpasvaddress: ['trustServerPasvIPv4Address'],
    tz: ['serverTimeZone'],
    username: ['user'],
  }),
);

/**
 * Finds the known option name that the user most likely meant. `undefined` if none is similar.
 * @param known - option names; nested ones, like `timeouts.reply`, also match by their last part
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const alias = ALIASES.get(normalizedWord(name))?.find((each) => known.includes(each));
  if (alias !== undefined) return alias;
  return nearestWord(name, known, (each) => each.slice(each.indexOf('.') + 1));
}
