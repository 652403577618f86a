import { sumBlockUse } from '../../ext4/block-use.ts';
import type { BlockUse } from '../../ext4/group-layout.ts';
import { escapeName } from '../../inspect/listing.ts';
import { formatSize } from '../../recipe/size.ts';
import type { DiskMap, Segment } from '../disk-map.ts';
import type { FileSystemMap, ReportData } from '../report-data.ts';
import { blockCells, blockMap, diskStrip } from './charts.ts';
import { type Html, html } from './html.ts';
import { facts } from './parts.ts';
import { count, size, sizeColumns, table } from './table.ts';

/** Disks whose first partition begins before this part of them get a second strip of their beginning. */
const MAGNIFY = 1 / 20;

const USES: Readonly<Record<BlockUse, string>> = {
  used: 'files and folders',
  free: 'free',
  inodes: 'inode tables',
  journal: 'journal',
  bitmaps: 'bitmaps',
  superblock: 'superblocks and group descriptors',
};

/** The disk's map to scale, and that of each file system. */
export function diskSection({ image, disk, fileSystems }: ReportData): Html | undefined {
  if (!disk && fileSystems.length === 0) return undefined;
  return html`<section id="disk">
<h2>${disk ? 'Disk' : 'File system'}</h2>
${disk && diskPart(disk, image.partitionTable!)}
${fileSystems.map(fileSystemPart)}
</section>
`;
}

function diskPart(disk: DiskMap, tableOf: NonNullable<ReportData['image']['partitionTable']>): Html {
  const first = disk.segments.find(({ kind }) => kind === 'partition')?.offset ?? 0;
  const words = disk.segments.map(({ title, length }) => `${title} ${formatSize(length)}`).join(', ');
  return html`<div class="card">
<h3>${tableOf.type === 'gpt' ? 'GPT' : 'MBR'} <code>${tableOf.id}</code></h3>
${tableOf.damaged && html`<p class="problem">Its ${tableOf.damaged} copy is damaged.</p>`}
<p class="scale"><span>0</span><span>${formatSize(disk.size)}</span></p>
${diskStrip(disk.segments, disk.size, `The disk to scale: ${words}`)}
${first > 0 && first < disk.size * MAGNIFY && beginning(disk, 2 * first)}
<ul class="legend"><li class="disk-table">boot code and partition table</li><li class="disk-gap">gap</li><li class="disk-partition">partition</li><li class="disk-free">in no partition</li></ul>
${segmentTable(disk)}
</div>
`;
}

function beginning({ segments }: DiskMap, end: number): Html {
  return html`<p class="scale"><span>the first ${formatSize(end)}, magnified</span><span>${formatSize(end)}</span></p>
${diskStrip(segments, end, `The first ${formatSize(end)}, magnified`)}
`;
}

function segmentTable({ segments, size: whole }: DiskMap): Html {
  const columns = [
    {
      heading: 'Part',
      cell: ({ title, partition }: Segment) => html`${title}${partition && partitionWords(partition)}`,
    },
    {
      heading: 'Begins at',
      value: ({ offset }: Segment) => offset,
      cell: ({ offset }: Segment) => size(offset),
    },
    ...sizeColumns<Segment & { bytes: number }>(whole),
  ];
  const rows = segments.map((segment) => ({ ...segment, bytes: segment.length }));
  return table(rows, columns, { caption: 'Parts of the disk', total: ['All', '', size(whole), ''] });
}

function partitionWords({ type, uuid, bootable, cut }: NonNullable<Segment['partition']>): Html {
  return html`<br><small>type <code>${type}</code>, PARTUUID <code>${uuid}</code>${bootable && ', bootable'}${cut && ', cut off by the end of the image'}</small>`;
}

function fileSystemPart({ fileSystem, runs }: FileSystemMap): Html {
  const { partition, type, label, uuid, features, blockSize, inodes, freeInodes } = fileSystem;
  const { clean, needsRecovery } = fileSystem;
  const { bytes, uses } = blockCells(runs);
  const sums = sumBlockUse(runs);
  const rows = (Object.keys(USES) as BlockUse[]).map((use) => ({ use, bytes: sums[use] }));
  const words = rows.map((row) => `${USES[row.use]} ${formatSize(row.bytes)}`).join(', ');
  return html`<div class="card">
<h3>${partition === undefined ? '' : `Partition ${partition}: `}${type}${label !== '' && ` “${escapeName(label)}”`}</h3>
${!(clean && !needsRecovery) && html`<p class="problem">${needsRecovery ? 'Its journal is to be replayed.' : 'It was not unmounted properly, or has errors.'}</p>`}
${blockMap(uses, `The file system to scale: ${words}`)}
<ul class="legend">${rows.map(({ use }) => html`<li class="use-${use}">${USES[use]}</li>`)}</ul>
<p class="note">Line by line from its first block to its last; a cell stands for ${formatSize(bytes)} and shows metadata where there is some, else what most of it is.</p>
${table(
  rows,
  [
    { heading: 'Blocks of', cell: ({ use }) => USES[use] },
    ...sizeColumns<(typeof rows)[number]>(fileSystem.size),
  ],
  {
    caption: `What the file system's blocks are for`,
    total: ['All', size(fileSystem.size), ''],
  },
)}
${facts([
  ['UUID', html`<code>${uuid}</code>`],
  ['Block size', formatSize(blockSize)],
  ['Inodes', `${count(inodes - freeInodes)} of ${count(inodes)} used`],
  ['Features', html`<code>${features.join(' ')}</code>`],
])}
</div>
`;
}
