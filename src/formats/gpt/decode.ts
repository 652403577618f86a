import { crc32 } from 'node:zlib';
import { RootlessBakeError } from '../../errors.ts';
import { ENTRY_SIZE, type Gpt, type GptPartition, HEADER_SIZE, SIGNATURE } from './gpt.ts';

/** A disk, as far as reading its table takes it. */
export interface GptDisk {
  /** In bytes. */
  readonly size: number;
  /** Fills all of `target` from `offset`, which lie within the disk. */
  read(target: Uint8Array, offset: number): void;
}

const SECTOR_SIZE = 512;
/** More entries or larger ones than this have no use; tools write 128 of 128 bytes. */
const MAXIMUM_ENTRIES = 4096;
const MAXIMUM_ENTRY_SIZE = 4096;
const UNUSED = '00000000-0000-0000-0000-000000000000';

type Copy = Omit<Gpt, 'damaged'>;

/**
 * Decodes the table of a disk with sectors of 512 bytes. The checksums of both copies, header and entries, are
 * verified; where one of them is damaged, the other one counts.
 *
 * @throws RootlessBakeError `RB_GPT_INVALID` when neither copy is whole, or partitions overlap, lie outside of the
 * disk, or have no sector
 */
export function decodeGpt(disk: GptDisk): Gpt {
  const sectors = Math.floor(disk.size / SECTOR_SIZE);
  const primary = attempt(() => readCopy(disk, sectors, 1));
  const backup = attempt(() => readCopy(disk, sectors, sectors - 1));
  if (primary.copy) return { ...primary.copy, ...(!backup.copy && { damaged: 'backup' as const }) };
  if (backup.copy) return { ...backup.copy, damaged: 'primary' };
  throw primary.error;
}

function attempt(read: () => Copy): { copy: Copy; error?: never } | { copy?: never; error: unknown } {
  try {
    return { copy: read() };
  } catch (error) {
    if (!(error instanceof RootlessBakeError)) throw error;
    return { error };
  }
}

function readCopy(disk: GptDisk, sectors: number, lba: number): Copy {
  if (lba < 1 || lba >= sectors) throw invalid('the disk is too small for one');
  const header = Buffer.alloc(SECTOR_SIZE);
  disk.read(header, lba * SECTOR_SIZE);
  if (header.toString('latin1', 0, 8) !== SIGNATURE) throw invalid(`no header in sector ${lba}`);
  const headerSize = header.readUInt32LE(12);
  if (headerSize < HEADER_SIZE || headerSize > SECTOR_SIZE) {
    throw invalid(`the header in sector ${lba} has ${headerSize} bytes`);
  }
  const stored = header.readUInt32LE(16);
  const unsigned = Buffer.from(header.subarray(0, headerSize));
  unsigned.writeUInt32LE(0, 16);
  if (crc32(unsigned) !== stored) throw invalid(`the header in sector ${lba} has another checksum`);
  if (sectorNumber(header, 24) !== lba) throw invalid(`the header in sector ${lba} belongs elsewhere`);
  const firstUsable = sectorNumber(header, 40);
  const lastUsable = sectorNumber(header, 48);
  const entries = readEntries(disk, header);
  const partitions = decodeEntries(entries, header.readUInt32LE(84));
  checkPlaces(partitions, sectors);
  return { diskGuid: guid(header, 56), firstUsable, lastUsable, partitions };
}

function readEntries(disk: GptDisk, header: Buffer): Buffer {
  const offset = sectorNumber(header, 72) * SECTOR_SIZE;
  const count = header.readUInt32LE(80);
  const size = header.readUInt32LE(84);
  if (count > MAXIMUM_ENTRIES || size < ENTRY_SIZE || size > MAXIMUM_ENTRY_SIZE || size % 8 !== 0) {
    throw invalid(`${count} entries of ${size} bytes`);
  }
  if (offset + count * size > disk.size) throw invalid('its entries lie beyond the end of the disk');
  const entries = Buffer.alloc(count * size);
  disk.read(entries, offset);
  if (crc32(entries) !== header.readUInt32LE(88)) throw invalid('its entries have another checksum');
  return entries;
}

function decodeEntries(entries: Buffer, size: number): GptPartition[] {
  const partitions: GptPartition[] = [];
  for (let at = 0; at < entries.length; at += size) {
    const type = guid(entries, at);
    if (type === UNUSED) continue;
    const firstSector = sectorNumber(entries, at + 32);
    const lastSector = sectorNumber(entries, at + 40);
    partitions.push({
      index: at / size,
      type,
      guid: guid(entries, at + 16),
      firstSector,
      sectorCount: lastSector - firstSector + 1,
      attributes: entries.readBigUInt64LE(at + 48),
      name: entries.toString('utf16le', at + 56, at + ENTRY_SIZE).replace(/\0.*$/s, ''),
    });
  }
  return partitions;
}

function checkPlaces(partitions: readonly GptPartition[], sectors: number): void {
  const sorted = [...partitions].sort((a, b) => a.firstSector - b.firstSector);
  for (const [position, { index, firstSector, sectorCount }] of sorted.entries()) {
    const end = firstSector + sectorCount;
    if (sectorCount < 1) throw invalid(`partition ${index + 1} ends before it begins`);
    if (firstSector < 1 || end > sectors) throw invalid(`partition ${index + 1} lies outside of the disk`);
    const next = sorted[position + 1];
    if (next && end > next.firstSector) {
      throw invalid(`partitions ${index + 1} and ${next.index + 1} overlap`);
    }
  }
}

function sectorNumber(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  if (value <= BigInt(Number.MAX_SAFE_INTEGER) / 512n) return Number(value);
  throw invalid(`a sector has the number ${value}`);
}

/** The first three fields are little-endian numbers, the rest are bytes. */
function guid(bytes: Buffer, at: number): string {
  const field = (from: number, to: number): string => bytes.toString('hex', at + from, at + to);
  const number = (from: number, to: number): string =>
    Buffer.from(bytes.subarray(at + from, at + to))
      .reverse()
      .toString('hex');
  return [number(0, 4), number(4, 6), number(6, 8), field(8, 10), field(10, 16)].join('-').toUpperCase();
}

function invalid(why: string): RootlessBakeError {
  return new RootlessBakeError('RB_GPT_INVALID', `the disk has no sound GUID partition table: ${why}`, {
    hint: 'the image is truncated or damaged; `sgdisk --verify` tells, and repairs, what it can',
  });
}
