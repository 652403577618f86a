import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { readApkDatabase } from '../../src/cook/apk/apk-database.ts';
import { HeldContent } from '../../src/cook/apk-native/held-content.ts';
import { unpack } from '../../src/cook/apk-native/unpack.ts';
import {
  formatInstalled,
  inflateData,
  parseInstalled,
  readIndexFile,
  readPackageFile,
  readScripts,
  requireDependency,
  tarFiles,
} from '../../src/formats/apk/index.ts';
import { compareVersions, matchesPattern, parseBlsEntry, sortBls } from '../../src/formats/bls/index.ts';
import { decompressStream } from '../../src/formats/compression/index.ts';
import { parseControl, readDeb } from '../../src/formats/deb/index.ts';
import { parseEnvironmentBlock, readGrubMenu } from '../../src/formats/grub/index.ts';
import { readNar, readNarInPlace } from '../../src/formats/nar/index.ts';
import { parseNarInfo, parsePublicKey, verifyNarInfo } from '../../src/formats/nix/index.ts';
import {
  applyLayer,
  checkLayout,
  choosePlatform,
  DEFAULT_PLATFORM,
  namedManifests,
  parseDockerArchive,
  parseImageConfig,
  parseLayoutIndex,
  parseManifest,
} from '../../src/formats/oci/index.ts';
import { readTar, treeDigest } from '../../src/formats/tar/index.ts';
import { resolve, Universe } from '../../src/sources/alpine/index.ts';
import { PackageTable } from '../../src/sources/alpine/package-table.ts';
import { parseChallenges } from '../../src/sources/oci/challenge.ts';
import { bytesContent, memorySink, readContent } from '../../src/tree/content.ts';
import { fileEntry, metadata } from '../../src/tree/entry.ts';
import { encodeName } from '../../src/tree/name.ts';
import { Tree } from '../../src/tree/tree.ts';
import { debianPackage } from './ar-archive.ts';
import { nar } from './nar.ts';
import { nixKeyPair, publish } from './nix-cache.ts';
import { image, json, MANIFEST } from './small-image.ts';
import { paxRecord, type TarBlock, tarBlocks } from './tar-blocks.ts';
import { withChecksums } from './tar-checksums.ts';

/** A parser of what comes from outside, with good inputs for it. */
export interface FuzzTarget {
  readonly name: string;
  readonly inputs: readonly Uint8Array[];
  /** Reads it, and uses what it gives: what is accepted must be fit for use. */
  readonly read: (bytes: Buffer) => unknown;
  /** False for what takes anything. */
  readonly refuses?: boolean;
}

const what = 'fuzzed';
const origin = 'fuzzed';
const limits = { entries: 1000, bytes: 1 << 20 };

const BLOCKS: readonly TarBlock[] = [
  { name: 'etc/', typeflag: '5', mode: 0o755 },
  { name: 'etc/one', body: 'one\n', uname: 'root' },
  { name: 'etc/hard', typeflag: '1', linkname: 'etc/one' },
  { name: 'etc/soft', typeflag: '2', linkname: 'one' },
  { name: 'dev', typeflag: '3', major: 1 },
  {
    name: 'PaxHeader',
    typeflag: 'x',
    body: paxRecord('path', 'etc/long') + paxRecord('mtime', '1.5') + paxRecord('SCHILY.xattr.user.a', 'b'),
  },
  { name: 'x', body: 'long' },
  { name: '././@LongLink', typeflag: 'L', body: 'etc/longer\0' },
  { name: 'x', body: 'longer' },
  {
    name: 'PaxHeader',
    typeflag: 'x',
    body: `${paxRecord('GNU.sparse.major', '1')}${paxRecord('GNU.sparse.minor', '0')}${paxRecord('GNU.sparse.realsize', '4096')}`,
  },
  { name: 'sparse', body: `1\n0\n4\n${'\0'.repeat(506)}data` },
];

const LAYER: readonly TarBlock[] = [
  { name: 'etc/.wh.one' },
  { name: 'etc/.wh..wh..opq' },
  { name: 'lib/', typeflag: '5' },
  { name: 'lib/.wh.nothing' },
];

const TAR = tarBlocks(BLOCKS);
/** `printf 'hello, archive\n' | xz -c`, and `| zstd -c`. */
const XZ = Buffer.from(
  'fd377a585a000004e6d6b4460200210116000000742fe5a301000e68656c6c6f2c20617263686976650a0000a4b1ff34927765df0001270fdf1afc6a1fb6f37d010000000004595a',
  'hex',
);
const ZSTD = Buffer.from('28b52ffd045879000068656c6c6f2c20617263686976650ab4180523', 'hex');

