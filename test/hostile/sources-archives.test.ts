/** What an archive may hold to get out of its root, as a base by URL and as a layer of an image: the whole product. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BaseOptions } from '../../src/cook/options.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { cookIn } from '../support/cook-in.ts';
import { Loopback } from '../support/loopback.ts';
import { SmallRegistry } from '../support/small-registry.ts';
import { Tampering } from '../support/tampering.ts';
import { paxRecord, type TarBlock, tarBlocks } from '../support/tar-blocks.ts';

const pax = (key: string, value: string): TarBlock => ({ typeflag: 'x', body: paxRecord(key, value) });
const symlink = (name: string, linkname: string): TarBlock => ({ typeflag: '2', name, linkname });
const hardlink = (name: string, linkname: string): TarBlock => ({ typeflag: '1', name, linkname });
const directory = (name: string): TarBlock => ({ typeflag: '5', name, mode: 0o755 });
const file = (name: string, body = 'x'): TarBlock => ({ name, body });

const BELOW: readonly TarBlock[] = [directory('etc/'), file('etc/passwd', 'root'), directory('srv/')];

let server: Loopback;
let registry: SmallRegistry;
let archive: Buffer;

beforeAll(async () => {
  server = await Loopback.start();
});
afterAll(() => server.stop());

/** Serves blocks as a tar by URL. */
function asTar(blocks: readonly TarBlock[]): BaseOptions {
  archive = gzipSync(tarBlocks([...BELOW, ...blocks]));
  server.answer = (_, response) => response.end(archive);
  return { tar: server.url('/root.tar.gz'), sha256: createHash('sha256').update(archive).digest('hex') };
}

/** Serves blocks as the upper layer of an image. */
function asLayer(blocks: readonly TarBlock[]): BaseOptions {
  registry = new SmallRegistry();
  registry.tag('one', registry.indexed({ layers: [{ tar: BELOW }, { tar: blocks }] }));
  server.answer = registry.answer('a/b');
  return { oci: `${server.host}/a/b:one` };
}

const REFUSED: readonly (readonly [string, ErrorCode, readonly TarBlock[]])[] = [
  ['a name that climbs out', 'RB_PATH_INVALID', [file('../etc/passwd')]],
  ['an absolute name that climbs out', 'RB_PATH_INVALID', [file('/../etc/passwd')]],
  ['a name that climbs in the middle', 'RB_PATH_INVALID', [file('etc/../../x')]],
  ['a name that climbs and comes back', 'RB_PATH_INVALID', [file('etc/../etc/passwd')]],
  ['a name that climbs, in PAX', 'RB_PATH_INVALID', [pax('path', '../x'), file('ok')]],
  [
    'a name that climbs, in a long name of GNU',
    'RB_PATH_INVALID',
    [{ typeflag: 'L', body: '../x\0' }, file('ok')],
  ],
  ['a directory that climbs', 'RB_PATH_INVALID', [directory('../x/')]],
  ['a name with NUL', 'RB_PATH_INVALID', [pax('path', 'etc/passwd\0.txt'), file('ok')]],
  ['a name of 256 bytes', 'RB_PATH_INVALID', [pax('path', 'n'.repeat(256)), file('ok')]],
  ['a path of 4096 bytes', 'RB_PATH_INVALID', [pax('path', 'd/'.repeat(2048)), file('ok')]],
  ['a hard link that climbs out', 'RB_PATH_INVALID', [hardlink('a', '../../etc/shadow')]],
  ['a hard link to what is not there', 'RB_ARCHIVE_DAMAGED', [hardlink('a', '/etc/shadow')]],
  ['a hard link to a directory', 'RB_ARCHIVE_DAMAGED', [hardlink('a', 'etc')]],
  ['a hard link to itself', 'RB_ARCHIVE_DAMAGED', [hardlink('a', 'a')]],
  [
    'a hard link through a link that climbs',
    'RB_ARCHIVE_DAMAGED',
    [symlink('up', '../..'), hardlink('a', 'up/root')],
  ],
  ['a link without target', 'RB_PATH_INVALID', [symlink('a', '')]],
  ['a link to a name with NUL', 'RB_PATH_INVALID', [pax('linkpath', 'a\0b'), symlink('a', 'b')]],
  ['a link to 4096 bytes', 'RB_PATH_INVALID', [pax('linkpath', 'a'.repeat(4096)), symlink('a', 'b')]],
  ['a file below a file', 'RB_TREE_CONFLICT', [file('etc/passwd/x')]],
  ['a file below a link to nowhere', 'RB_TREE_CONFLICT', [symlink('a', '/nowhere'), file('a/b')]],
  [
    'a file below links that go round',
    'RB_TREE_CONFLICT',
    [symlink('a', 'b'), symlink('b', 'a'), file('a/x')],
  ],
  ['a file in the place of the root', 'RB_PATH_INVALID', [file('.')]],
  ['a size that is negative', 'RB_ARCHIVE_DAMAGED', [{ name: 'a', size: -1 }]],
  ['a size beyond the end', 'RB_ARCHIVE_DAMAGED', [{ name: 'a', size: 1e6 }]],
  ['a size in PAX that is none', 'RB_ARCHIVE_DAMAGED', [pax('size', '0x10'), file('a')]],
  ['a size beyond all numbers', 'RB_ARCHIVE_DAMAGED', [pax('size', '9'.repeat(30)), file('a')]],
  ['an owner that is negative', 'RB_ARCHIVE_DAMAGED', [{ name: 'a', uid: -1 }]],
  ['an owner beyond 32 bits', 'RB_ARCHIVE_DAMAGED', [pax('uid', '4294967296'), file('a')]],
  ['PAX that is none', 'RB_ARCHIVE_DAMAGED', [{ typeflag: 'x', body: '7 a=b\n' }, file('a')]],
  ['a device that Linux cannot have', 'RB_ARCHIVE_DAMAGED', [{ name: 'a', typeflag: '4', major: 4096 }]],
  ['an unknown type', 'RB_ARCHIVE_UNSUPPORTED', [{ name: 'a', typeflag: '!' }]],
];

