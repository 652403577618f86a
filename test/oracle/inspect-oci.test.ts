/** Images of OCI that are looked into, against what umoci unpacks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openImage } from '../../src/inspect/open.ts';
import { describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { testHost } from '../support/host.ts';
import { makeLayeredImage } from '../support/layered-image.ts';
import { judge, oracle } from '../support/oracle.ts';

oracle({ tools: ['umoci', 'skopeo', 'getfattr', 'tar'], root: true })('looking into images of OCI', () => {
  const { host } = testHost();
  let folder: string;
  let layout: string;
  let wanted: ReturnType<typeof describeFolder>;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-inspect-oci-'));
    makeLayeredImage(folder);
    layout = join(folder, 'layout');
    judge('umoci', ['unpack', '--image', `${layout}:test`, join(folder, 'judged')]);
    wanted = describeFolder(join(folder, 'judged/rootfs'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function compare(path: string, kind: string): Promise<void> {
    const image = await openImage(path, {}, host);
    try {
      expect(image.kind).toBe(kind);
      const found = describeTree(await image.tree());
      // What umoci writes into a root that no layer speaks of is the time of the unpacking.
      found.delete('/');
      const expected = new Map([...wanted].filter(([name]) => name !== '/'));
      expect(differences(found, expected)).toEqual([]);
    } finally {
      image.close();
    }
  }

  it('shows what umoci unpacks of a layout, by its name', () => compare(`${layout}:test`, 'oci'));

  it('shows the same of an archive, compressed or not', async () => {
    const archive = join(folder, 'image.oci.tar');
    judge('tar', ['-cf', archive, '-C', layout, '.']);
    await compare(`${archive}:test`, 'oci');
    judge('tar', ['-czf', `${archive}.gz`, '-C', layout, '.']);
    await compare(`${archive}.gz:test`, 'oci');
  });

  it('shows the same of an archive of docker save', async () => {
    const archive = join(folder, 'image.docker.tar');
    judge('skopeo', [
      '--insecure-policy',
      'copy',
      '-q',
      `oci:${layout}:test`,
      `docker-archive:${archive}:a/b:c`,
    ]);
    await compare(archive, 'docker');
  });
});
