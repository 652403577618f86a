import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, memoryDevice, useWasm, type WasmSource } from 'ext2fs-wasm';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { epoch, MiB, uuid } from './support.ts';

/** Without the types of the DOM, a module is nothing that {@link WasmSource} could name. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Module: new (bytes: Uint8Array) => never;
    compile(bytes: Uint8Array): Promise<never>;
    CompileError: new () => Error;
  };
};
const url = new URL('../../wasm/dist/ext2fs.wasm', import.meta.url);
const file = readFileSync(fileURLToPath(url));

async function imageOf(): Promise<Uint8Array> {
  const image = new Uint8Array(2 * MiB);
  await format(memoryDevice(image), { uuid, epoch });
  return image;
}

describe('useWasm', async () => {
  const image = await imageOf();
  afterAll(() => useWasm(file));

  it.each<[string, () => WasmSource]>([
    ['a Buffer', () => file],
    ['a Uint8Array', () => new Uint8Array(file)],
    ['an ArrayBuffer', () => new Uint8Array(file).buffer],
    ['a view in the middle of something', () => Buffer.concat([Buffer.alloc(9), file]).subarray(9)],
    ['a compiled module', () => new WebAssembly.Module(new Uint8Array(file))],
    ['a Response', () => new Response(new Uint8Array(file))],
    ['a Blob', () => new Blob([new Uint8Array(file)])],
    ['a function of bytes', () => () => file],
    ['a function that promises a module', () => () => WebAssembly.compile(new Uint8Array(file))],
    ['a function that fetches', () => () => Promise.resolve(new Response(new Uint8Array(file)))],
  ])('takes %s', async (_name, source) => {
    useWasm(source());
    expect(Buffer.compare(await imageOf(), image)).toBe(0);
  });

  it('calls a function once, when the first operation needs it', async () => {
    const source = vi.fn(() => file);
    useWasm(source);
    expect(source).not.toHaveBeenCalled();
    await Promise.all([imageOf(), imageOf()]);
    await imageOf();
    expect(source).toHaveBeenCalledTimes(1);
  });

  it('asks again after a failure', async () => {
    const source = vi.fn<() => Promise<Uint8Array>>(() => Promise.reject(new Error('offline')));
    useWasm(source);
    await expect(imageOf()).rejects.toThrow('offline');
    source.mockResolvedValue(file);
    expect(Buffer.compare(await imageOf(), image)).toBe(0);
    expect(source).toHaveBeenCalledTimes(2);
  });

  it('forgets the failure of a source that was replaced meanwhile', async () => {
    let fail: (error: Error) => void = () => {};
    useWasm(() => new Promise((_resolve, reject) => (fail = reject)));
    const waiting = imageOf();
    const source = vi.fn(() => file);
    useWasm(source);
    await imageOf();
    fail(new Error('too late'));
    await expect(waiting).rejects.toThrow('too late');
    await imageOf();
    expect(source).toHaveBeenCalledTimes(1);
  });

  it('refuses what is not ext2fs.wasm', async () => {
    useWasm(new Response('not found', { status: 404 }));
    await expect(imageOf()).rejects.toMatchObject({
      code: 'EXT2FS_NO_WASM',
      message: expect.stringContaining('HTTP status 404'),
    });
    useWasm(new TextEncoder().encode('<!doctype html>'));
    await expect(imageOf()).rejects.toThrow(WebAssembly.CompileError);
  });
});
