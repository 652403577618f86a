/**
 * The part of WASI preview 1 that e2fsprogs touches: a clock that stands still, standard output and error
 * collected as text, and exit. There are no files, no environment and no randomness.
 * Format: wasi_snapshot_preview1.witx.
 */

/** Thrown out of WebAssembly by `exit()`. */
export class ProgramExit extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`exit status ${status}`);
    this.status = status;
  }
}

/** Bytes of output: e2fsck writes a line for each thing that it finds. */
const maxOutput = 64 * 1024 * 1024;
const errnoBadf = 8;
const errnoNosys = 52;
const fileTypeCharacterDevice = 2;

/** What is used of a `WebAssembly.Memory`, a name that programs without the DOM's types do not know. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** What the imports need of the instance, set once it exists. */
export interface WasiHost {
  memory: WasmMemory | undefined;
}

type WasiFunctions = Record<string, (...parameters: never[]) => number>;

/** WASI imports, and the text that the program wrote. */
export interface Wasi {
  imports: WasiFunctions;
  output(): string;
}

/**
 * Makes the imports of `wasi_snapshot_preview1`.
 * @param epoch seconds since 1970 that every clock shows
 * @param names the functions that the module imports: those not listed here answer ENOSYS
 * @param onTooMuch called, to throw, when there is more output than any sensible run writes
 */
export function createWasi(
  host: WasiHost,
  epoch: number,
  names: readonly string[],
  onTooMuch: () => never,
): Wasi {
  const collected = new TextCollector();
  const view = (): DataView => new DataView(host.memory!.buffer);
  const implemented: WasiFunctions = {
    environ_sizes_get(countPointer: number, sizePointer: number): number {
      view().setUint32(countPointer, 0, true);
      view().setUint32(sizePointer, 0, true);
      return 0;
    },
    environ_get: () => 0,
    clock_time_get(_clock: number, _precision: bigint, pointer: number): number {
      view().setBigUint64(pointer, BigInt(epoch) * 1_000_000_000n, true);
      return 0;
    },
    fd_write(fd: number, vectors: number, count: number, writtenPointer: number): number {
      if (fd !== 1 && fd !== 2) return errnoBadf;
      let written = 0;
      for (let index = 0; index < count; index++) {
        const start = view().getUint32(vectors + index * 8, true);
        const length = view().getUint32(vectors + index * 8 + 4, true);
        collected.add(new Uint8Array(host.memory!.buffer, start, length));
        written += length;
      }
      if (collected.length > maxOutput) onTooMuch();
      view().setUint32(writtenPointer, written, true);
      return 0;
    },
    fd_read(_fd: number, _vectors: number, _count: number, readPointer: number): number {
      view().setUint32(readPointer, 0, true);
      return 0;
    },
    fd_fdstat_get(fd: number, pointer: number): number {
      if (fd > 2) return errnoBadf;
      new Uint8Array(host.memory!.buffer, pointer, 24).fill(0);
      view().setUint8(pointer, fileTypeCharacterDevice);
      // All rights, seeking included: wasi-libc takes a character device that cannot seek for a terminal.
      view().setBigUint64(pointer + 8, 0xffff_ffff_ffff_ffffn, true);
      return 0;
    },
    fd_close: () => errnoBadf,
    fd_seek: () => errnoBadf,
    fd_prestat_get: () => errnoBadf,
    fd_prestat_dir_name: () => errnoBadf,
    proc_exit(status: number): never {
      throw new ProgramExit(status);
    },
  };
  const imports: WasiFunctions = {};
  for (const name of names) imports[name] = implemented[name] ?? ((): number => errnoNosys);
  return {
    imports,
    output: () => collected.text(),
  };
}

/** Output in the order it was written, a few bytes at a time. */
class TextCollector {
  length = 0;
  #bytes = new Uint8Array(4096);

  add(bytes: Uint8Array): void {
    const end = this.length + bytes.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.length));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.length);
    this.length = end;
  }

  text(): string {
    return new TextDecoder().decode(this.#bytes.subarray(0, this.length));
  }
}
