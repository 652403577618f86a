import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { CookOutcome } from '../support/cook-as.ts';
import { Kitchen } from '../support/cook-as.ts';
import { type Description, describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { DockerRegistry } from '../support/docker-registry.ts';
import { makeLayeredImage } from '../support/layered-image.ts';
import { judge, oracle } from '../support/oracle.ts';
import { ordinaryUser } from '../support/users.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

const tools = ['docker-registry', 'skopeo', 'umoci', 'getfattr', 'setfattr', 'setcap'];

oracle({ tools, root: true })('images of OCI, against umoci', () => {
  let folder: string;
  let layout: string;
  let registry: DockerRegistry;
  let wanted: Description;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rb-oci-oracle-'));
    judge('chmod', ['755', folder]);
    layout = makeLayeredImage(folder);
    judge('umoci', ['unpack', '--image', `${layout}:test`, join(folder, 'unpacked')]);
    wanted = describeFolder(join(folder, 'unpacked/rootfs'));
    registry = await DockerRegistry.start(folder);
  });
  afterAll(async () => {
    await registry?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const kitchens: Kitchen[] = [];
  afterAll(() => {
    for (const kitchen of kitchens) kitchen.remove();
  });

  function newKitchen(): Kitchen {
    const kitchen = new Kitchen(ordinaryUser(), inject('product'));
    kitchens.push(kitchen);
    return kitchen;
  }

  async function expectWanted(kitchen: Kitchen, outcome: CookOutcome): Promise<void> {
    expect(outcome.error).toBeUndefined();
    expect(differences(describeTree(await kitchen.tree()), wanted)).toEqual([]);
    expect(kitchen.leftovers()).toEqual([]);
  }

  const copy = (target: string, ...options: string[]) =>
    judge('skopeo', ['copy', '-q', '--dest-tls-verify=false', ...options, `oci:${layout}:test`, target]);

  const told = ({ events }: CookOutcome) =>
    events.flatMap((event) => (event.type === 'message' ? [event.text] : []));

  test('has what the test is about', () => {
    expect(wanted.size).toBeGreaterThan(30);
    expect([...wanted.keys()].filter((path) => path.includes('.wh.'))).toEqual([]);
    expect(wanted.get('/usr/lib/through')).toBeUndefined();
    expect(wanted.get('/usr/up')).toBeDefined();
    expect(wanted.get('/swap/file/kept')).toBeDefined();
  });

  test.each([
    ['gzip', 'tar+gzip', []],
    ['zstd', 'tar+zstd', ['--dest-compress-format=zstd']],
    ['Docker schema 2', 'docker.image.rootfs.diff.tar.gzip', ['--format=v2s2']],
  ])('pulled from a registry: %s', async (name, mediaType, options) => {
    const image = `${registry.host}/test/${name.toLowerCase().replaceAll(' ', '-')}:one`;
    const target = `docker://${image}`;
    if (name === 'zstd') {
      // skopeo compresses only what is not compressed, and takes what it knows of a registry for the same.
      const plain = `docker-archive:${join(folder, 'plain.tar')}:example.org/test:plain`;
      const zstd = `oci:${join(folder, 'zstd')}:test`;
      judge('skopeo', ['copy', '-q', `oci:${layout}:test`, plain]);
      judge('skopeo', ['copy', '-q', '--format=oci', ...options, plain, zstd]);
      judge('skopeo', ['copy', '-q', '--dest-tls-verify=false', '--preserve-digests', zstd, target]);
    } else copy(target, ...options);
    expect(judge('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${image}`])).toContain(
      mediaType,
    );
    const kitchen = newKitchen();
    const outcome = await kitchen.cookAsync({ base: { oci: image } });
    await expectWanted(kitchen, outcome);
    const pinned = told(outcome).flatMap(
      (text) => /oci: (\S+@sha256:[0-9a-f]{64})$/.exec(text)?.[1] ?? [],
    )[0]!;
    const digest = judge('skopeo', [
      'inspect',
      '--tls-verify=false',
      '--format={{.Digest}}',
      `docker://${image}`,
    ]);
    expect(pinned).toBe(`${image}@${digest.trim()}`);

    const again = await kitchen.cookAsync({ base: { oci: pinned } });
    expect(again.sha256).toBe(outcome.sha256);
    expect(told(again).filter((text) => text.includes('for the recipe: oci'))).toEqual([]);
  });

  test('chosen from an index by platform', async () => {
    const other = `${layout}:other`;
    judge('umoci', ['tag', '--image', `${layout}:test`, 'other']);
    judge('umoci', ['config', '--image', other, '--architecture', 'arm64']);
    const manifests = (['test', 'other'] as const).map((tag) => {
      const repository = `docker://${registry.host}/test/many:${tag}`;
      judge('skopeo', ['copy', '-q', '--dest-tls-verify=false', `oci:${layout}:${tag}`, repository]);
      const raw = judge('skopeo', ['inspect', '--raw', '--tls-verify=false', repository]);
      const digest = judge('skopeo', [
        'inspect',
        '--tls-verify=false',
        '--format={{.Digest}}',
        repository,
      ]).trim();
      const architecture = tag === 'test' ? 'amd64' : 'arm64';
      return {
        mediaType: MANIFEST,
        size: Buffer.byteLength(raw),
        digest,
        platform: { os: 'linux', architecture },
      };
    });
    const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: manifests.reverse() });
    const digest = await registry.putManifest('test/many', 'all', INDEX, index);
    const kitchen = newKitchen();
    const image = `${registry.host}/test/many:all`;
    const outcome = await kitchen.cookAsync({ base: { oci: image } });
    await expectWanted(kitchen, outcome);
    expect(told(outcome).join('\n')).toContain(`${image}@${digest}`);
    const arm = await kitchen.cookAsync({ base: { oci: image, platform: 'linux/arm64' } });
    expect(arm.sha256).toBe(outcome.sha256);
    const riscv = await kitchen.cookAsync({ base: { oci: image, platform: 'linux/riscv64' } });
    expect(riscv.error).toMatchObject({
      code: 'RB_OCI_UNSUPPORTED',
      hint: 'it has: linux/arm64, linux/amd64',
    });
  });

  test('from the layout, an OCI archive and an archive of docker save', async () => {
    const oci = join(folder, 'image.oci.tar');
    const docker = join(folder, 'image.docker.tar');
    judge('skopeo', ['copy', '-q', `oci:${layout}:test`, `oci-archive:${oci}:test`]);
    judge('skopeo', ['copy', '-q', `oci:${layout}:test`, `docker-archive:${docker}:example.org/test:one`]);
    judge('gzip', ['-k', '-1', docker]);
    judge('chmod', ['-R', 'a+rX', folder]);
    for (const image of [`${layout}:test`, oci, docker, `${docker}:one`, `${docker}.gz`]) {
      const kitchen = newKitchen();
      await expectWanted(kitchen, await kitchen.cookAsync({ base: { oci: image } }));
    }
    const kitchen = newKitchen();
    const { error } = await kitchen.cookAsync({ base: { oci: `${docker}:two` } });
    expect(error).toMatchObject({
      code: 'RB_OCI_UNSUPPORTED',
      hint: expect.stringContaining('example.org/test:one'),
    });
    expect(readFileSync(docker).length).toBeGreaterThan(300_000);
  });

  test('again, from the store alone, when the registry is gone', async () => {
    const image = `${registry.host}/test/gone:one`;
    copy(`docker://${image}`);
    const kitchen = newKitchen();
    const first = await kitchen.cookAsync({ base: { oci: image } });
    const digest = judge('skopeo', [
      'inspect',
      '--tls-verify=false',
      '--format={{.Digest}}',
      `docker://${image}`,
    ]);
    await registry.stop();
    const again = await kitchen.cookAsync({ base: { oci: `${image}@${digest.trim()}` } });
    await expectWanted(kitchen, again);
    expect(again.sha256).toBe(first.sha256);
  });
});
