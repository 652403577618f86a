/** The body of the thread that {@link ./check.ts} starts: a place in a file in, what e2fsck says out. */
import * as nodeFs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { check, fileDevice, useWasm, type WasmModule } from 'ext2fs-wasm';

export interface CheckRequest {
  /** Compiled already. */
  readonly wasm: WasmModule;
  readonly fd: number;
  /** In bytes. */
  readonly offset: number;
  readonly size: number;
}

const { wasm, fd, offset, size } = workerData as CheckRequest;
useWasm(wasm);
parentPort!.postMessage(await check(fileDevice(nodeFs, fd, { offset, size })));
