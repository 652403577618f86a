import * as nodeFs from 'node:fs';
import { dataRuns } from '../disk/data-runs.ts';
import { isSystemError } from '../errors.ts';
import type { DataRange } from '../tree/content.ts';
import type { ReadableVolume } from '../tree/volume.ts';

/** Read at once: large, for a hole is passed in one comparison. */
const PIECE = 1 << 20;

/** From this many bytes of holes on, reading past the page cache is faster, though it reads data from the disk. */
const MANY_HOLES = 64 << 20;

/** The part that is used of what only TypeScript's `dom` library declares. */
declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};

/**
 * Where a host file holds more than zeros, in steps of 4 KiB. Node.js has no `SEEK_HOLE`, so the file is read
 * through: 0.5 s for each GiB of holes by way of the page cache, 0.06 s directly, which is done for large
 * holes where the system can.
 *
 * @param size in bytes
 * @param allocated bytes that the file takes on its disk (`st_blocks` * 512)
 * @throws what the volume's calls throw
 */
export function findData(
  volume: ReadableVolume,
  path: string | Buffer,
  size: number,
  allocated: number,
): DataRange[] {
  const sparse = size - allocated >= MANY_HOLES && allocated < size / 2;
  const direct = sparse && volume.openSync === nodeFs.openSync;
  return (direct && readDirectly(path, size)) || readBuffered(volume, path, size);
}

function readBuffered(volume: ReadableVolume, path: string | Buffer, size: number): DataRange[] {
  const fd = volume.openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(PIECE, size));
    return scan((target, at) => volume.readSync(fd, target, 0, target.length, at), buffer, size);
  } finally {
    volume.closeSync(fd);
  }
}

/** With `O_DIRECT`, which not all systems and file systems have: nothing where it is refused. */
function readDirectly(path: string | Buffer, size: number): DataRange[] | undefined {
  const { O_DIRECT, O_RDONLY } = nodeFs.constants;
  if (O_DIRECT === undefined) return undefined;
  let fd = -1;
  try {
    fd = nodeFs.openSync(path, O_RDONLY | O_DIRECT);
    // Such memory must begin at a page, as that of wasm does.
    const { buffer } = new WebAssembly.Memory({ initial: PIECE >> 16 });
    return scan((target, at) => nodeFs.readSync(fd, target, 0, target.length, at), Buffer.from(buffer), size);
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  } finally {
    if (fd >= 0) nodeFs.closeSync(fd);
  }
}

type Read = (target: Uint8Array, position: number) => number;

function scan(read: Read, buffer: Buffer, size: number): DataRange[] {
  const ranges: { position: number; length: number }[] = [];
  for (let at = 0; at < size; at += PIECE) {
    const length = Math.min(PIECE, size - at);
    fillPiece(read, buffer, at, length);
    for (const run of dataRuns(buffer.subarray(0, length))) {
      const last = ranges.at(-1);
      if (last && last.position + last.length === at + run.position) last.length += run.length;
      else ranges.push({ position: at + run.position, length: run.length });
    }
  }
  return ranges;
}

/** What a file that shrank no longer has counts as data: whoever reads that will find it missing. */
function fillPiece(read: Read, buffer: Buffer, position: number, length: number): void {
  let filled = 0;
  while (filled < length) {
    const count = read(filled === 0 ? buffer : buffer.subarray(filled), position + filled);
    if (count === 0) break;
    filled += count;
  }
  if (filled < length) buffer.fill(0xff, filled, length);
}
