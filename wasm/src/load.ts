import { Ext2fsError } from './errors.ts';

/** A `WebAssembly.Module`; under TypeScript settings that know no WebAssembly (neither DOM nor a worker), nothing. */
export type WasmModule = typeof globalThis extends {
  WebAssembly: { Module: new (...parameters: never[]) => infer Module };
}
  ? Module
  : never;

/** What {@link WasmSource} stands for: a compiled module, bytes, or something that has bytes (a `Response`, a `Blob`). */
export type WasmData =
  | WasmModule
  | ArrayBuffer
  | ArrayBufferView
  | { arrayBuffer(): Promise<ArrayBuffer>; readonly ok?: boolean; readonly status?: number };

/** Where ext2fs.wasm comes from: it itself, or a function that gets it. */
export type WasmSource = WasmData | (() => WasmData | Promise<WasmData>);

let source: WasmSource = readPackagedWasm;
let compiled: Promise<WasmModule> | undefined;

/**
 * Says where ext2fs.wasm comes from, for every operation that starts later: its bytes, a compiled module, a
 * `Response`, or a function that gets one of these (called once, when first needed). Without this, it is the
 * file that lies beside the package's own modules, read by Node or fetched.
 *
 * The file is the package's export `ext2fs-wasm/ext2fs.wasm`.
 */
export function useWasm(from: WasmSource): void {
  source = from;
  compiled = undefined;
}

/**
 * Compiles ext2fs.wasm now, in the background, for operations that start later. Nothing needs it: the first
 * operation does the same, and waits for it.
 *
 * @returns the module, which another thread can be sent, to be given to {@link useWasm} there
 * @throws what the first operation would throw
 */
export async function preload(): Promise<WasmModule> {
  return await wasmModule();
}

/**
 * The module, compiled once.
 * @throws {Ext2fsError} `EXT2FS_NO_WASM` if ext2fs.wasm cannot be had
 * @throws {WebAssembly.CompileError} if what there is is something else
 */
export function wasmModule(): Promise<WasmModule> {
  if (compiled) return compiled;
  const attempt = compile(source);
  compiled = attempt;
  // A failure is not kept: the next operation tries again.
  attempt.catch(() => {
    if (compiled === attempt) compiled = undefined;
  });
  return attempt;
}

async function compile(from: WasmSource): Promise<WasmModule> {
  const data = typeof from === 'function' ? await from() : from;
  if (data instanceof WebAssembly.Module) return data;
  if (!('arrayBuffer' in data)) return WebAssembly.compile(data as BufferSource);
  if (data.ok === false) {
    throw new Ext2fsError('EXT2FS_NO_WASM', `ext2fs.wasm could not be fetched: HTTP status ${data.status}`);
  }
  return WebAssembly.compile(await data.arrayBuffer());
}

/** Nothing is imported for Node's sake: bundlers for browsers find no module that they do not know. */
async function readPackagedWasm(): Promise<WasmData> {
  const url = new URL('../ext2fs.wasm', import.meta.url);
  const fs = url.protocol === 'file:' ? globalThis.process?.getBuiltinModule?.('node:fs') : undefined;
  try {
    return await (fs ? fs.promises.readFile(url) : fetch(url));
  } catch (cause) {
    const advice = fs ? 'build the package, or say where it is with useWasm' : 'say where it is with useWasm';
    // A bundler may have made a data: URL of it, which is as long as the file.
    const place = url.href.slice(0, 500);
    throw new Ext2fsError('EXT2FS_NO_WASM', `${place} cannot be read: ${advice}`, { cause });
  }
}
