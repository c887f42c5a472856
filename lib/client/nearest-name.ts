/** What options are called elsewhere: in other clients, in ftplib, in Node. In small letters. */
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
 * The known name that is most likely meant; `undefined` if none is near.
 * @param known - names; those within an option, like `timeouts.reply`, are known by their last part, too
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const meant = simple(name);
  const alias = ALIASES.get(meant)?.find((each) => known.includes(each));
  if (alias !== undefined) return alias;
  let nearest: string | undefined;
  let least = Math.min(Math.ceil(meant.length / 3), 3) + 1;
  for (const each of known) {
    const distance = editDistance(meant, simple(each.slice(each.indexOf('.') + 1)));
    if (distance >= least) continue;
    least = distance;
    nearest = each;
  }
  return nearest;
}

/** As different styles of writing names have it in common. */
function simple(name: string): string {
  return name.slice(0, 40).replace(/[-_]/g, '').toLowerCase();
}

/** Letters to add, leave out, exchange or swap with the next to make one word of another. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (last[j - 1] as number) + (isSame ? 0 : 1),
        isSwap ? (before[j - 2] as number) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = last;
    last = row;
  }
  return last[b.length] as number;
}
