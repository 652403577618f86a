import { type BlockDevice, check } from 'ext2fs-wasm';
import { RootlessBakeError } from '../errors.ts';

/**
 * Runs e2fsck, read only, over a finished file system.
 *
 * @throws RB_EXT4_CHECK_FAILED with e2fsck's own words
 */
export async function checkFileSystem(device: BlockDevice): Promise<void> {
  const { clean, output } = await check(device);
  if (clean) return;
  throw new RootlessBakeError(
    'RB_EXT4_CHECK_FAILED',
    `e2fsck finds faults in the new file system:\n${output}`,
    {
      hint: 'this is a fault of rootless-bake: please report it with the recipe',
    },
  );
}
