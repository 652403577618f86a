/** Reports of images that other programs made, of every kind that can be opened. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openImage } from '../../src/inspect/open.ts';
import { renderPage } from '../../src/report/page/page.ts';
import { type ReportData, type ReportDataOptions, reportData } from '../../src/report/report-data.ts';
import { testHost } from '../support/host.ts';
import { judge, oracle } from '../support/oracle.ts';

const { host } = testHost();
let folder: string;

function shell(script: string): string {
  const env = { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  return execFileSync('/bin/sh', ['-euc', script], { cwd: folder, encoding: 'utf8', env });
}

async function reportOf(name: string, options: ReportDataOptions = {}): Promise<ReportData> {
  const image = await openImage(join(folder, name), {}, host);
  try {
    const data = await reportData(image, options, host);
    expect(await renderPage(data, () => undefined)).toMatch(/^<!doctype html>\n.*<\/html>\n$/s);
    return data;
  } finally {
    image.close();
  }
}

oracle({ tools: ['sfdisk', 'mke2fs', 'tar', 'cpio', 'umoci', 'xz'] })('reports', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-report-kinds-'));
    shell(`
      mkdir -p root/etc root/usr/bin
      printf 'ID=test\\nPRETTY_NAME="Test 1"\\n' > root/etc/os-release
      head -c 300000 /dev/zero > root/usr/bin/tool; ln root/usr/bin/tool root/usr/bin/alias
      tar cf root.tar -C root .; xz -k root.tar
      (cd root && find . | cpio --quiet -o -H newc) > root.cpio
      umoci init --layout layout; umoci new --image layout:latest
      umoci insert --rootless --image layout:latest root / 2> /dev/null
      tar cf layout.tar -C layout .
      mke2fs -q -t ext3 -d root bare.img 8M
      mke2fs -q -t ext4 -d root -L second second.img 8M
      truncate -s 30M disk.img
      printf 'label: gpt\\nsize=8M, name=one\\nsize=8M, name="two & <three>"\\nsize=8M, type=U\\n' | sfdisk -q disk.img
      truncate -s 1M efi.img; printf FAT16 | dd of=efi.img bs=1 seek=54 conv=notrunc status=none
      for part in bare:1 second:9 efi:17; do
        dd if="\${part%:*}.img" of=disk.img bs=1M seek="\${part#*:}" conv=notrunc status=none
      done
      truncate -s 10M empty.img; printf 'label: dos\\nsize=4M, type=82\\n' | sfdisk -q empty.img
    `);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['root', 'folder'],
    ['root.tar', 'tar'],
    ['root.tar.xz', 'tar'],
    ['root.cpio', 'cpio'],
    ['layout', 'oci'],
    ['layout.tar', 'oci'],
    ['bare.img', 'filesystem'],
  ])('%s, %s', async (name, kind) => {
    const { image, roots } = await reportOf(name);
    expect(image.kind).toBe(kind);
    expect(roots).toHaveLength(1);
    const { facts, largest, tree } = roots[0]!;
    expect(facts.os?.title).toBe('Test 1');
    const apparent = Number(
      shell("find root -type f -printf '%s\\n' | awk '{ sum += $1 } END { print sum }'"),
    );
    expect(tree.bytes).toBe(apparent);
    expect(largest[0]).toMatchObject({ path: '/usr/bin/alias', bytes: 300_000, names: 2 });
  });

  it('a disk with several file systems, each or one of them', async () => {
    const { disk, fileSystems, roots } = await reportOf('disk.img');
    expect(disk!.segments.map(({ kind }) => kind)).toEqual([
      ...['table', 'table', 'gap', 'partition', 'partition', 'partition', 'free', 'table'],
    ]);
    const { partitiontable } = JSON.parse(judge('sfdisk', ['--json', join(folder, 'disk.img')]));
    const told = disk!.segments.flatMap(({ partition, offset, length }) =>
      partition ? [{ start: offset / 512, size: length / 512, name: partition.name }] : [],
    );
    expect(told).toEqual(
      partitiontable.partitions.map(({ start, size, name }: Record<string, unknown>) => ({
        start,
        size,
        name,
      })),
    );
    expect(fileSystems.map(({ fileSystem }) => fileSystem.type)).toEqual(['ext3', 'ext4']);
    expect(roots.map(({ partition }) => partition)).toEqual([1, 2]);
    const second = await reportOf('disk.img', { partition: 2 });
    expect(second.roots).toEqual([roots[1]]);
    expect(second.disk).toEqual(disk);
    await expect(reportOf('disk.img', { partition: 3 })).rejects.toMatchObject({ code: 'RB_ARGUMENT' });
  });

  it('a disk without anything that can be read', async () => {
    const { disk, roots } = await reportOf('empty.img');
    expect(roots).toEqual([]);
    expect(disk!.segments.map(({ kind }) => kind)).toEqual(['table', 'gap', 'partition', 'free']);
    await expect(reportOf('empty.img', { partition: 1 })).rejects.toMatchObject({ code: 'RB_ARGUMENT' });
  });
});
