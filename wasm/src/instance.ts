import type { BlockDevice } from './device.ts';
import { Ext2fsError } from './errors.ts';
import { wasmModule } from './load.ts';
import { createWasi, ProgramExit, type WasiHost, type WasmMemory } from './wasi.ts';

/** Exports that every operation uses; writer.ts adds those of the fill API. */
export interface CoreExports {
  memory: WasmMemory;
  _initialize(): void;
  malloc(size: number): number;
  free(pointer: number): void;
  error_name(code: number): number;
  error_text(code: number): number;
  run_mke2fs(argc: number, argv: number): number;
  run_e2fsck(argc: number, argv: number): number;
  run_passes(): void;
}

/** e2fsck abandons a run. */
class Jump extends Error {}

/** One run of ext2fs.wasm over one device. */
export interface Instance<Exports extends CoreExports = CoreExports> {
  readonly exports: Exports;
  /** All of the memory; a new view after it has grown. */
  bytes(): Uint8Array;
  /** A NUL-terminated string. */
  text(pointer: number): string;
  /** Copies bytes and a NUL into allocated memory; the caller frees it. */
  place(bytes: Uint8Array): number;
  /** The error for a result code of the C side. */
  error(code: number, what: string): Ext2fsError;
}

/** A program's exit status and what it wrote to standard output and standard error, in order. */
export interface ProgramResult {
  status: number;
  output: string;
}

/** A fresh instance over the device; every clock in it shows `epoch` (seconds since 1970). */
export async function instantiate<Exports extends CoreExports>(
  device: BlockDevice,
  epoch: number,
): Promise<Instance<Exports> & { output(): string }> {
  const module = await wasmModule();
  const host: WasiHost = { memory: undefined };
  const wasiNames = WebAssembly.Module.imports(module)
    .filter((entry) => entry.module === 'wasi_snapshot_preview1')
    .map((entry) => entry.name);
  const wasi = createWasi(host, epoch, wasiNames, () => {
    throw endless('more than 64 MiB of messages');
  });
  let view = new Uint8Array(0);
  const bytes = (): Uint8Array => {
    if (view.buffer !== host.memory!.buffer) view = new Uint8Array(host.memory!.buffer);
    return view;
  };
  const deviceImports: WebAssembly.ModuleImports = {
    size: () => device.size,
    read: (pointer: number, length: number, offset: number) =>
      device.read(bytes().subarray(pointer, pointer + length), offset),
    write: (pointer: number, length: number, offset: number) =>
      device.write(bytes().subarray(pointer, pointer + length), offset),
    zero: (offset: number, length: number) => device.zero(offset, length),
    exhausted(): never {
      throw endless('far more block transfers than the device has blocks');
    },
  };
  // setjmp and longjmp of e2fsck (c/abandon.c).
  const control: WebAssembly.ModuleImports = {
    guard(): number {
      try {
        typed.run_passes();
        return 0;
      } catch (thrown) {
        if (!(thrown instanceof Jump)) throw thrown;
        return 1;
      }
    },
    jump(): never {
      throw new Jump();
    },
  };
  const { exports } = await WebAssembly.instantiate(module, {
    wasi_snapshot_preview1: wasi.imports,
    device: deviceImports,
    control,
  });
  const typed = exports as unknown as Exports;
  host.memory = typed.memory;
  typed._initialize();
  const text = (pointer: number): string => {
    const memory = bytes();
    return new TextDecoder().decode(memory.slice(pointer, memory.indexOf(0, pointer)));
  };
  return {
    exports: typed,
    bytes,
    text,
    place(source): number {
      const pointer = typed.malloc(source.length + 1);
      if (pointer === 0) throw new Ext2fsError('ENOMEM', 'out of memory in WebAssembly');
      bytes().set(source, pointer);
      bytes()[pointer + source.length] = 0;
      return pointer;
    },
    error(code, what): Ext2fsError {
      const message = `${what}: ${text(typed.error_text(code))}`;
      // Numbers below the tables of com_err are the C library's errno.
      const options = code > 1000 ? { number: code } : undefined;
      return new Ext2fsError(text(typed.error_name(code)), message, options);
    },
    output: wasi.output,
  };
}

/**
 * What to throw in place of something that came out of the instance: e2fsprogs breaking off (a trap, a stack
 * overflow, an exit that nobody expected) becomes `EXT2FS_TRAPPED`, everything else stays as it is.
 */
export function trapError(thrown: unknown, what: string): unknown {
  const isTrap =
    thrown instanceof WebAssembly.RuntimeError ||
    thrown instanceof ProgramExit ||
    (thrown instanceof RangeError && /call stack/i.test(thrown.message));
  if (!isTrap) return thrown;
  return new Ext2fsError('EXT2FS_TRAPPED', `${what}: e2fsprogs broke off (${thrown.message})`, {
    cause: thrown,
  });
}

/** The error for work that damaged structures send round in circles. */
function endless(what: string): Ext2fsError {
  return new Ext2fsError('EXT2FS_ENDLESS', `given up after ${what}: its structures lead in circles`);
}

/** Runs mke2fs or e2fsck over the device, in an instance of its own. */
export async function runProgram(
  program: 'mke2fs' | 'e2fsck',
  parameters: readonly string[],
  device: BlockDevice,
  epoch: number,
): Promise<ProgramResult> {
  const instance = await instantiate(device, epoch);
  const encoder = new TextEncoder();
  const pointers = [program, ...parameters].map((parameter) => instance.place(encoder.encode(parameter)));
  const argv = instance.place(new Uint8Array(pointers.length * 4 + 4));
  const view = new DataView(instance.exports.memory.buffer);
  for (const [index, pointer] of pointers.entries()) view.setUint32(argv + index * 4, pointer, true);
  const run = program === 'mke2fs' ? instance.exports.run_mke2fs : instance.exports.run_e2fsck;
  let status: number;
  try {
    status = run(pointers.length, argv);
  } catch (error) {
    if (!(error instanceof ProgramExit)) throw trapError(error, program);
    status = error.status;
  }
  return { status, output: instance.output() };
}
