import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { imageLayout } from '../../src/export/image/image-layout.ts';
import { platformOf } from '../../src/export/image/platform.ts';
import { writeRoot } from '../../src/export/write-root.ts';
import type { ImageConfig } from '../../src/formats/oci/index.ts';
import { treeDigest } from '../../src/formats/tar/index.ts';
import { Net } from '../../src/net/net.ts';
import { type LoadedImage, readOciSource } from '../../src/sources/oci/index.ts';
import { bytesContent, memorySink, readContent, textContent } from '../../src/tree/content.ts';
import { fileEntry, metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { describeTree, differences } from '../support/describe-tree.ts';
import { buildElf } from '../support/elf-builder.ts';
import { testHost } from '../support/host.ts';
import { meansOf } from '../support/means.ts';
import { richTree } from '../support/rich-tree.ts';

const epoch = 1_700_000_000;
const meta = metadata({ mode: 0o755, origin: 'test' });
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-image-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const host = () => testHost({ temporaryDirectory: folder, cacheDirectory: join(folder, 'cache') }).host;

function small(): Tree {
  const tree = new Tree(meta);
  tree.set('/hello', fileEntry(textContent('world'), meta));
  return tree;
}

async function pull(oci: string, platform?: string): Promise<LoadedImage> {
  const used = host();
  const means = meansOf(used, new Net(used, { offline: true }));
  const source = { oci, ...(platform !== undefined && { platform }) };
  return await readOciSource(source, { means, sink: memorySink, origin: 'image' });
}

const CONFIG: ImageConfig = {
  platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
  diffIds: ['0'.repeat(64)],
  env: ['PATH=/bin', 'A=b c'],
  user: '7:8',
  entrypoint: ['/bin/tool', '--serve'],
  cmd: ['all'],
  workingDir: '/srv',
  labels: { b: '2', a: 'ä' },
  exposedPorts: ['8080/tcp', '53/udp'],
  volumes: ['/var/lib'],
  stopSignal: 'SIGQUIT',
};

describe('an image of a root', () => {
  test.each(['none', 'gzip'] as const)('holds the root as it is: %s', async (compression) => {
    const tree = richTree();
    const path = join(folder, 'image.oci.tar');
    const { imageDigest } = await writeRoot({ tree, epoch }, path, { compression }, host());
    const loaded = await pull(path);
    expect(differences(describeTree(loaded.tree), describeTree(tree))).toEqual([]);
    expect(`sha256:${loaded.sha256}`).toBe(imageDigest);
    expect(loaded.config.diffIds).toEqual([await treeDigest(tree)]);
  });

  test('says what the image said that the root came from', async () => {
    const path = join(folder, 'image.oci');
    await writeRoot({ tree: small(), epoch, image: CONFIG }, path, {}, host());
    const { config } = await pull(path, 'linux/arm64');
    expect(config).toEqual({
      ...CONFIG,
      diffIds: [await treeDigest(small())],
      exposedPorts: ['53/udp', '8080/tcp'],
    });
  });

  test('says what it is told to', async () => {
    const path = join(folder, 'image.oci');
    const options = { platform: 'linux/riscv64', config: { user: '', cmd: ['/bin/sh'] } };
    await writeRoot({ tree: small(), epoch, image: CONFIG }, path, options, host());
    const { config } = await pull(path, 'linux/riscv64');
    expect(config).toMatchObject({
      platform: { os: 'linux', architecture: 'riscv64' },
      user: '',
      cmd: ['/bin/sh'],
      workingDir: '/srv',
    });
  });

  test('has these documents', async () => {
    const { tree, sha256 } = await imageLayout(
      { tree: small(), epoch, image: CONFIG },
      { compression: 'none' },
      'small',
      memorySink,
      host(),
    );
    const text = [...tree.walk()]
      .flatMap(({ path, entry }) => {
        if (entry.type !== 'file') return [path];
        const bytes = Buffer.from(readContent(entry.content));
        expect(entry).toMatchObject({ uid: 0, gid: 0, mode: 0o644, mtime: BigInt(epoch) * 1_000_000_000n });
        if (bytes[0] !== 0x7b) return [`${path}: ${bytes.length} bytes`];
        return [`${path}: ${JSON.stringify(JSON.parse(bytes.toString()), undefined, 2)}`];
      })
      .join('\n');
    await expect(`${text}\n`).toMatchFileSnapshot('goldens/image.txt');
    expect(text).toContain(`blobs/sha256/${sha256}`);
  });

  test('is the same in an archive, in a layout and each time; its name is not in its digest', async () => {
    const write = async (name: string, options = {}) =>
      (await writeRoot({ tree: richTree(), epoch }, join(folder, name), options, host())).imageDigest;
    const digest = await write('a.oci.tar', { name: 'one' });
    expect(await write('b.oci.tar', { name: 'one' })).toBe(digest);
    expect(await write('c.oci', { name: 'two' })).toBe(digest);
    expect(readFileSync(join(folder, 'b.oci.tar'))).toEqual(readFileSync(join(folder, 'a.oci.tar')));
    expect((await pull(`${join(folder, 'a.oci.tar')}:one`)).sha256).toBe(digest!.slice(7));
    expect((await pull(`${join(folder, 'c.oci')}:two`)).sha256).toBe(digest!.slice(7));
  });

  test('has no name that would take another away', async () => {
    const tree = small();
    tree.set('/etc/.wh.hello', fileEntry(textContent(''), meta), meta);
    await expect(imageLayout({ tree, epoch }, {}, undefined, memorySink, host())).rejects.toMatchObject({
      code: 'RB_OCI_UNSUPPORTED',
      message: expect.stringContaining('/etc/.wh.hello'),
    });
  });
});

describe('the platform of a root', () => {
  const program = (machine: number, elfClass: 32 | 64) =>
    fileEntry(bytesContent(buildElf({ class: elfClass, machine, sections: [] })), meta);

  test.each([
    ['amd64', 62, 64],
    ['386', 3, 32],
    ['arm64', 183, 64],
    ['arm', 40, 32],
    ['riscv64', 243, 64],
  ] as const)('is that of its programs: %s', (architecture, machine, elfClass) => {
    const tree = new Tree(meta);
    tree.set('/usr/bin/dash', program(machine, elfClass), meta);
    tree.set('/bin', symlinkEntry('usr/bin', meta));
    tree.set('/usr/bin/sh', symlinkEntry('/usr/bin/dash', meta));
    expect(platformOf(tree)).toEqual({ os: 'linux', architecture });
  });

  test('is amd64 where no program tells', () => {
    const tree = new Tree(meta);
    expect(platformOf(tree)).toEqual({ os: 'linux', architecture: 'amd64' });
    tree.set('/bin/sh', fileEntry(textContent('#!/x\n'), meta), meta);
    tree.set('/sbin/init', program(9999, 64), meta);
    expect(platformOf(tree)).toEqual({ os: 'linux', architecture: 'amd64' });
  });
});
