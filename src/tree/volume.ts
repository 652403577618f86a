import type { Stats } from 'node:fs';

/**
 * The part of `node:fs` that reading a folder takes. `node:fs` itself fits, and so does a memfs volume.
 * Names are asked for as bytes where they are not UTF-8; memfs may give strings.
 */
export interface ReadableVolume {
  readdirSync(path: string | Buffer, options: { encoding: 'buffer' | 'utf8' }): readonly unknown[];
  /** Does not follow a link. */
  lstatSync(path: string | Buffer, options: { bigint: true }): BigStats;
  /** Follows links. */
  statSync(path: string | Buffer, options: { bigint: true }): BigStats;
  readlinkSync(path: string | Buffer, options: { encoding: 'buffer' }): string | Uint8Array;
  openSync(path: string | Buffer, flags: string, mode?: number): number;
  readSync(fd: number, target: Uint8Array, offset: number, length: number, position: number): number;
  closeSync(fd: number): void;
}

/** The part of `node:fs` that writing one file under a temporary name and renaming it takes. */
export interface WritableVolume {
  openSync(path: string, flags: string, mode?: number): number;
  readSync(fd: number, target: Uint8Array, offset: number, length: number, position: number): number;
  writeSync(fd: number, source: Uint8Array, offset: number, length: number, position: number): number;
  ftruncateSync(fd: number, length: number): void;
  fstatSync(fd: number): { readonly blocks?: number | bigint };
  closeSync(fd: number): void;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  existsSync(path: string): boolean;
  /** Throws unless the path may be used in all ways of `mode`. */
  accessSync(path: string, mode: number): void;
  /** Follows links. */
  statSync(path: string): { isDirectory(): boolean };
}

/** What is used of a stat result with `bigint: true`. */
export interface BigStats
  extends Pick<
    Stats,
    | 'isFile'
    | 'isDirectory'
    | 'isSymbolicLink'
    | 'isCharacterDevice'
    | 'isBlockDevice'
    | 'isFIFO'
    | 'isSocket'
  > {
  /** Type and permission bits, as `st_mode`. */
  readonly mode: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly size: bigint;
  /** Of 512 bytes, that the file takes on its disk. */
  readonly blocks?: bigint;
  readonly ino: bigint;
  readonly dev: bigint;
  readonly nlink: bigint;
  readonly rdev: bigint;
  readonly mtimeNs: bigint;
}
