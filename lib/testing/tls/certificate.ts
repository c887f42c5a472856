import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** Options of `makeCertificate()`. */
export interface CertificateOptions {
  /** Its host names and IP addresses. Default `localhost`, `127.0.0.1`, `::1`. */
  readonly names?: readonly string[];
  /** The common name of its subject and issuer. Default: the first of the names. */
  readonly commonName?: string;
  /** The number of days from now for which it is valid. Default 30. */
  readonly days?: number;
  /** When it expires, instead of `days`. A date in the past makes an expired certificate. */
  readonly notAfter?: Date;
}

/**
 * A private key and its certificate, in PEM, as `tls.createServer` and `tls.connect` accept them.
 */
export interface Certificate {
  /** The private key in PEM. */
  readonly key: string;
  /** The certificate in PEM. */
  readonly cert: string;
}

const DAY = 24 * 3600 * 1000;

/**
 * Generates a self-signed certificate and its key (EC, P-256), for tests only. A client trusts it
 * if it is passed as `ca`.
 */
export function makeCertificate(options: CertificateOptions = {}): Certificate {
  const { names = ['localhost', '127.0.0.1', '::1'], days = 30 } = options;
  const { commonName = names[0] ?? 'test', notAfter = new Date(Date.now() + days * DAY) } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  // Valid from one day ago, because clocks differ, but never from after its end.
  const notBefore = new Date(Math.min(Date.now(), notAfter.getTime()) - DAY);
  const subject = sequence(set(sequence(oid('2.5.4.3'), text(0x0c, commonName))));
  const algorithm = sequence(oid('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256
  const body = sequence(
    der(0xa0, integer(Buffer.of(2))), // version 3
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    subject, // the issuer
    sequence(time(notBefore), time(notAfter)),
    subject,
    spki,
    der(0xa3, sequence(...extensions(names, spki))),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, algorithm, der(0x03, Buffer.of(0), signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem(certificate),
  };
}

/** The extensions that strict verifiers require in a CA certificate (RFC 5280 §4.2.1). */
function extensions(names: readonly string[], spki: Buffer): Buffer[] {
  const critical = der(0x01, Buffer.of(0xff));
  const extension = (id: string, ...parts: Buffer[]) => sequence(oid(id), ...parts);
  const keyId = createHash('sha1').update(spki).digest();
  const all = [
    extension('2.5.29.19', critical, octets(sequence(critical))), // basicConstraints, CA:TRUE
    extension('2.5.29.15', critical, octets(der(0x03, Buffer.of(2, 0x84)))), // sign, keyCertSign
    extension('2.5.29.14', octets(octets(keyId))), // subjectKeyIdentifier
  ];
  if (names.length > 0) all.push(extension('2.5.29.17', octets(sequence(...names.map(altName)))));
  return all;
}

/** An entry of subjectAltName: `[7]` for an address, `[2]` for a name. */
function altName(name: string): Buffer {
  return isIP(name) ? der(0x87, addressBytes(name)) : text(0x82, name);
}

/** The 4 or 16 bytes of an address. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // URL writes an IPv6 address in one form only: hexadecimal groups, with at most one "::".
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (side = '') => side.split(':').filter((group) => group !== '');
  const zeros = Array<string>(8 - groups(head).length - groups(tail).length).fill('0');
  const all = [...groups(head), ...zeros, ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** One value of ASN.1's DER: a tag, the length, the content (X.690 §8.1). */
function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const { length } = body;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), body]);
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), body]);
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), body]);
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const set = (...parts: Buffer[]) => der(0x31, ...parts);
const octets = (content: Buffer) => der(0x04, content);
const text = (tag: number, value: string) => der(tag, Buffer.from(value));
/** A positive integer: the first bit of the bytes must be 0. */
const integer = (bytes: Buffer) => der(0x02, bytes);

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const septets = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) septets.unshift((left & 0x7f) | 0x80);
    bytes.push(...septets);
  }
  return der(0x06, Buffer.from(bytes));
}

/** UTCTime up to 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().slice(0, 19).replace(/[-T:]/g, '')}Z`;
  return date.getUTCFullYear() < 2050 ? text(0x17, digits.slice(2)) : text(0x18, digits);
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
