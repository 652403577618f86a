import { BOOT_SECTOR_MAGIC_OFFSET, LDLINUX_MAGIC } from '../formats/syslinux/layout.ts';
import type { Partition, PartitionTable } from '../inspect/disk.ts';
import { escapeName } from '../inspect/listing.ts';
import type { ImageReport } from '../inspect/report.ts';
import { fileAt, type RootFacts } from '../inspect/root-facts.ts';
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

/** Where a root lies. */
export interface RootPlace {
  readonly image: Pick<ImageReport, 'kind' | 'partitionTable' | 'fileSystems'>;
  /** That has the root; absent when the image has no partitions. */
  readonly partition?: Partition | undefined;
  /** The first 512 bytes of the file system; absent for what has none. */
  readonly bootSector?: Uint8Array | undefined;
}

/** How a machine gets from its firmware to the root's first process, as far as the image tells. */
export function bootChain(tree: Tree, facts: RootFacts, place: RootPlace): BootStep[] {
  const { image, bootSector } = place;
  const hasConfig = facts.boot?.kernel !== undefined;
  const steps = [
    ...(image.partitionTable ? [bootCodeStep(image.partitionTable, place.partition)] : []),
    ...(bootSector ? bootSectorSteps(tree, facts, bootSector) : []),
    ...configSteps(tree, facts),
    ...kernelSteps(facts),
    ...initrdSteps(facts),
  ];
  if (facts.kernel === undefined && !hasConfig && !image.partitionTable) return [];
  return [...steps, rootStep(facts, place), initStep(tree, facts)];
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

function isEfiSystem({ type }: Partition): boolean {
  return type === 'ef' || type === 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';
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

function configSteps(tree: Tree, { boot, kernel, initrd }: RootFacts): BootStep[] {
  if (!boot) {
    const path = ['/boot/grub/grub.cfg', '/boot/grub2/grub.cfg', '/grub/grub.cfg'].find((name) =>
      fileAt(tree, name),
    );
    if (path === undefined) return [];
    return [{ title: 'configuration', subject: path, facts: ['of GRUB, a script that is not run here'] }];
  }
  const { path, label, append } = boot;
  const loads = [boot.kernel, boot.initrd].filter((name) => name !== undefined).map(escapeName);
  const missing = [
    ...(boot.kernel !== undefined && !named(kernel?.path, boot.kernel) ? [boot.kernel] : []),
    ...(boot.initrd !== undefined && !named(initrd?.path, boot.initrd.split(',')[0]!) ? [boot.initrd] : []),
  ];
  return [
    {
      title: 'configuration',
      subject: escapeName(path),
      facts: [
        ...(label === undefined ? [] : [`label ${escapeName(label)}`]),
        ...(append ? [`append ${escapeName(append)}`] : []),
      ],
      ...(loads.length > 0 && { loads: loads.join(', ') }),
      ...(missing.length > 0 && { problem: `${missing.map(escapeName).join(', ')}: not there` }),
    },
  ];
}

/** Whether a path that was found is the one that a configuration names. */
function named(found: string | undefined, name: string): boolean {
  return found !== undefined && nameOf(found) === nameOf(name);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function kernelSteps({ kernel, initrd }: RootFacts): BootStep[] {
  if (!kernel) return [];
  const release =
    kernel.release === undefined ? 'no x86 kernel image' : `Linux ${escapeName(kernel.release)}`;
  return [
    {
      title: 'kernel',
      subject: escapeName(kernel.path),
      facts: [release, formatSize(kernel.size)],
      loads: initrd ? '/init of the initrd' : 'the root file system',
    },
  ];
}

function initrdSteps({ initrd }: RootFacts): BootStep[] {
  if (!initrd) return [];
  const { path, size, entries, modules = [], problem } = initrd;
  const count = modules.length === 1 ? '1 module' : `${modules.length} modules`;
  return [
    {
      title: 'initrd',
      subject: escapeName(path),
      facts: [
        formatSize(size),
        ...(entries === undefined ? [] : [`${entries} entries`]),
        ...(modules.length === 0 ? [] : [`${count}: ${shortList(modules)}`]),
      ],
      loads: modules.length > 0 ? `${count}, then the root file system` : 'the root file system',
      ...(problem !== undefined && { problem: escapeName(problem) }),
    },
  ];
}

/** Initrds of distributions have hundreds of modules. */
const MODULES = 60;

function shortList(modules: readonly string[]): string {
  const more = modules.length - MODULES;
  return `${modules.slice(0, MODULES).map(escapeName).join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function rootStep({ boot, initrd }: RootFacts, { image }: RootPlace): BootStep {
  const asked = /(?:^|\s)root=(\S+)/.exec(boot?.append ?? '')?.[1];
  const wanted = initrd?.rootUuid === undefined ? asked : `UUID=${initrd.rootUuid}`;
  const step = { title: 'root file system', facts: [], loads: 'the first process' };
  if (wanted === undefined) return { ...step, subject: 'what the kernel is told' };
  const [, key = '', value = ''] = /^(UUID|LABEL|PARTUUID)=(.*)$/.exec(wanted) ?? [];
  const { partitions = [] } = image.partitionTable ?? {};
  const found = image.fileSystems.find(({ uuid, label, partition }) => {
    if (key === 'UUID') return uuid === value.toLowerCase();
    if (key === 'LABEL') return label === value;
    const place = partitions.find(({ number }) => number === partition);
    return key === 'PARTUUID' && place?.uuid.toLowerCase() === value.toLowerCase();
  });
  const subject = escapeName(wanted);
  if (key === '' || image.fileSystems.length === 0) return { ...step, subject };
  if (!found) return { ...step, subject, problem: 'no file system of this image has it' };
  const where = found.partition === undefined ? [] : [`partition ${found.partition}`];
  const label = found.label === '' ? [] : [`label ${escapeName(found.label)}`];
  return { ...step, subject, facts: [...where, found.type, ...label, formatSize(found.size)] };
}
