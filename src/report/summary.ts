import { sumBlockUse } from '../ext4/block-use.ts';
import type { BlockUse } from '../ext4/group-layout.ts';
import type { BootConfig } from '../inspect/boot/facts.ts';
import type { DiskMap } from './disk-map.ts';
import type { ReportData, RootData } from './report-data.ts';

/** What a report tells but for what only a picture needs: each block, each entry. It is plain JSON. */
export interface ReportSummary {
  readonly name: string;
  readonly kind: ReportData['image']['kind'];
  /** Of the file as it is, in bytes; 0 for folders. */
  readonly size: number;
  readonly disk?: DiskMap;
  readonly fileSystems: readonly {
    readonly partition?: number;
    readonly uuid: string;
    readonly size: number;
    /** Bytes of blocks by what they are for; their sum is the size. */
    readonly use: Readonly<Record<BlockUse, number>>;
  }[];
  readonly roots: readonly (Omit<RootData, 'tree' | 'facts'> & {
    readonly entries: number;
    readonly bytes: number;
    readonly boot?: BootConfig;
  })[];
}

export function summarizeReport({ name, image, disk, fileSystems, roots }: ReportData): ReportSummary {
  return {
    name,
    kind: image.kind,
    size: image.size,
    ...(disk && { disk }),
    fileSystems: fileSystems.map(({ fileSystem: { partition, uuid, size }, runs }) => ({
      ...(partition !== undefined && { partition }),
      uuid,
      size,
      use: sumBlockUse(runs),
    })),
    roots: roots.map(({ tree: _, facts, ...root }) => ({
      ...root,
      entries: facts.entries,
      bytes: facts.bytes,
      ...(facts.boot && { boot: facts.boot }),
    })),
  };
}
