import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type TarBlock, tarBlocks } from './tar-blocks.ts';

/** A key pair as abuild-keygen makes it. */
export interface ApkKeyPair {
  /** Its file's name in /etc/apk/keys. */
  readonly name: string;
  /** PEM */
  readonly publicKey: string;
  readonly privateKey: string;
}

export function apkKeyPair(name: string): ApkKeyPair {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { name, ...pair };
}

/** A package in its three members, as they are stored. */
export interface ApkMembers {
  readonly signature: Buffer;
  readonly control: Buffer;
  readonly data: Buffer;
}

export interface SmallApk {
  readonly name: string;
  readonly version: string;
  readonly data: readonly TarBlock[];
  /** Over the lines of .PKGINFO; undefined leaves one out. */
  readonly info?: Readonly<Record<string, string | undefined>>;
  /** Over the fields of its record in the index. */
  readonly record?: Readonly<Record<string, string>>;
}

/** The signature member of some stored bytes. */
export function apkSignature(member: Uint8Array, key: ApkKeyPair, algorithm = 'RSA'): Buffer {
  const hash = algorithm === 'RSA256' ? 'RSA-SHA256' : 'RSA-SHA1';
  const body = sign(hash, member, key.privateKey).toString('latin1');
  return gzipSync(tarBlocks([{ name: `.SIGN.${algorithm}.${key.name}`, body }], false));
}

export function apkMembers(
  { name, version, data: blocks, info = {} }: SmallApk,
  key: ApkKeyPair,
): ApkMembers {
  const data = gzipSync(tarBlocks(blocks));
  const lines = {
    pkgname: name,
    pkgver: version,
    arch: 'x86_64',
    size: '4096',
    datahash: createHash('sha256').update(data).digest('hex'),
    ...info,
  };
  const text = Object.entries(lines).flatMap(([field, value]) =>
    value === undefined ? [] : `${field} = ${value}\n`,
  );
  const control = gzipSync(tarBlocks([{ name: '.PKGINFO', body: text.join('') }], false));
  return { signature: apkSignature(control, key), control, data };
}

/** The text of an index of packages. */
export function apkIndexText(packages: readonly (readonly [SmallApk, ApkMembers])[]): string {
  const records = packages.map(([{ name, version, record = {} }, { signature, control, data }]) => {
    const fields = {
      C: `Q1${createHash('sha1').update(control).digest('base64')}`,
      P: name,
      V: version,
      A: 'x86_64',
      S: String(signature.length + control.length + data.length),
      I: '4096',
      T: 'made by a test',
      ...record,
    };
    return `${Object.entries(fields)
      .map(([letter, value]) => `${letter}:${value}\n`)
      .join('')}\n`;
  });
  return records.join('');
}

/** The signed member of an index. */
export function apkIndexMember(text: string): Buffer {
  return gzipSync(
    tarBlocks([
      { name: 'DESCRIPTION', body: 'test' },
      { name: 'APKINDEX', body: text },
    ]),
  );
}

/** A repository as a server has it: files by their paths. */
export function apkRepository(packages: readonly SmallApk[], key: ApkKeyPair): Map<string, Buffer> {
  const made = packages.map((item) => [item, apkMembers(item, key)] as const);
  const index = apkIndexMember(apkIndexText(made));
  return new Map([
    ['/x86_64/APKINDEX.tar.gz', Buffer.concat([apkSignature(index, key), index])],
    ...made.map(
      ([{ name, version }, { signature, control, data }]) =>
        [`/x86_64/${name}-${version}.apk`, Buffer.concat([signature, control, data])] as const,
    ),
  ]);
}
