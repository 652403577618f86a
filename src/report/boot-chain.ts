import { BOOT_SECTOR_MAGIC_OFFSET, LDLINUX_MAGIC } from '../formats/syslinux/layout.ts';
import { type BootConfig, defaultEntry } from '../inspect/boot/facts.ts';
import { isEfiSystem } from '../inspect/boot/grub-machine.ts';
import { fileAt } from '../inspect/boot/volumes.ts';
import type { Partition, PartitionTable } from '../inspect/disk.ts';
import { escapeName } from '../inspect/listing.ts';
import type { ImageReport } from '../inspect/report.ts';
import type { RootFacts } from '../inspect/root-facts.ts';
import { formatSize } from '../recipe/size.ts';
import type { Tree } from '../tree/tree.ts';
import { initStep } from './init-step.ts';

/** One step from power-on to the first process. All of it is text without control characters. */
export interface BootStep {
  /** What takes its turn, such as `kernel`. */
  readonly title: string;
  /** Which one: a path, a name, a place. */
  readonly subject: string;
  readonly facts: readonly string[];
  /** What it loads, or runs, next. */
  readonly loads?: string;
  /** What this step needs is not in the image. */
  readonly problem?: string;
}

/** Where a configuration lies, and where it leads. */
export interface BootPlace {
  readonly image: Pick<ImageReport, 'kind' | 'partitionTable' | 'fileSystems'>;
  /** That has the configuration; absent when the image has no partitions. */
  readonly partition?: Partition | undefined;
  /** The first 512 bytes of the file system; absent for what has none. */
  readonly bootSector?: Uint8Array | undefined;
  /** Of the root file system, which may be another one than that of the configuration; absent when it is not read. */
  readonly rootTree?: Tree | undefined;
}

/**
 * How a machine gets from its firmware to the root's first process, as far as the image tells.
 *
 * @param tree that has the configuration
 * @param facts of that tree
 */
export function bootChain(tree: Tree, facts: RootFacts, place: BootPlace): BootStep[] {
  const { image, bootSector, rootTree } = place;
  const hasConfig = facts.boot !== undefined && facts.boot.entries.length > 0;
  if (facts.kernel === undefined && !hasConfig && !image.partitionTable) return [];
  const steps = [
    ...(image.partitionTable ? [bootCodeStep(image.partitionTable, place.partition)] : []),
    ...(bootSector ? bootSectorSteps(tree, facts, bootSector) : []),
    ...(facts.boot ? [configStep(facts.boot, facts, place)] : []),
    ...kernelSteps(facts),
    ...initrdSteps(facts),
    rootStep(facts, place),
  ];
  return rootTree ? [...steps, initStep(rootTree, facts)] : steps;
}

const BOOT_CODES: Readonly<Record<PartitionTable['bootCode']['name'], string>> = {
  none: 'none',
  syslinux: 'SYSLINUX mbr.bin',
  'syslinux-gpt': 'SYSLINUX gptmbr.bin',
  grub: 'GRUB boot.img',
  windows: 'Windows',
  unknown: 'unknown code',
};

/** Reads its own core.img, wherever that lies. */
const GRUB_LOADS = 'GRUB’s core.img, by its sector number';

function bootCodeStep({ type, bootCode, partitions }: PartitionTable, root: Partition | undefined): BootStep {
  const active = partitions.filter(({ bootable }) => bootable);
  const numbers = active.map(({ number }) => number).join(', ');
  const system = partitions.find((partition) => isEfiSystem(partition));
  const facts = [
    'the first 440 bytes of the disk, run by a BIOS',
    ...(bootCode.sha256 === undefined ? [] : [`sha256 ${bootCode.sha256}`]),
    ...(system ? [`EFI firmware looks into partition ${system.number} instead, which is not read here`] : []),
  ];
  const step = { title: 'boot code', subject: BOOT_CODES[bootCode.name], facts };
  if (bootCode.name === 'none') return system ? step : { ...step, problem: 'a BIOS finds nothing to run' };
  if (bootCode.name === 'grub') return { ...step, loads: GRUB_LOADS };
  if (active.length === 0) return { ...step, problem: 'no partition is marked as bootable' };
  const flag = type === 'gpt' ? 'legacy BIOS bootable' : 'active';
  const loads = `boot sector of the ${flag} partition ${numbers}`;
  const isRoots = root === undefined || active.some(({ number }) => number === root.number);
  return { ...step, loads: isRoots ? loads : `${loads}, which is another than this one` };
}

