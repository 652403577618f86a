import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeName } from '../../tree/name.ts';

/** One recorded call of a program whose effect the disk does not hold. */
export interface ShimCall {
  readonly program: string;
  /** Absolute, in the guest. */
  readonly cwd: string;
  readonly args: readonly string[];
  /** Inode numbers that arguments which are paths had after the call. */
  readonly inodes: ReadonlyMap<string, bigint>;
  /** Nanoseconds since 1970, by the clock of the scratch root's file system. */
  readonly time: bigint;
}

/** Reads the records of a step, in the order of the calls. Records cut short, as by a kill, are left out. */
export function readShimLog(directory: string): ShimCall[] {
  return readdirSync(directory)
    .map((name) => {
      const path = join(directory, name);
      const time = lstatSync(path, { bigint: true }).mtimeNs;
      return { pid: Number(name), call: parseShimCall(readFileSync(path), time) };
    })
    .sort((a, b) => Number(a.call ? a.call.time - (b.call?.time ?? 0n) : 0n) || a.pid - b.pid)
    .flatMap(({ call }) => call ?? []);
}

/** Parses one record; undefined when it is not complete. */
export function parseShimCall(record: Uint8Array, time: bigint): ShimCall | undefined {
  const end = Buffer.from(record.buffer, record.byteOffset, record.length).lastIndexOf(0);
  if (end < 1 || record[end - 1] !== 0) return undefined;
  const [program, cwd, ...args] = decodeName(record.subarray(0, end - 1)).split('\0');
  if (!program || !cwd?.startsWith('/')) return undefined;
  const inodes = new Map<string, bigint>();
  for (const line of decodeName(record.subarray(end + 1)).split('\n')) {
    const match = /^(\d+) (.+)$/.exec(line);
    if (match) inodes.set(match[2]!, BigInt(match[1]!));
  }
  return { program, cwd, args, inodes, time };
}
