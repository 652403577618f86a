import type { DataRange } from '../tree/content.ts';

/** The finest grain, in bytes. */
const FINEST_GRAIN = 1 << 16;

/** Grains of the largest map: beyond it they become larger instead of more. */
const MOST_GRAINS = 1 << 20;

/** Where a sparse file was written: the rest of it is a hole. It can be sent to other threads, which share it. */
export interface WrittenMap {
  /** Bytes of the file that a flag stands for. */
  readonly grain: number;
  /** One byte per grain: 1 where something was written. */
  readonly flags: Uint8Array<SharedArrayBuffer>;
}

/** The map of a file of `size` bytes in which nothing was written. */
export function writtenMap(size: number): WrittenMap {
  let grain = FINEST_GRAIN;
  while (size / grain > MOST_GRAINS) grain *= 2;
  return { grain, flags: new Uint8Array(new SharedArrayBuffer(Math.ceil(size / grain))) };
}

/** Notes that `length` bytes from `position` on are written. */
export function markWritten({ grain, flags }: WrittenMap, position: number, length: number): void {
  flags.fill(1, Math.floor(position / grain), Math.ceil((position + length) / grain));
}

/** The runs of what was written, as far as the file goes: `size` in bytes. */
export function writtenRanges({ grain, flags }: WrittenMap, size: number): DataRange[] {
  const ranges: DataRange[] = [];
  for (let at = flags.indexOf(1); at >= 0; ) {
    const hole = flags.indexOf(0, at);
    const end = hole < 0 ? flags.length : hole;
    const position = at * grain;
    ranges.push({ position, length: Math.min(end * grain, size) - position });
    at = hole < 0 ? -1 : flags.indexOf(1, hole);
  }
  return ranges;
}
