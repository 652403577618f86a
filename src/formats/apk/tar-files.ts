import { decodeName } from '../../tree/name.ts';
import { BLOCK, decodeHeader } from '../tar/header.ts';
import { decodePax, type PaxRecords } from '../tar/pax.ts';
import { damagedApk } from './errors.ts';

/** One entry of a tar at hand, as abuild and apk write them: ustar or GNU headers, PAX records. */
export interface TarFile {
  readonly name: string;
  readonly linkname: string;
  /** `0` file, `1` hard link, `2` symlink, `3` and `4` devices, `5` directory, `6` named pipe. */
  readonly typeflag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname: string;
  readonly gname: string;
  /** Seconds. */
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
  readonly pax: PaxRecords;
  /** A view of the tar, which begins at this byte of it. */
  readonly body: Uint8Array;
  readonly position: number;
}

const NO_RECORDS: PaxRecords = new Map();

/**
 * Walks a tar in memory. apk's members are tars without an end but for the last, so that it may just stop.
 *
 * @throws RB_ARCHIVE_DAMAGED when a header is none, or a body is cut off
 */
export function* tarFiles(bytes: Uint8Array, what: string): Generator<TarFile, void, undefined> {
  let pax = NO_RECORDS;
  let longName: string | undefined;
  let longLink: string | undefined;
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const block = bytes.subarray(at, at + BLOCK);
    if (block[0] === 0 && block.every((byte) => byte === 0)) return;
    const header = decodeHeader(block);
    if (!header) throw damagedApk(what, `no tar header at byte ${at}`);
    if (![header.uid, header.gid].every(isOwner)) throw damagedApk(what, 'an owner is no number that fits');
    const position = at + BLOCK;
    const size = hasBody(header.typeflag) ? sizeOf(pax, header.size) : 0;
    if (!(size >= 0) || position + size > bytes.length) throw damagedApk(what, 'an entry is cut off');
    const body = bytes.subarray(position, position + size);
    at = position + size + (-size & (BLOCK - 1));
    switch (header.typeflag) {
      case 'x':
        pax = records(body, what);
        continue;
      case 'L':
        longName = text(body);
        continue;
      case 'K':
        longLink = text(body);
        continue;
      case 'g':
        continue;
    }
    yield {
      name: named(pax, 'path') ?? longName ?? decodeName(header.name),
      linkname: named(pax, 'linkpath') ?? longLink ?? decodeName(header.linkname),
      typeflag: header.typeflag === '7' ? '0' : header.typeflag,
      mode: header.mode & 0o7777,
      uid: header.uid,
      gid: header.gid,
      uname: named(pax, 'uname') ?? decodeName(header.uname),
      gname: named(pax, 'gname') ?? decodeName(header.gname),
      mtime: header.mtime,
      major: header.major,
      minor: header.minor,
      pax,
      body,
      position,
    };
    pax = NO_RECORDS;
    longName = undefined;
    longLink = undefined;
  }
}

/** Linux has 32 bits for users and groups. */
function isOwner(id: number): boolean {
  return id >= 0 && id <= 0xffffffff;
}

function hasBody(typeflag: string): boolean {
  return '07xgLK'.includes(typeflag);
}

function sizeOf(pax: PaxRecords, stored: number): number {
  const record = pax.get('size');
  return record ? Number(Buffer.from(record).toString('latin1')) : stored;
}

function records(bytes: Uint8Array, what: string): PaxRecords {
  const found = decodePax(bytes);
  if (!found) throw damagedApk(what, 'a PAX header is malformed');
  return found;
}

function named(pax: PaxRecords, key: string): string | undefined {
  const value = pax.get(key);
  return value && value.length > 0 ? decodeName(value) : undefined;
}

/** Up to the first NUL. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decodeName(end < 0 ? bytes : bytes.subarray(0, end));
}
