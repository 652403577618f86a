import { type BlockDevice, Ext2fsError, type FormatOptions, format } from 'ext2fs-wasm';
import { RootlessBakeError } from '../errors.ts';
import { isNoSpace } from './no-space.ts';

/**
 * Makes an empty file system.
 *
 * @throws RB_EXT4_REFUSED with mke2fs's words for choices that exclude each other
 * @throws Ext2fsError when the device is too small, see `isNoSpace`
 */
export async function makeFileSystem(device: BlockDevice, options: FormatOptions): Promise<void> {
  try {
    await format(device, options);
  } catch (error) {
    if (!(error instanceof Ext2fsError) || error.code !== 'MKE2FS_FAILED' || isNoSpace(error)) throw error;
    throw new RootlessBakeError('RB_EXT4_REFUSED', `mke2fs refuses: ${error.message}`, {
      hint: 'look at type, features, blockSize and journal of the file system',
      key: '.filesystem',
      cause: error,
    });
  }
}
