/** Repositories of apk that were tampered with, cooked by the whole product without proot: nothing of them is kept. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CookOptions } from '../../src/cook/options.ts';
import { type ErrorCode, RootlessBakeError } from '../../src/errors.ts';
import { readIndexFile, readPackageFile } from '../../src/formats/apk/index.ts';
import { Loopback } from '../support/loopback.ts';
import {
  apkIndexMember,
  apkIndexText,
  apkKeyPair,
  apkMembers,
  apkRepository,
  apkSignature,
  type SmallApk,
} from '../support/small-apk.ts';
import { flip, Tampering } from '../support/tampering.ts';
import { paxRecord, type TarBlock, tarBlocks } from '../support/tar-blocks.ts';

const key = apkKeyPair('test@example.org-1.rsa.pub');
const stranger = apkKeyPair('stranger@example.org-1.rsa.pub');
const impostor = { ...stranger, name: key.name };

const directory: TarBlock = { name: 'etc/', typeflag: '5', mode: 0o755 };
const ONE: SmallApk = {
  name: 'one',
  version: '1.0-r0',
  data: [directory, { name: 'etc/one.conf', body: 'one\n' }, { name: 'etc/large', body: 'x'.repeat(9000) }],
};
const TWO: SmallApk = {
  name: 'two',
  version: '2',
  data: [directory, { name: 'etc/two.conf', body: 'two\n' }],
};
const HONEST = apkRepository([ONE, TWO], key);

const INDEX = '/x86_64/APKINDEX.tar.gz';
const PACKAGE = '/x86_64/one-1.0-r0.apk';
const members = apkMembers(ONE, key);
const index = apkIndexMember(
  apkIndexText([
    [ONE, members],
    [TWO, apkMembers(TWO, key)],
  ]),
);

const folder = mkdtempSync(join(tmpdir(), 'rb-hostile-apk-'));
let server: Loopback;
let files: Map<string, Buffer>;
let tampering: Tampering;

beforeAll(async () => {
  server = await Loopback.start();
  server.answer = ({ url = '' }, response) => {
    const file = files.get(url);
    response.writeHead(file ? 200 : 404).end(file);
  };
  writeFileSync(join(folder, key.name), key.publicKey);
  const options: CookOptions = {
    base: { empty: true },
    apk: 'native',
    packages: ['one', 'two'],
    repositories: [server.url('')],
    apkKeys: [join(folder, key.name)],
  };
  tampering = new Tampering(options, () => {
    files = new Map(HONEST);
  });
});
afterAll(async () => {
  await server.stop();
  tampering.remove();
  rmSync(folder, { recursive: true });
});

const serve = (path: string, file: Buffer) => () => {
  files.set(path, file);
  return undefined;
};
const packageOf = ({ signature, control, data }: typeof members) => Buffer.concat([signature, control, data]);
const indexOf = (member: Buffer, by = key) => Buffer.concat([apkSignature(member, by), member]);

/** The same gzip member with another byte of what it holds. */
const inside = (member: Buffer, part = 0.5) => gzipSync(flip(gunzipSync(member), part));

const [SIGNATURE, DAMAGED] = ['RB_SIGNATURE_INVALID', 'RB_ARCHIVE_DAMAGED'] as const;
const changed = (part: 'control' | 'data', bytes: Buffer) => packageOf({ ...members, [part]: bytes });

