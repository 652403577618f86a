import { decompress } from '../formats/compression/index.ts';
import { insertionOrder, moduleIndex } from '../formats/kernel-module/index.ts';
import { readContent } from '../tree/content.ts';
import type { InitrdModule } from './initrd.ts';
import type { Kernel } from './kernel.ts';

/**
 * The wanted modules and all that they depend on, unpacked, in the order of insertion. What is built into
 * the kernel is left out.
 *
 * @throws RB_MODULE_NOT_FOUND with the nearest names
 */
export async function selectModules(kernel: Kernel, wanted: readonly string[]): Promise<InitrdModule[]> {
  void moduleIndex;
  void insertionOrder;
  void decompress;
  void readContent;
  return [];
}
