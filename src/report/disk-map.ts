import type { Partition, PartitionTable } from '../inspect/disk.ts';
import { escapeName } from '../inspect/listing.ts';

/**
 * `table`: the first sector with boot code and partition table, and both copies of a GPT; `gap`: before the first
 * partition, where boot loaders may put code; `free`: in no partition.
 */
export type SegmentKind = 'table' | 'gap' | 'partition' | 'free';

/** A part of a disk. */
export interface Segment {
  readonly kind: SegmentKind;
  readonly title: string;
  /** In bytes. */
  readonly offset: number;
  readonly length: number;
  /** Of partitions. */
  readonly partition?: Partition;
}

/** A disk from its first byte to its last: the segments touch each other and cover it. */
export interface DiskMap {
  /** In bytes; more than the image has when partitions are cut off by its end. */
  readonly size: number;
  readonly segments: readonly Segment[];
}

const SECTOR = 512;
/** The header and 128 entries of a GPT, in sectors (UEFI 2.10, 5.3). */
const GPT_SECTORS = 33;
/** Types of DOS partitions that only hold others. */
const EXTENDED = new Set(['5', 'f', '85']);

/** @param size of the image, decompressed, in bytes */
export function diskMap({ type, partitions }: PartitionTable, size: number): DiskMap {
  const isGpt = type === 'gpt';
  const real = partitions
    .filter((partition) => isGpt || !EXTENDED.has(partition.type))
    .sort((a, b) => a.offset - b.offset);
  const end = real.reduce((last, partition) => Math.max(last, partition.offset + partition.size), size);
  const backup = isGpt && end === size ? end - GPT_SECTORS * SECTOR : end;
  const segments: Segment[] = [];
  let position = 0;
  const add = (to: number, segment: Omit<Segment, 'offset' | 'length'>): void => {
    if (to <= position) return;
    segments.push({ ...segment, offset: position, length: to - position });
    position = to;
  };
  add(SECTOR, { kind: 'table', title: isGpt ? 'boot code and protective MBR' : 'boot code and MBR' });
  if (isGpt) add(SECTOR * (1 + GPT_SECTORS), { kind: 'table', title: 'GPT' });
  for (const partition of real) {
    const isFirst = partition === real[0];
    add(
      partition.offset,
      isFirst
        ? { kind: 'gap', title: 'gap before the first partition' }
        : { kind: 'free', title: 'in no partition' },
    );
    add(partition.offset + partition.size, { kind: 'partition', title: titleOf(partition), partition });
  }
  add(backup, { kind: 'free', title: 'in no partition' });
  add(end, { kind: 'table', title: 'backup GPT' });
  return { size: end, segments };
}

function titleOf({ number, name, fileSystem }: Partition): string {
  const named = name === undefined ? '' : ` “${escapeName(name)}”`;
  return `partition ${number}${named}${fileSystem ? `, ${fileSystem}` : ''}`;
}
