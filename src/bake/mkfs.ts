import { loadBase } from '../cook/base.ts';
import { chooseEpoch } from '../cook/epoch.ts';
import type { BaseOptions } from '../cook/options.ts';
import { checkFileOutput, ImageFile } from '../disk/image-file.ts';
import { Steps, type StepTime } from '../events.ts';
import { formatOptions } from '../ext4/format-options.ts';
import { populate } from '../ext4/populate.ts';
import type { Host } from '../host.ts';
import { createSpool } from '../store/spool.ts';
import { type BakeTarget, DEFAULT_UUID } from './options.ts';

/** A file system to make of a folder, a tar or a tree. */
export interface MkfsOptions {
  readonly source: BaseOptions;
  /** Of the file system, in bytes. */
  readonly size: number;
  readonly uuid?: string;
  /** At most 16 bytes. */
  readonly label?: string;
  /** Default true: e2fsck looks through the result. */
  readonly check?: boolean;
}

export interface MkfsResult {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Bytes that take up space on the host's disk; equal to `size` where the volume cannot tell. */
  readonly allocated: number;
  readonly uuid: string;
  readonly times: readonly StepTime[];
}

/**
 * Makes an image of one ext4 file system, without partitions or boot loader, that holds what a folder or a tar
 * holds. It appears under its name when it is whole.
 *
 * @throws RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE, RB_EXT4_NO_SPACE, RB_EXT4_CHECK_FAILED
 * @throws what reading the source throws
 */
export async function mkfs(options: MkfsOptions, target: BakeTarget, host: Host): Promise<MkfsResult> {
  checkFileOutput(target.path, target);
  const { source, size, label, uuid = DEFAULT_UUID } = options;
  const steps = new Steps(host.emit, host.now);
  const spool = createSpool(host.temporaryDirectory);
  try {
    const tree = await steps.run('source', () => loadBase(source, spool, host));
    const epoch = chooseEpoch(host, source, tree, []);
    const image = ImageFile.create(target.path, size, target);
    try {
      const format = formatOptions({ uuid, label, epoch });
      await populate({ image, offset: 0, size }, { format, tree, check: options.check }, steps, host);
      const allocated = image.allocated();
      image.commit();
      return { path: target.path, size, allocated, uuid, times: steps.times };
    } finally {
      image.discard();
    }
  } finally {
    spool.close();
  }
}
