/** A signed repository of as many packages as Alpine has, in the likeness of its indexes; without the packages. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export const KEY_NAME = 'bench@example.org-1.rsa.pub';

/** Writes `x86_64/APKINDEX.tar.gz` and the public key beside it. */
export async function makeLargeRepository(folder, count) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const text = Array.from({ length: count }, (_, index) => record(index)).join('');
  const member = gzipSync(
    tar(
      [
        ['DESCRIPTION', 'bench'],
        ['APKINDEX', text],
      ],
      true,
    ),
  );
  const signature = sign('RSA-SHA1', member, privateKey);
  const signatures = gzipSync(tar([[`.SIGN.RSA.${KEY_NAME}`, signature]], false));
  mkdirSync(join(folder, 'x86_64'), { recursive: true });
  writeFileSync(join(folder, 'x86_64/APKINDEX.tar.gz'), Buffer.concat([signatures, member]));
  writeFileSync(join(folder, KEY_NAME), publicKey);
}

/** Each package needs some of those before it, by name and by library; each fifth brings documentation along. */
function record(index) {
  const name = `package-${index}`;
  const version = `${1 + (index % 7)}.${index % 13}.${index % 5}-r${index % 3}`;
  const digest = createHash('sha1').update(name).digest();
  const below = [3, 7, 11].map((step) => Math.floor((index * step) / 13)).filter((other) => other < index);
  const depends = [
    'so:libc.musl-x86_64.so.1',
    ...below.map((other, at) => (at % 2 ? `so:lib${other}.so.1` : `package-${other}`)),
  ];
  const provides = [
    `so:lib${index}.so.1=1.${index % 9}.0`,
    `cmd:tool-${index}=${version}`,
    `cmd:tool-${index}-helper=${version}`,
  ];
  const lines = [
    `C:Q1${digest.toString('base64')}`,
    `P:${name}`,
    `V:${version}`,
    'A:x86_64',
    `S:${10_000 + index}`,
    `I:${40_960 + index}`,
    `T:Package number ${index} of an index as large as that of Alpine, with some words on what it is for`,
    `U:https://example.org/projects/${name}`,
    'L:MIT AND GPL-2.0-or-later',
    `o:${name}`,
    'm:Somebody <somebody@example.org>',
    `t:${1_690_000_000 + index}`,
    `c:${digest.toString('hex')}`,
    ...(index % 10 === 0 ? ['k:10'] : []),
    `D:${depends.join(' ')}`,
    `p:${provides.join(' ')}`,
    ...(index % 5 === 0 && index > 0 ? [`i:docs package-${index - 1}=${1 + ((index - 1) % 7)}.0.0-r0`] : []),
  ];
  return `${lines.join('\n')}\n\n`;
}

function tar(files, hasEnd) {
  const parts = files.flatMap(([name, body]) => {
    const bytes = Buffer.from(body);
    const block = Buffer.alloc(512);
    block.write(name, 0);
    for (const [at, text] of [
      [100, '0000644'],
      [108, '0000000'],
      [116, '0000000'],
      [136, '00000000000'],
      [156, '0'],
      [257, 'ustar'],
    ]) {
      block.write(text, at);
    }
    block.write(bytes.length.toString(8).padStart(11, '0'), 124);
    block.write('00', 263);
    block.fill(' ', 148, 156);
    block.write(
      `${block
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0`,
      148,
    );
    return [block, bytes, Buffer.alloc(-bytes.length & 511)];
  });
  return Buffer.concat([...parts, Buffer.alloc(hasEnd ? 1024 : 0)]);
}
