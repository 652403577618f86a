import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type TarBlock, tarBlocks } from './tar-blocks.ts';

export interface ApkPackage {
  readonly name: string;
  readonly version: string;
  /** `.pre-install` and the like. */
  readonly scripts?: Readonly<Record<string, string>>;
  readonly data: readonly TarBlock[];
}

/**
 * Makes a signed repository of apk v2 packages (apk-package(5)), as abuild does: gzip members of a signature,
 * of control and of data, each a tar without its end but for the last.
 *
 * @returns the public key in PEM, and the name that it must have in /etc/apk/keys
 */
export function makeRepository(
  folder: string,
  packages: readonly ApkPackage[],
): { readonly keyName: string; readonly publicKey: string } {
  const keyName = 'test@example.org-1.rsa.pub';
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const signed = (member: Buffer): Buffer => {
    const body = sign('RSA-SHA1', member, privateKey).toString('latin1');
    const signature = tarBlocks([{ name: `.SIGN.RSA.${keyName}`, body }], false);
    return Buffer.concat([gzipSync(signature), member]);
  };
  const architecture = join(folder, 'x86_64');
  mkdirSync(architecture, { recursive: true });
  const index = packages.map((item) => {
    const data = gzipSync(tarBlocks(item.data));
    const control = gzipSync(tarBlocks(controlBlocks(item, data), false));
    const file = Buffer.concat([signed(control), data]);
    writeFileSync(join(architecture, `${item.name}-${item.version}.apk`), file);
    return indexRecord(item, control, file.length);
  });
  const tar = tarBlocks([
    { name: 'DESCRIPTION', body: 'test' },
    { name: 'APKINDEX', body: index.join('') },
  ]);
  writeFileSync(join(architecture, 'APKINDEX.tar.gz'), signed(gzipSync(tar)));
  return { keyName, publicKey };
}

function controlBlocks({ name, version, scripts = {} }: ApkPackage, data: Buffer): TarBlock[] {
  const info = [
    `pkgname = ${name}`,
    `pkgver = ${version}`,
    'pkgdesc = made by a test',
    'url = https://example.org',
    'arch = x86_64',
    'size = 4096',
    `datahash = ${createHash('sha256').update(data).digest('hex')}`,
  ];
  return [
    { name: '.PKGINFO', body: `${info.join('\n')}\n` },
    ...Object.entries(scripts).map(([file, body]) => ({ name: file, body, mode: 0o755 })),
  ];
}

function indexRecord({ name, version }: ApkPackage, control: Buffer, size: number): string {
  const checksum = `Q1${createHash('sha1').update(control).digest('base64')}`;
  return `C:${checksum}\nP:${name}\nV:${version}\nA:x86_64\nS:${size}\nI:4096\nT:made by a test\nU:https://example.org\nL:MIT\n\n`;
}