function bootSectorSteps(tree: Tree, facts: RootFacts, sector: Uint8Array): BootStep[] {
  const step = { title: 'boot sector', facts: ['the first sector of the partition'] };
  const view = new DataView(sector.buffer, sector.byteOffset, sector.length);
  if (sector.every((byte) => byte === 0)) return [];
  if (sector.length < 512 || view.getUint32(BOOT_SECTOR_MAGIC_OFFSET, true) !== LDLINUX_MAGIC) {
    return [{ ...step, subject: 'unknown code' }];
  }
  const folder = facts.boot?.path.replace(/\/[^/]*$/, '') ?? '/boot';
  const [sys, c32] = [`${folder}/ldlinux.sys`, `${folder}/ldlinux.c32`];
  const file = fileAt(tree, sys);
  return [
    { ...step, subject: 'SYSLINUX', loads: 'ldlinux.sys, by the number of its first sector' },
    {
      title: 'boot loader',
      subject: escapeName(sys),
      facts: file ? [formatSize(file.content.size), 'reads the rest of itself by a list of sectors'] : [],
      loads: `ldlinux.c32, ${facts.boot ? escapeName(nameOf(facts.boot.path)) : 'its configuration'}`,
      ...(!file && { problem: 'it is not there' }),
      ...(file && !fileAt(tree, c32) && { problem: 'ldlinux.c32 is not beside it' }),
    },
  ];
}

function configStep(boot: BootConfig, { bootedRoot }: RootFacts, { partition }: BootPlace): BootStep {
  const { path, entries, problems = [] } = boot;
  const entry = defaultEntry(boot);
  const files = [...(entry?.kernel ? [entry.kernel] : []), ...(entry?.initrds ?? [])];
  const missing = files.filter((file) => file.missing).map((file) => escapeName(file.path));
  const told = [
    ...(missing.length > 0 ? [`${missing.join(', ')}: not there`] : []),
    ...(entry?.problems ?? []).map(escapeName),
    ...(entry ? [] : problems.map(escapeName)),
  ];
  const loads = entry?.other ?? files.map((file) => file.path).join(', ');
  return {
    title: 'configuration',
    subject: escapeName(path),
    facts: [
      ...(partition && partition.number !== bootedRoot?.partition
        ? [`on partition ${partition.number}`]
        : []),
      ...(entry ? [`entry ${escapeName(entry.title)}`] : []),
      ...(entries.length === 1 ? [] : [`${entries.length} entries`]),
      ...(entry?.options ? [`options ${escapeName(entry.options)}`] : []),
    ],
    ...(loads !== '' && { loads: escapeName(loads) }),
    ...(told.length > 0 && { problem: told.join('; ') }),
  };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function kernelSteps({ kernel, initrds = [] }: RootFacts): BootStep[] {
  if (!kernel) return [];
  const release =
    kernel.release === undefined ? 'no x86 kernel image' : `Linux ${escapeName(kernel.release)}`;
  return [
    {
      title: 'kernel',
      subject: escapeName(kernel.path),
      facts: [release, formatSize(kernel.size)],
      loads: initrds.length > 0 ? '/init of the initrd' : 'the root file system',
    },
  ];
}

function initrdSteps({ initrds = [] }: RootFacts): BootStep[] {
  return initrds.map(({ path, size, entries, modules = [], problem }) => {
    const count = modules.length === 1 ? '1 module' : `${modules.length} modules`;
    return {
      title: 'initrd',
      subject: escapeName(path),
      facts: [
        formatSize(size),
        ...(entries === undefined ? [] : [`${entries} entries`]),
        ...(modules.length === 0 ? [] : [`${count}: ${shortList(modules)}`]),
      ],
      loads: modules.length > 0 ? `${count}, then the root file system` : 'the root file system',
      ...(problem !== undefined && { problem: escapeName(problem) }),
    };
  });
}

/** Initrds of distributions have hundreds of modules. */
const MODULES = 60;

function shortList(modules: readonly string[]): string {
  const more = modules.length - MODULES;
  return `${modules.slice(0, MODULES).map(escapeName).join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function rootStep({ bootedRoot }: RootFacts, { image }: BootPlace): BootStep {
  const step = { title: 'root file system', facts: [], loads: 'the first process' };
  if (!bootedRoot) return { ...step, subject: 'what the kernel is told' };
  const { name, state, partition } = bootedRoot;
  const subject = escapeName(name);
  if (state === 'not found') return { ...step, subject, problem: 'no file system of this image has it' };
  if (state === 'unknown') return { ...step, subject };
  const where = partition === undefined ? [] : [`partition ${partition}`];
  const found = image.fileSystems.find((item) => item.partition === partition);
  if (!found) return { ...step, subject, facts: [...where, 'its file system is not read here'] };
  const label = found.label === '' ? [] : [`label ${escapeName(found.label)}`];
  return { ...step, subject, facts: [...where, found.type, ...label, formatSize(found.size)] };
}
