import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { gzipDeterministic } from '../../src/formats/compression/index.ts';
import { cpioBytes } from '../../src/formats/cpio/index.ts';
import { readDebianPackage } from '../../src/sources/deb.ts';
import { sourceMeans } from '../../src/sources/means.ts';
import { memorySink, readContent, textContent } from '../../src/tree/content.ts';
import { deviceEntry, directoryEntry, type Entry, fileEntry, metadata } from '../../src/tree/entry.ts';
import { encodeName } from '../../src/tree/name.ts';
import { linkCounts, type Tree } from '../../src/tree/tree.ts';
import { testHost } from '../support/host.ts';
import { judge, oracle } from '../support/oracle.ts';
import { richTree } from '../support/rich-tree.ts';

/** Lists what the kernel has unpacked, on the serial console, and switches off. */
const INIT = `#!/bin/busybox sh
echo LIST-BEGINS
/bin/busybox find / -xdev -exec /bin/busybox stat -c '%f %u:%g %h %t,%T %Y %s %n' {} +
/bin/busybox find / -xdev -type f -exec /bin/busybox md5sum {} +
echo LIST-ENDS
/bin/busybox poweroff -f
`;

const TYPE_BITS: Readonly<Record<Entry['type'], number>> = {
  fifo: 0o010000,
  char: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
};

oracle({ tools: ['qemu-system-x86_64', 'apt-get'] })('the kernel', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rb-initramfs-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('unpacks our initramfs to the tree that it was made of', async () => {
    const { host } = testHost();
    const busybox = await readDebianPackage('busybox-static', memorySink, sourceMeans(host));
    const kernel = await readDebianPackage('linux-image-cloud-amd64', memorySink, sourceMeans(host));
    const image = [...kernel.tree.walk('/boot')].find(({ name }) => name.startsWith('vmlinuz'))?.entry;
    if (image?.type !== 'file') throw new Error('the kernel package holds no kernel');
    writeFileSync(join(folder, 'vmlinuz'), readContent(image.content));

    const tree = richTree();
    const meta = metadata({ mode: 0o755, mtime: 1_700_000_000_000_000_000n, origin: 'test' });
    tree.set('/bin/busybox', busybox.tree.resolve('/bin/busybox')!.entry, meta);
    tree.set('/init', fileEntry(textContent(INIT), meta));
    tree.set('/dev/console', deviceEntry('char', 5, 1, meta));
    // The kernel brings this folder along.
    tree.set('/root', directoryEntry(meta));
    writeFileSync(join(folder, 'initrd'), await gzipDeterministic(cpioBytes(tree)));

    const shown = boot(folder);
    const wanted = expected(tree);
    expect(shown.filter((line) => !wanted.includes(line))).toEqual([]);
    expect(wanted.filter((line) => !shown.includes(line))).toEqual([]);
  });
});

/** Boots and gives the lines of the list, sorted. Bytes are read as latin1. */
function boot(folder: string): string[] {
  const log = join(folder, 'console.log');
  judge('timeout', [
    ...['540', 'qemu-system-x86_64', '-accel', 'tcg', '-m', '512', '-display', 'none', '-no-reboot'],
    ...['-monitor', 'none', '-serial', `file:${log}`, '-kernel', join(folder, 'vmlinuz')],
    ...['-initrd', join(folder, 'initrd'), '-append', 'console=ttyS0 no_timer_check loglevel=0 panic=-1'],
  ]);
  const text = judge('iconv', ['-f', 'latin1', '-t', 'utf-8', log]);
  const list = /LIST-BEGINS\r\n([\s\S]*)LIST-ENDS/.exec(text)?.[1];
  if (list === undefined) throw new Error(`the kernel's console has no list:\n${text.slice(-2000)}`);
  return comparable(list.trimEnd().split('\r\n'));
}

/** Without what a file system has its own mind about: sizes of directories, the time of the console in use. */
function comparable(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !line.endsWith(' /dev/console'))
    .map((line) => line.replace(/^(4\w{3} .*) \d+ \//, '$1 /'))
    .sort();
}

function expected(tree: Tree): string[] {
  const links = linkCounts(tree);
  const lines: string[] = [];
  for (const { path, entry } of tree.walk()) {
    const name = Buffer.from(encodeName(path)).toString('latin1');
    const seconds = entry.mtime / 1_000_000_000n;
    const time = seconds < 0n ? 0n : seconds > 0xffffffffn ? 0xffffffffn : seconds;
    const device = 'major' in entry ? [entry.major, entry.minor] : [0, 0];
    const rdev = device.map((number) => number.toString(16)).join();
    const mode = (TYPE_BITS[entry.type] | entry.mode).toString(16);
    const count = entry.type === 'directory' ? subdirectories(entry) + 2 : links.get(entry);
    lines.push(`${mode} ${entry.uid}:${entry.gid} ${count} ${rdev} ${time} ${sizeOf(entry)} ${name}`);
    if (entry.type !== 'file') continue;
    lines.push(`${createHash('md5').update(readContent(entry.content)).digest('hex')}  ${name}`);
  }
  return comparable(lines);
}

function sizeOf(entry: Entry): number {
  if (entry.type === 'file') return entry.content.size;
  return entry.type === 'symlink' ? encodeName(entry.target).length : 0;
}

function subdirectories(entry: Entry & { type: 'directory' }): number {
  return [...entry.children.values()].filter(({ type }) => type === 'directory').length;
}