const HONEST = [file('hello', 'world')];

describe.each([
  ['a base by URL', asTar, () => [archive]],
  ['a layer', asLayer, () => []],
] as const)('%s with', (_, serve, allows) => {
  let tampering: Tampering;

  beforeAll(() => {
    tampering = new Tampering({ base: serve(HONEST) }, () => void serve(HONEST));
  });
  afterAll(() => tampering.remove());

  test.each(REFUSED)('%s: %s', async (_name, code, blocks) => {
    // The digest of a tar by URL is the recipe's own word: what it names may lie in the store.
    const base = serve(blocks);
    await tampering.refuses(() => ({ base: serve(blocks) }), { code, allows: 'tar' in base ? allows() : [] });
  });
});

describe('a layer with', () => {
  let tampering: Tampering;

  beforeAll(() => {
    tampering = new Tampering({ base: asLayer(HONEST) }, () => void asLayer(HONEST));
  });
  afterAll(() => tampering.remove());

  test.each(['.wh.', 'etc/.wh..', 'etc/.wh...', 'etc/.wh..wh.plnk', '.wh..wh..opq.wh.'])(
    'the whiteout %s',
    async (name) => {
      const refusal = { code: 'RB_OCI_UNSUPPORTED', says: 'no whiteout' } as const;
      await tampering.refuses(() => ({ base: asLayer([file(name)]) }), refusal);
    },
  );

  test.each(['../.wh.etc', 'etc/../.wh.etc', '../.wh..wh..opq'])('the climbing whiteout %s', async (name) => {
    await tampering.refuses(() => ({ base: asLayer([file(name)]) }), { code: 'RB_PATH_INVALID' });
  });
});

/** The paths of a root that was cooked, beside those of every one here. */
async function cooked(base: BaseOptions): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rb-archives-'));
  try {
    const root = await cookIn(folder, { base });
    const paths = [...root.tree.walk()].map(({ path }) => path);
    await root.dispose();
    return paths.filter((path) => !['/', '/etc', '/srv'].includes(path));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const KEPT: readonly (readonly [string, readonly TarBlock[], readonly string[]])[] = [
  ['absolute names, which count from the root', [file('/abs')], ['/abs', '/etc/passwd']],
  [
    'a way through a link that climbs out',
    [symlink('out', '../../../../etc'), file('out/x')],
    ['/etc/passwd', '/etc/x', '/out'],
  ],
  [
    'a way through an absolute link',
    [symlink('out', '/srv'), file('out/x')],
    ['/etc/passwd', '/out', '/srv/x'],
  ],
  ['a link that is replaced, not followed', [symlink('a', 'etc/passwd'), file('a')], ['/a', '/etc/passwd']],
  ['a line feed and an escape', [file('a\nb'), file('\x1b[2J')], ['/\x1b[2J', '/a\nb', '/etc/passwd']],
  [
    'é in two ways, and A beside a',
    ['\xc3\xa9', 'e\xcc\x81', 'A', 'a'].map((name) => file(name)),
    ['/A', '/a', '/etc/passwd', '/e\u0301', '/\u00e9'],
  ],
  ['a slash in too many bytes, which is none', [file('etc\xc0\xafx')], ['/etc/passwd', '/etc\udcc0\udcafx']],
  ['a name turned around', [file('\xe2\x80\xaetxt.sh')], ['/etc/passwd', '/\u202etxt.sh']],
  [
    'names of what every object has',
    [file('__proto__'), file('constructor/toString')],
    ['/__proto__', '/constructor', '/constructor/toString', '/etc/passwd'],
  ],
  [
    'names that end in dots and spaces',
    [file('a.'), file('a '), file('...')],
    ['/...', '/a ', '/a.', '/etc/passwd'],
  ],
];

describe.each([
  ['a base by URL', asTar],
  ['a layer', asLayer],
] as const)('%s keeps, within its root,', (_, serve) => {
  test.each(KEPT)('%s', async (_name, blocks, paths) => {
    expect(await cooked(serve(blocks))).toEqual(paths);
  });
});

test.each<[string, readonly TarBlock[], readonly string[]]>([
  ['through a link to the side', [symlink('way', 'etc'), file('way/.wh.passwd')], ['/way']],
  ['through a link that climbs out', [symlink('way', '../../../etc'), file('way/.wh.passwd')], ['/way']],
  ['of what is not there', [file('etc/.wh.shadow')], ['/etc/passwd']],
  [
    'through a link that leads nowhere',
    [symlink('way', '/nowhere'), file('way/.wh.x')],
    ['/etc/passwd', '/way'],
  ],
  ['that is opaque, through a link', [symlink('way', 'etc'), file('way/.wh..wh..opq')], ['/way']],
])('a whiteout %s stays in the root', async (_, blocks, paths) => {
  expect(await cooked(asLayer(blocks))).toEqual(paths);
});
