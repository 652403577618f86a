/** Something that becomes the compiled ext2fs.wasm. */
export type WasmSource =
  | WebAssembly.Module
  | BufferSource
  | (() => Promise<WebAssembly.Module | BufferSource>);

let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * Says where ext2fs.wasm comes from, before the first operation: its bytes, a compiled module, or a function
 * that gets them (called once, when first needed). Without this, the file beside the package's own modules
 * is used, read by `node:fs` or `fetch`.
 */
export function useWasm(source: WasmSource): void {
  compiled = undefined;
  provider = source;
}

let provider: WasmSource = readPackagedWasm;

/** The compiled module; compiled once. */
export function wasmModule(): Promise<WebAssembly.Module> {
  compiled ??= compile();
  // A failure is not kept: the file may be built in the meantime.
  compiled.catch(() => {
    compiled = undefined;
  });
  return compiled;
}

async function compile(): Promise<WebAssembly.Module> {
  const source = typeof provider === 'function' ? await provider() : provider;
  return source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
}

async function readPackagedWasm(): Promise<BufferSource> {
  const url = new URL('../ext2fs.wasm', import.meta.url);
  if (url.protocol === 'file:') {
    const { readWasmFile } = await import('./load-node.ts');
    return readWasmFile(url);
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href}: HTTP status ${response.status}`);
  return response.arrayBuffer();
}
