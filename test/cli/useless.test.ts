/** Options that could have no effect are refused, before anything is done. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { encodeMbr, singleLinuxPartition } from '../../src/formats/mbr-partition/index.ts';
import { ordinaryUser } from '../support/users.ts';
import { Workplace } from '../support/workplace.ts';

let work: Workplace;
beforeAll(async () => {
  work = new Workplace(ordinaryUser(), inject('product'));
  work.mkdir('root');
  work.file('root/motd', 'hello\n');
  work.file('cake.json', JSON.stringify({ name: 'x', cook: { base: { dir: './root' } } }));
  for (const output of ['root.tar', 'image.oci.tar']) {
    const { status, stderr } = await work.run(['cook', 'cake.json', '-o', output]);
    expect(status, stderr).toBe(0);
  }
});
afterAll(() => work.remove());

const RECIPE = ['cook', 'cake.json'];

test.each<[args: string[], says: string, hint: string]>([
  [[...RECIPE, '--compression', 'zstd'], '--compression has no effect here: the root is not written', '-o'],
  [[...RECIPE, '--force', '--platform', 'linux/amd64'], '--platform and --force have no effect', '-o'],
  [
    [...RECIPE, '-o', 'x.tar', '--compression', 'none', '--platform', 'linux/amd64'],
    '--compression and --platform have no effect here: x.tar is no image of OCI',
    '.oci.tar',
  ],
  [[...RECIPE, '--sbom-files'], '--sbom-files has no effect here', '--sbom'],
  [[...RECIPE, '--no-lock', '--locked'], '--locked has no effect here: --no-lock', '--no-lock'],
  [['plan', 'cake.json', '--no-lock', '--lock-file', 'x.lock'], '--lock-file has no effect', '--no-lock'],
  [
    ['push', 'image.oci.tar', 'localhost:1/x', '--set', 'name=y', '--no-lock', '--rebuild'],
    '--set, --no-lock and --rebuild have no effect here: image.oci.tar is an image',
    'for recipes',
  ],
  [['mkfs', 'root', '-o', 'x.ext4', '--size', '8M', '--headroom', '5%'], '--headroom has no effect', 'auto'],
  [
    ['mkfs', 'root.tar', '-o', 'x.ext4', '--owner', '0:0'],
    '--owner has no effect here: root.tar is',
    'leave',
  ],
  [['inspect', 'root.tar', '--platform', 'linux/arm64'], 'root.tar is no image of OCI', 'leave it out'],
  [['ls', 'root', '--platform', 'linux/arm64'], '--platform has no effect here: root is', 'leave it out'],
  [['cat', 'root.tar', '/motd', '--platform', 'linux/arm64'], 'root.tar is no image', 'leave it out'],
  [['extract', 'root.tar', '/', '-o', 'x', '--platform', 'linux/arm64'], 'root.tar is no', 'leave it out'],
  [['report', 'root.tar', '-o', 'x.html', '--platform', 'linux/arm64'], 'root.tar is no', 'leave it out'],
  [['diff', 'root', 'root.tar', '--platform', 'linux/arm64'], 'neither root nor root.tar is', 'leave it out'],
  [
    ['diff', 'root.tar', 'root.tar', '--block', '--ignore', 'time', '--partition', '1'],
    '--ignore and --partition have no effect here: --block',
    '--block',
  ],
  [['cache', 'prune', '--all', '--older-than', '3d'], '--older-than has no effect here: --all', '--all'],
])('%j', async (args, says, hint) => {
  await work.refuses(args, { code: 'RB_ARGUMENT', says: [says], hint });
});

test('a platform or a partition that one of two sides has serves', async () => {
  const made = await work.run(['mkfs', 'root', '-o', 'root.ext4', '--size', '8M']);
  expect(made.status, made.stderr).toBe(0);
  const disk = Buffer.alloc(9 << 20);
  const bootCode = new Uint8Array();
  disk.set(encodeMbr(singleLinuxPartition({ diskSize: disk.length, diskId: 1, bootCode })));
  disk.set(readFileSync(work.path('root.ext4')), 1 << 20);
  work.file('disk.img', disk);
  const sides = [
    ['image.oci.tar', 'root.tar'],
    ['root.tar', 'image.oci.tar'],
    ['disk.img', 'root.ext4'],
    ['root.ext4', 'disk.img'],
  ];
  for (const side of sides) {
    const chosen = side.includes('disk.img') ? ['--partition', '1'] : ['--platform', 'linux/amd64'];
    const { status, stderr } = await work.run(['diff', ...side, ...chosen]);
    expect(status, stderr).toBe(0);
  }
});
