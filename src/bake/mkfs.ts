import { loadBase } from '../cook/base.ts';
import { forBase } from '../cook/content-key.ts';
import { chooseEpoch } from '../cook/epoch.ts';
import type { BaseOptions } from '../cook/options.ts';
import { checkFileOutput, ImageFile } from '../disk/image-file.ts';
import { inPart } from '../errors.ts';
import { Steps, type StepTime } from '../events.ts';
import { type FileSystemChoices, formatOptions } from '../ext4/format-options.ts';
import { populate, prepare } from '../ext4/populate.ts';
import type { Headroom } from '../ext4/space.ts';
import { breather, type Host, throwIfAborted } from '../host.ts';
import { sourceMeans } from '../sources/means.ts';
import { createSpool } from '../store/spool.ts';
import { type BakeTarget, DEFAULT_HEADROOM, DEFAULT_UUID } from './options.ts';
import { explainNoSpace, resolveSize, type SizeRequest } from './size.ts';

/** A file system to make of a folder, a tar or a tree. */
export interface MkfsOptions {
  readonly source: BaseOptions;
  /** Of the file system, in bytes; `auto`: the smallest that does. */
  readonly size: number | 'auto';
  /** For `size: auto`: what stays free. Default 10 % of what is used. */
  readonly headroom?: Headroom;
  readonly filesystem?: FileSystemChoices;
  readonly uuid?: string;
  /** At most 16 bytes. */
  readonly label?: string;
  /** Default true: e2fsck looks through the result. */
  readonly check?: boolean;
}

/** The image that was made. */
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
  const { source, label, uuid = DEFAULT_UUID, headroom = DEFAULT_HEADROOM } = options;
  const steps = new Steps(host);
  const spool = createSpool(host.temporaryDirectory);
  const prepared = prepare();
  try {
    const tree = await steps.run('source', () =>
      forBase('source', source, () => loadBase(source, spool, sourceMeans(host))),
    );
    const epoch = await chooseEpoch(host, source, tree, []);
    const fileSystem = { ...options.filesystem, uuid, label, epoch };
    const request: SizeRequest = {
      size: options.size,
      headroom,
      offset: 0,
      tree,
      fileSystem,
      pause: breather(host),
    };
    const { size, fileSystem: sized } = await steps.run('size', () => inPart('', () => resolveSize(request)));
    const image = ImageFile.create(target.path, size, target);
    try {
      const plan = { format: formatOptions(sized), tree, check: options.check, prepared };
      await inPart('', () =>
        explainNoSpace(request, size, () => populate({ image, offset: 0, size }, plan, steps, host)),
      );
      const allocated = image.allocated();
      throwIfAborted(host.signal);
      await image.commit();
      return { path: target.path, size, allocated, uuid, times: steps.times };
    } finally {
      image.discard();
    }
  } finally {
    await prepared.dispose();
    spool.close();
  }
}