test.each<[string, ErrorCode, string, string, Buffer]>([
  ['the index, in its first byte', DAMAGED, 'gzip', INDEX, flip(HONEST.get(INDEX)!, 0)],
  ['the index, in its signed member', SIGNATURE, 'not those', INDEX, flip(HONEST.get(INDEX)!, 0.9)],
  ['the index, in its last byte', SIGNATURE, 'not those', INDEX, flip(HONEST.get(INDEX)!, 1)],
  [
    'the index, in what it holds',
    SIGNATURE,
    'not those',
    INDEX,
    Buffer.concat([apkSignature(index, key), inside(index)]),
  ],
  [
    'the index, in its signature',
    SIGNATURE,
    'not those',
    INDEX,
    Buffer.concat([inside(apkSignature(index, key)), index]),
  ],
  [
    'the index, by something behind it',
    SIGNATURE,
    'not those',
    INDEX,
    Buffer.concat([HONEST.get(INDEX)!, Buffer.alloc(1)]),
  ],
  [
    'the index, by a signature of something else',
    SIGNATURE,
    'not those',
    INDEX,
    Buffer.concat([members.signature, index]),
  ],
  ['the index: it ends early', SIGNATURE, 'not those', INDEX, HONEST.get(INDEX)!.subarray(0, -1)],
  ['the index: it ends in its signature', DAMAGED, 'ends', INDEX, HONEST.get(INDEX)!.subarray(0, 99)],
  ['the index: it is empty', DAMAGED, 'gzip', INDEX, Buffer.alloc(0)],
  ['the index: it is a page', DAMAGED, 'gzip', INDEX, Buffer.from('<html>')],
  ['the index: it is of apk 3', 'RB_ARCHIVE_UNSUPPORTED', 'apk-tools 3', INDEX, Buffer.from('ADBd')],
  ['the index: it is not signed', SIGNATURE, 'not signed', INDEX, index],
  ['the index: it is signed by a stranger', SIGNATURE, stranger.name, INDEX, indexOf(index, stranger)],
  ['the index: it is signed by an impostor', SIGNATURE, 'not those', INDEX, indexOf(index, impostor)],
  [
    'the index: it is signed in another way',
    SIGNATURE,
    'not signed',
    INDEX,
    Buffer.concat([gzipSync(tarBlocks([{ name: `.SIGN.NONE.${key.name}`, body: 'x' }], false)), index]),
  ],
  [
    'the index: its signature is a bomb',
    'RB_LIMIT_EXCEEDED',
    '1048576 bytes',
    INDEX,
    gzipSync(Buffer.alloc(9 << 20)),
  ],
  [
    'the control part, in its first byte',
    DAMAGED,
    'gzip',
    PACKAGE,
    changed('control', flip(members.control, 0)),
  ],
  [
    'the control part, in its stream',
    DAMAGED,
    'wrong',
    PACKAGE,
    changed('control', flip(members.control, 0.5)),
  ],
  [
    'the control part, in its last byte',
    DAMAGED,
    'checksum',
    PACKAGE,
    changed('control', flip(members.control, 1)),
  ],
  [
    'the control part, in what it holds',
    SIGNATURE,
    'index',
    PACKAGE,
    changed('control', inside(members.control)),
  ],
  ['the data, in its first byte', SIGNATURE, 'its data', PACKAGE, changed('data', flip(members.data, 0))],
  ['the data, in its stream', SIGNATURE, 'its data', PACKAGE, changed('data', flip(members.data, 0.5))],
  ['the data, in its last byte', SIGNATURE, 'its data', PACKAGE, changed('data', flip(members.data, 1))],
  ['the data, in what it holds', SIGNATURE, 'its data', PACKAGE, changed('data', inside(members.data, 0.01))],
  ['the data: there is none', SIGNATURE, 'its data', PACKAGE, changed('data', Buffer.alloc(0))],
  [
    'the data: there is something behind it',
    SIGNATURE,
    'its data',
    PACKAGE,
    changed('data', Buffer.concat([members.data, gzipSync('x')])),
  ],
  ['the package: it ends early', SIGNATURE, 'its data', PACKAGE, HONEST.get(PACKAGE)!.subarray(0, -1)],
  [
    'the package: it ends in its control part',
    DAMAGED,
    'ends',
    PACKAGE,
    HONEST.get(PACKAGE)!.subarray(0, members.signature.length + 60),
  ],
  ['the package: it is empty', DAMAGED, 'gzip', PACKAGE, Buffer.alloc(0)],
  [
    'the package: it is another, signed as well',
    SIGNATURE,
    'index',
    PACKAGE,
    packageOf(apkMembers(TWO, key)),
  ],
  ['the package: it is of apk 3', 'RB_ARCHIVE_UNSUPPORTED', 'apk-tools 3', PACKAGE, Buffer.from('ADBd')],
])('tampering with %s: %s', async (_, code, says, path, file) => {
  await tampering.refuses(serve(path, file), { code, says });
});

test.each<[string, string, string, string]>([
  ['no key', '', '', key.name],
  ['another key', stranger.name, stranger.publicKey, key.name],
  ['another key of that name', key.name, stranger.publicKey, 'not those'],
  ['what is no key', key.name, 'no key', 'no public key'],
])('%s', async (_, name, pem, says) => {
  const other = mkdtempSync(join(folder, 'keys-'));
  if (pem !== '') writeFileSync(join(other, name), pem);
  const apkKeys = pem === '' ? [] : [join(other, name)];
  await tampering.refuses(() => ({ apkKeys }), { code: SIGNATURE, says });
});