const key = nixKeyPair('fuzz-1');
const PATH = `${'1'.repeat(32)}-tool-1.0`;
const NAR = nar({
  folder: [
    ['bin', { folder: [['tool', { file: '#!/bin/sh\n', executable: true }]] }],
    ['share', { link: '/nix/store' }],
  ],
});
const NARINFO = publish({ base: PATH, nar: NAR, references: [PATH] }, key).get(`${'1'.repeat(32)}.narinfo`)!;
const nixKeys = new Map([parsePublicKey(key.publicKey)!]);

const KEY_NAME = 'fuzz.rsa.pub';
const rsa = generateKeyPairSync('rsa', {
  modulusLength: 1024,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const apkKeys = new Map([[KEY_NAME, rsa.publicKey]]);

/** The member behind the signature of the only key that is known. */
function signed(member: Uint8Array): Buffer {
  const body = sign('RSA-SHA1', member, rsa.privateKey).toString('latin1');
  return Buffer.concat([gzipSync(tarBlocks([{ name: `.SIGN.RSA.${KEY_NAME}`, body }], false)), member]);
}

const INDEX = Buffer.from(
  `C:Q1${'A'.repeat(27)}=\nP:one\nV:1.0-r0\nA:x86_64\nS:100\nI:4096\nk:10\nD:so:libc.so two>=1 !three\np:cmd:one=1.0-r0 virtual\n\n` +
    `C:Q1${'B'.repeat(27)}=\nP:two\nV:1.2_rc1-r3\nI:0\np:so:libc.so=1\ni:one two=1.2\nr:one\n\n`,
);
const INDEX_TAR = tarBlocks([
  { name: 'DESCRIPTION', body: 'test' },
  { name: 'APKINDEX', body: INDEX.toString('latin1') },
]);
const INSTALLED = Buffer.from(
  `C:Q1${'A'.repeat(27)}=\nP:one\nV:1.0-r0\nI:1\nr:two\nq:3\nF:etc\nM:0:0:1777\nR:one\na:0:7:640\nZ:Q1${'A'.repeat(27)}=\n\n`,
);

function controlTar(data: Uint8Array): Buffer {
  const datahash = createHash('sha256').update(data).digest('hex');
  const info = `# comment\npkgname = one\npkgver = 1.0-r0\nsize = 1\nreplaces = two\nreplaces_priority = 5\ntriggers = /usr/*\ndatahash = ${datahash}\n`;
  return tarBlocks(
    [
      { name: '.PKGINFO', body: info },
      { name: '.post-install', body: '#!/bin/sh\n' },
    ],
    false,
  );
}

const APK_DATA = gzipSync(TAR);
const APK = signed(gzipSync(controlTar(APK_DATA)));

const CONTROL = Buffer.from(
  'Package: one\nVersion: 1:2.3-4\nDepends: two (>= 1) | three\nDescription: a\n b\n .\n c\n',
);
const DEB = debianPackage([
  ['control.tar.gz', gzipSync(tarBlocks([{ name: './control', body: CONTROL.toString() }]))],
  ['data.tar', TAR],
]);

const { manifest, config } = image();
const DESCRIPTOR = { mediaType: MANIFEST, digest: `sha256:${'0'.repeat(64)}`, size: 7 };
const IMAGE_INDEX = json({
  schemaVersion: 2,
  manifests: [
    { ...DESCRIPTOR, platform: DEFAULT_PLATFORM, annotations: { 'org.opencontainers.image.ref.name': 'a' } },
  ],
});

const GRUB_SCRIPT = `if [ -s $prefix/grubenv ]; then load_env; fi
set default="\${saved_entry}"; export words
function each {
  for word in $@ "two words"; do all="$all$word"; if [ $# -gt 3 -a ! "$1" = 'x' ]; then break; fi; done
  return 1
}
each a b\\ c $unset; while [ "$all" != xx ]; do all=xx; done
search --no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt1 1234
if cpuid -l; then menuentry one { linux ($root)/k root=UUID=1 $all; initrd /a /b; }; fi
submenu 'more > "one"' --id more { menuentry two --class x { linux16 /k x="y z"; } }
blscfg; source $prefix/again.cfg; configfile /nothing
`;
const GRUB_ENVIRONMENT = '# GRUB Environment Block\nsaved_entry=more>two\nkernelopts=a\\nb\n######';
const BLS_ENTRY = 'title One\nversion 1.0~rc1-2\nsort-key a\nlinux /k\ninitrd /i $x\noptions $kernelopts a\n';

/** A tree that was accepted can be written, and is one that Linux can hold. */
async function use(tree: Tree): Promise<void> {
  await treeDigest(tree);
  for (const { path, entry } of tree.walk()) {
    const { uid, gid, mode } = entry;
    const target = entry.type === 'symlink' ? entry.target : 'x';
    const isRight =
      [uid, gid].every((id) => Number.isSafeInteger(id) && id >= 0 && id <= 0xffffffff) &&
      (mode & ~0o7777) === 0 &&
      path.split('/').every((name) => encodeName(name).length <= 255) &&
      target !== '' &&
      !target.includes('\0') &&
      !path.includes('\0');
    if (!isRight)
      throw new Error(`${JSON.stringify(path)} is none of Linux: ${uid}:${gid} ${mode} ${target}`);
  }
}

async function useArchive(bytes: Uint8Array): Promise<void> {
  await use(await readTar([bytes], memorySink, { origin, limits }));
}

async function usePackage(file: Uint8Array, identity?: string): Promise<void> {
  const found = readPackageFile(file, {
    what,
    ...(identity === undefined ? { keys: apkKeys } : { identity }),
  });
  const tar = await inflateData(found, what, 1 << 24);
  const items = [...tarFiles(tar, what)];
  const nobody = { users: new Map(), groups: new Map() };
  const { files } = unpack({ items, stored: new HeldContent(bytesContent(tar), tar) }, nobody, origin, 0n);
  const tree = new Tree();
  const parents = metadata({ mode: 0o755, origin });
  for (const { directory, file, entry } of files) tree.set(`/${directory.path}/${file.name}`, entry, parents);
  await use(tree);
}

export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'narinfo',
    inputs: [NARINFO],
    read: (bytes) => verifyNarInfo(parseNarInfo(bytes.toString('utf8'), what), nixKeys, what),
  },
  {
    name: 'NAR',
    inputs: [NAR, nar({ file: 'a file' })],
    async read(bytes) {
      const tree = new Tree();
      tree.set('/nix', await readNarInPlace(bytesContent(bytes), { origin }));
      await use(tree);
      await readNar([bytes], memorySink, { origin });
    },
  },
  {
    name: 'manifest or index of an image',
    inputs: [manifest, IMAGE_INDEX],
    read(bytes) {
      const found = parseManifest(bytes, what);
      if (found.kind === 'index') choosePlatform(found.manifests, DEFAULT_PLATFORM, what);
    },
  },
  {
    name: 'index of an OCI layout',
    inputs: [IMAGE_INDEX],
    read: (bytes) =>
      choosePlatform(namedManifests(parseLayoutIndex(bytes, what), 'a', what), DEFAULT_PLATFORM, what),
  },
  {
    name: 'oci-layout',
    inputs: [json({ imageLayoutVersion: '1.0.0' })],
    read: (bytes) => checkLayout(bytes, what),
  },
  { name: 'config of an image', inputs: [config], read: (bytes) => parseImageConfig(bytes, what) },
  {
    name: 'manifest.json of docker save',
    inputs: [json([{ Config: 'a.json', RepoTags: ['a:b'], Layers: ['l/layer.tar'] }])],
    read: (bytes) => parseDockerArchive(bytes, what),
  },
  {
    name: 'WWW-Authenticate',
    inputs: [Buffer.from('Bearer realm="https://a/b",service="c d",scope=e, Basic realm="\\"x"')],
    read: (bytes) => parseChallenges(bytes.toString('latin1')),
    refuses: false,
  },
  {
    name: 'layer',
    inputs: [tarBlocks(LAYER), TAR],
    async read(bytes) {
      const tree = await readTar([TAR], memorySink, { origin });
      await applyLayer(tree, bytesContent(withChecksums(bytes)), { origin, what, limits });
      await use(tree);
    },
  },
  { name: 'tar', inputs: [TAR], read: (bytes) => useArchive(bytes) },
  {
    name: 'tar whose headers have the right sums',
    inputs: [TAR],
    read: (bytes) => useArchive(withChecksums(bytes)),
  },
  {
    name: 'gzip, xz and zstd',
    inputs: [
      gzipSync(TAR),
      gzipSync('x'.repeat(70_000)),
      XZ,
      ZSTD,
      Buffer.concat([ZSTD, ZSTD]),
      Buffer.concat([XZ, XZ]),
    ],
    async read(bytes) {
      let size = 0;
      for await (const chunk of decompressStream([bytes], what)) {
        size += chunk.length;
        if (size > 1 << 24) break;
      }
    },
  },
  {
    name: 'APKINDEX',
    inputs: [INDEX],
    async read(bytes) {
      const universe = new Universe([{ index: new PackageTable(bytes) }], INSTALLED);
      universe.packageNames();
      await resolve(universe, ['one', 'two', 'cmd:one'].map(requireDependency), () => undefined);
    },
  },
  {
    name: 'APKINDEX.tar.gz',
    inputs: [signed(gzipSync(INDEX_TAR))],
    read: (bytes) => readIndexFile(bytes, apkKeys, what),
  },
  {
    name: 'signed index',
    inputs: [INDEX_TAR],
    read: (bytes) => readIndexFile(signed(gzipSync(withChecksums(bytes))), apkKeys, what),
  },
  {
    name: 'database of installed packages',
    inputs: [INSTALLED],
    async read(bytes) {
      const tree = new Tree();
      tree.set(
        '/lib/apk/db/installed',
        fileEntry(bytesContent(bytes), metadata({ origin })),
        metadata({ mode: 0o755, origin }),
      );
      readApkDatabase(tree);
      formatInstalled(parseInstalled(bytes.toString('utf8')));
      const universe = new Universe([{ index: new PackageTable(INDEX) }], bytes);
      await resolve(universe, [requireDependency('two')], () => undefined);
    },
    refuses: false,
  },
  {
    name: 'scripts.tar',
    inputs: [tarBlocks([{ name: `one-1.0-r0.Q1${'A'.repeat(27)}=.trigger`, body: '#!/bin/sh\n' }])],
    read: (bytes) => readScripts(withChecksums(bytes)),
  },
  { name: 'apk package', inputs: [Buffer.concat([APK, APK_DATA])], read: (bytes) => usePackage(bytes) },
  {
    name: 'control part of a signed apk package',
    inputs: [controlTar(APK_DATA)],
    read: (bytes) => usePackage(Buffer.concat([signed(gzipSync(withChecksums(bytes))), APK_DATA])),
  },
  {
    name: 'data part of a signed apk package',
    inputs: [TAR],
    read(bytes) {
      const data = gzipSync(withChecksums(bytes));
      return usePackage(Buffer.concat([signed(gzipSync(controlTar(data))), data]));
    },
  },
  {
    name: 'control file of Debian',
    inputs: [CONTROL],
    read: (bytes) => parseControl(bytes.toString('utf8')),
    refuses: false,
  },
  {
    name: 'Debian package',
    inputs: [DEB],
    async read(bytes) {
      const { tree } = await readDeb(bytesContent(bytes), memorySink, { origin });
      for (const { entry } of tree.walk())
        if (entry.type === 'file' && entry.content.size < 1 << 20) readContent(entry.content);
    },
  },
  {
    name: 'script of GRUB',
    inputs: [Buffer.from(GRUB_SCRIPT)],
    read(bytes) {
      const text = bytes.toString('utf8');
      const menu = readGrubMenu(text, {
        device: 'hd0,gpt1',
        folder: '/boot/grub',
        resolve: (device) => (device.startsWith('hd0') ? 'hd0,gpt1' : undefined),
        lookUp: (_, path) => (path.endsWith('cfg') ? { type: 'file', size: 1 } : undefined),
        read: (_, path) =>
          path.endsWith('cfg') ? text : path.endsWith('env') ? GRUB_ENVIRONMENT : BLS_ENTRY,
        list: () => ['one.conf', 'two+1-2.conf'],
        search: (_, name) => (name === '1234' ? { device: 'hd0,gpt1' } : { why: 'it is not there' }),
      });
      if (menu.default !== undefined && !menu.entries[menu.default])
        throw new Error('the default is not there');
    },
    refuses: false,
  },
  {
    name: 'environment of GRUB',
    inputs: [Buffer.from(GRUB_ENVIRONMENT)],
    read: (bytes) => parseEnvironmentBlock(bytes.toString('utf8')),
    refuses: false,
  },
  {
    name: 'entry of the Boot Loader Specification',
    inputs: [Buffer.from(BLS_ENTRY)],
    read(bytes) {
      const text = bytes.toString('utf8');
      const entries = ['a.conf', `${text}.conf`, 'b+1.conf'].map((name) => parseBlsEntry(text, name));
      sortBls(entries);
      if (compareVersions(text, text) !== 0) throw new Error('a version is not equal to itself');
      matchesPattern(text, text);
    },
    refuses: false,
  },
];
