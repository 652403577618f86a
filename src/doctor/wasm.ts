import { memoryDevice } from 'ext2fs-wasm';
import { DEFAULT_UUID } from '../bake/options.ts';
import { checkFileSystem } from '../ext4/check.ts';
import { makeFileSystem } from '../ext4/make.ts';
import type { Check } from './check.ts';

/** In bytes: as small as ext4 with a journal may be. */
const SIZE = 8 << 20;

export const wasm: Check = {
  id: 'wasm',
  title: 'WebAssembly',
  neededFor: 'file systems',
  required: true,
  patience: 20_000,
  async look() {
    const device = memoryDevice(new Uint8Array(SIZE));
    await makeFileSystem(device, { uuid: DEFAULT_UUID, epoch: 0 });
    await checkFileSystem(device);
    return { status: 'ok', found: 'made an ext4 file system in memory, and e2fsck finds it clean' };
  },
};