/** Packages that the known key has signed, whatever they hold: their files may be kept. */
describe('a signed package with', () => {
  const file = (name: string): TarBlock => ({ name, body: 'x' });
  const pax = (name: string, value: string): TarBlock => ({ typeflag: 'x', body: paxRecord(name, value) });
  const link = (typeflag: string, linkname: string): TarBlock => ({ name: 'etc/a', typeflag, linkname });

  test.each<[string, ErrorCode, readonly TarBlock[]]>([
    ['a path that climbs', DAMAGED, [file('etc/../../x')]],
    ['a path that climbs, in PAX', DAMAGED, [pax('path', 'etc/../../x'), file('etc/x')]],
    ['an absolute path', DAMAGED, [file('/etc/x')]],
    ['a path with a line feed, a record of the database', DAMAGED, [file('etc/x\nP:evil')]],
    ['a path with NUL', DAMAGED, [pax('path', 'etc/x\0y'), file('etc/x')]],
    ['a name of 256 bytes', DAMAGED, [pax('path', `etc/${'n'.repeat(256)}`), file('etc/x')]],
    ['a hard link to outside', DAMAGED, [link('1', '../../etc/shadow')]],
    ['a hard link to another package', DAMAGED, [link('1', 'etc/two.conf')]],
    ['a hard link to a directory', DAMAGED, [directory, link('1', 'etc')]],
    ['a link without target', DAMAGED, [link('2', '')]],
    ['a link to a name with NUL', DAMAGED, [pax('linkpath', 'a\0b'), link('2', 'x')]],
    ['a link to 4096 bytes', DAMAGED, [pax('linkpath', 'a'.repeat(4096)), link('2', 'x')]],
    ['a size beyond its end', DAMAGED, [{ name: 'etc/x', size: 1e6 }]],
    ['a size that is none', DAMAGED, [pax('size', '-1'), file('etc/x')]],
    ['a negative owner', DAMAGED, [{ name: 'etc/x', uid: -1 }]],
    ['a device that Linux cannot have', DAMAGED, [{ name: 'etc/x', typeflag: '3', major: 4096 }]],
    ['an unknown type', DAMAGED, [{ name: 'etc/x', typeflag: '!' }]],
    ['PAX that is none', DAMAGED, [{ typeflag: 'x', body: '7 a=b\n' }, file('etc/x')]],
    ['a file in the place of a folder of another', 'RB_TREE_CONFLICT', [file('etc')]],
    ['a file of another', 'RB_TREE_CONFLICT', [directory, file('etc/two.conf')]],
  ])('%s: %s', async (_, code, data) => {
    await refusesSigned({ ...ONE, data }, code);
  });

  test.each<[string, ErrorCode, Partial<SmallApk>]>([
    ['no digest of its data', DAMAGED, { info: { datahash: undefined } }],
    ['a digest that is none', SIGNATURE, { info: { datahash: 'x' } }],
    ['a name that leads out of the cache', DAMAGED, { name: '../../one', record: { p: 'one=1.0-r0' } }],
    ['a version that leads out of the cache', DAMAGED, { version: '1/../../../2' }],
  ])('%s: %s', async (_, code, over) => {
    await refusesSigned({ ...ONE, ...over }, code);
  });

  async function refusesSigned(item: SmallApk, code: ErrorCode): Promise<void> {
    const repository = apkRepository([item, TWO], key);
    const replace = () => {
      files = new Map([...repository].map(([path, bytes]) => [new URL(path, 'http://x').pathname, bytes]));
      return undefined;
    };
    await tampering.refuses(replace, { code, allows: 'signed' });
  }
});

/** Only the header of the signature's own gzip member says nothing that anybody relies on. */
test('not one byte of an index or a package may be another', () => {
  const keys = new Map([[key.name, key.publicKey]]);
  const identity = `Q1${apkIndexText([[ONE, members]]).slice(4, 32)}`;
  const signatureLength = members.signature.length;
  let silent = 0;
  for (const [file, read] of [
    [HONEST.get(INDEX)!, (bytes: Buffer) => readIndexFile(bytes, keys, 'index')],
    [HONEST.get(PACKAGE)!, (bytes: Buffer) => readPackageFile(bytes, { what: 'one', identity })],
    [HONEST.get(PACKAGE)!, (bytes: Buffer) => readPackageFile(bytes, { what: 'one', keys })],
  ] as const) {
    read(file);
    for (let at = 0; at < file.length; at += 1) {
      const bytes = Buffer.from(file);
      bytes[at]! ^= 0x20;
      try {
        read(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(RootlessBakeError);
        continue;
      }
      expect(at).toBeLessThan(signatureLength);
      silent += 1;
    }
  }
  expect(silent).toBeLessThan(200);
});
