import { counted } from '../../counted.ts';
import { type BootConfig, type BootLoader, type BootRoot, defaultEntry } from '../../inspect/boot/facts.ts';
import type { InitrdFacts } from '../../inspect/boot/loaded.ts';
import type { Partition, PartitionTable } from '../../inspect/disk.ts';
import { escapeName } from '../../inspect/listing.ts';
import { type FileSystemReport, type ImageReport, inspectImage } from '../../inspect/report.ts';
import type { RootFacts } from '../../inspect/root-facts.ts';
import { formatSize } from '../../recipe/size.ts';
import type { CommandResult, Context } from '../command.ts';
import { type LookOptions, withImage } from '../image-options.ts';

const KINDS: Readonly<Record<ImageReport['kind'], string>> = {
  disk: 'disk image',
  filesystem: 'file system',
  tar: 'tar archive',
  cpio: 'cpio archive',
  oci: 'OCI image',
  docker: 'image of docker save',
  folder: 'folder',
};

const BOOT_CODES: Readonly<Record<PartitionTable['bootCode']['name'], string>> = {
  none: 'none',
  syslinux: "SYSLINUX's mbr.bin",
  'syslinux-gpt': "SYSLINUX's gptmbr.bin",
  grub: "GRUB's boot.img",
  windows: "Windows'",
  unknown: 'unknown',
};

const LOADERS: Readonly<Record<BootLoader, string>> = {
  syslinux: 'SYSLINUX',
  grub: 'GRUB',
  bls: 'Boot Loader Specification',
};

/** Tells what an image is and holds. */
export async function inspectCommand(
  path: string,
  options: LookOptions,
  { host }: Context,
): Promise<CommandResult> {
  return await withImage(path, options, host, async (image) => {
    const report = await inspectImage(image, host);
    const text = formatReport(report).map((line) => `${line}\n`);
    return { text: text.join(''), brief: `${report.kind}\n`, json: report };
  });
}

function formatReport(report: ImageReport): string[] {
  const { path, kind, size, compression, partitionTable, unreadBoot, fileSystems, root } = report;
  const packed = compression === 'none' ? '' : `, compressed by ${compression}`;
  const bytes = kind === 'folder' || size === 0 ? '' : `, ${formatSize(size)}`;
  return [
    `${escapeName(path)}: ${KINDS[kind]}${bytes}${packed}`,
    ...(partitionTable ? tableLines(partitionTable, unreadBoot) : []),
    ...fileSystems.flatMap((item) => ['', ...fileSystemLines(item)]),
    ...(root ? rootLines(root) : []),
  ];
}

function tableLines(
  { type, id, bootCode, damaged, partitions }: PartitionTable,
  unread: readonly number[] = [],
): string[] {
  return [
    field(
      'partitions',
      `${type === 'dos' ? 'MBR' : 'GPT'} ${id}${damaged ? `, its ${damaged} copy is damaged` : ''}`,
    ),
    ...partitions.map((partition) => `  ${partitionLine(partition)}`),
    field('boot code', BOOT_CODES[bootCode.name]),
    ...unread.map((number) =>
      field('not read', `partition ${number}, which may have boot entries or kernels`),
    ),
  ];
}

function partitionLine({ number, type, bootable, offset, size, name, cut, fileSystem }: Partition): string {
  const words = [`${number}`, `type ${type}`, `${formatSize(size)} at ${formatSize(offset)}`];
  if (bootable) words.push('bootable');
  if (name !== undefined) words.push(JSON.stringify(escapeName(name)));
  if (cut) words.push('cut off by the end of the image');
  words.push(fileSystem ?? 'unknown');
  return words.join(', ');
}

function fileSystemLines(item: FileSystemReport): string[] {
  const { partition, type, size, free, inodes, freeInodes, uuid, label, features, clean, needsRecovery } =
    item;
  const where = partition === undefined ? type : `partition ${partition}: ${type}`;
  return [
    `${where}, ${formatSize(size)}, ${formatSize(free)} and ${freeInodes} of ${inodes} inodes free`,
    field('uuid', uuid),
    ...(label === '' ? [] : [field('label', escapeName(label))]),
    field('features', features.join(' ')),
    ...(clean && !needsRecovery ? [] : [field('state', needsRecovery ? 'journal to replay' : 'not clean')]),
    ...rootLines(item.root),
  ];
}

function rootLines(facts: RootFacts): string[] {
  const { entries, bytes, os, packages, boot, bootedFrom, bootedRoot, kernel, initrds = [] } = facts;
  const counts = Object.entries(packages).map(([kind, count]) => `${count} ${kind}`);
  const entry = defaultEntry(boot);
  const elsewhere = kernel?.partition === undefined ? '' : `, partition ${kernel.partition}`;
  return [
    field('holds', `${counted(entries, 'entry', 'entries')}, ${formatSize(bytes)}`),
    ...(os ? [field('system', escapeName(os.title))] : []),
    ...(counts.length > 0 ? [field('packages', counts.join(', '))] : []),
    ...(bootedFrom === undefined ? [] : [field('boot', `from partition ${bootedFrom}`)]),
    ...(boot ? menuLines(boot) : []),
    ...(kernel
      ? [field('kernel', escapeName(`${kernel.path}${elsewhere}, ${kernel.release ?? 'unknown release'}`))]
      : []),
    ...(entry?.options ? [field('options', escapeName(entry.options))] : []),
    ...(bootedRoot ? [field('root', escapeName(rootWords(bootedRoot)))] : []),
    ...initrds.map((initrd) => field('initrd', initrdWords(initrd))),
  ];
}

function menuLines(boot: BootConfig): string[] {
  const { loader, path, entries, problems = [], others = [] } = boot;
  const chosen = defaultEntry(boot);
  const menu = entries.map((entry) => {
    const { title, kernel, other } = entry;
    const what = kernel
      ? `${kernel.path}${kernel.missing ? ' (not found)' : ''}`
      : (other ?? 'boots nothing');
    return field('entry', escapeName(`${title}: ${what}${entry === chosen ? ', default' : ''}`));
  });
  const isPlain = entries.length === 1 && chosen?.kernel !== undefined && !chosen.kernel.missing;
  const unresolved = [
    ...problems,
    ...entries.flatMap(({ title, problems: own = [] }) => own.map((problem) => `${title}: ${problem}`)),
    ...(chosen?.initrds ?? []).filter(({ missing }) => missing).map((file) => `${file.path}: not found`),
  ];
  return [
    field('boot', escapeName(`${path}, ${LOADERS[loader]}, ${counted(entries.length, 'entry', 'entries')}`)),
    ...others.map((other) => field('also there', escapeName(other))),
    ...(isPlain ? [] : menu),
    ...unresolved.map((problem) => field('unresolved', escapeName(problem))),
  ];
}

function rootWords({ name, state, partition }: BootRoot): string {
  if (state === 'unknown') return name;
  if (state === 'not found') return `${name}, which this image does not have`;
  return partition === undefined ? `${name}, this file system` : `${name}, partition ${partition}`;
}

function initrdWords({ path, partition, size, modules, problem }: InitrdFacts): string {
  const elsewhere = partition === undefined ? '' : `, partition ${partition}`;
  const head = `${escapeName(path)}${elsewhere}, ${formatSize(size)}`;
  if (problem !== undefined) return `${head}: ${escapeName(problem)}`;
  if (!modules || modules.length === 0) return `${head}, no modules`;
  return `${head}, modules: ${escapeName(modules.join(' '))}`;
}

function field(name: string, value: string): string {
  return `  ${`${name}:`.padEnd(11)} ${value}`;
}
