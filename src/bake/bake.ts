import type { CookingRoot } from '../cook/options.ts';
import { checkFileOutput } from '../disk/image-file.ts';
import { Steps, type StepTime } from '../events.ts';
import type { Host } from '../host.ts';
import { createSpool } from '../store/spool.ts';
import { layer } from '../tree/layer.ts';
import { bootTree, withoutBootFiles } from './boot-files.ts';
import { readBootloader } from './bootloader.ts';
import { findBusybox } from './busybox.ts';
import { type DirectorySize, largestDirectories } from './directories.ts';
import { writeImage } from './image.ts';
import { makeInitrd } from './initrd.ts';
import { readKernel } from './kernel.ts';
import { selectModules } from './modules.ts';
import { type BakeOptions, type BakeTarget, DEFAULT_BOOTLOADER, DEFAULT_UUID } from './options.ts';

/** A root to bake: a cooked one, or one whose digest is still to be waited for. */
export type BakeableRoot = Pick<CookingRoot, 'tree' | 'epoch'> & Partial<Pick<CookingRoot, 'digest'>>;

export interface BakeResult {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Bytes that take up space on the host's disk; equal to `size` where the volume cannot tell. */
  readonly allocated: number;
  /** sha256 of the whole image, in hex. */
  readonly sha256: string;
  readonly uuid: string;
  /** The MBR's disk id: the first four bytes of the UUID. */
  readonly diskId: number;
  readonly kernelRelease: string;
  /** File names of the initrd's modules, in the order of insertion. */
  readonly modules: readonly string[];
  /** The largest top-level directories, largest first. */
  readonly directories: readonly DirectorySize[];
  readonly times: readonly StepTime[];
}

/**
 * Bakes a cooked root into a raw, bootable disk image: MBR, one ext4 partition, SYSLINUX, kernel, initrd.
 * All of it happens in this process, as the calling user. The image appears under its name when it is
 * whole; on any error nothing is left of it.
 *
 * @throws RB_OUTPUT_EXISTS, RB_MODULE_NOT_FOUND, RB_EXT4_NO_SPACE, RB_EXT4_CHECK_FAILED, RB_INPUT_NOT_FOUND
 */
export async function bake(
  options: BakeOptions,
  root: BakeableRoot,
  target: BakeTarget,
  host: Host,
): Promise<BakeResult> {
  checkFileOutput(target.path, target);
  const steps = new Steps(host.emit, host.now);
  const spool = createSpool(host.temporaryDirectory);
  try {
    const uuid = options.uuid ?? DEFAULT_UUID;
    const { epoch } = root;
    const kernel = await steps.run(
      'kernel',
      () => readKernel(options.kernel, spool, host),
      ({ release }) => release,
    );
    const modules = await steps.run(
      'modules',
      () => selectModules(kernel, options.modules ?? []),
      (selected) => selected.map(({ file }) => file).join(' ') || 'none',
    );
    const busybox = await steps.run(
      'busybox',
      () => findBusybox(options.busybox, root.tree, spool, host),
      ({ origin }) => origin,
    );
    // It is compressed beside what follows, and waited for when the root is on the disk.
    const initrd = makeInitrd({ busybox, modules, uuid, epoch, debug: options.debug ?? false });
    initrd.catch(() => {});
    const bootloader = await steps.run(
      'boot loader',
      () => readBootloader(options.bootloader ?? DEFAULT_BOOTLOADER, spool, host),
      ({ origin }) => origin,
    );
    const boot = initrd.then((bytes) =>
      bootTree({ kernel: kernel.image, initrd: bytes, bootloader, options: options.options ?? [], epoch }),
    );
    boot.catch(() => {});
    const tree = withoutBootFiles(root.tree, epoch);
    const diskId = Number.parseInt(uuid.slice(0, 8), 16);
    const image = await writeImage(
      {
        tree,
        boot,
        bootloader,
        diskId,
        size: options.size,
        uuid,
        label: options.label,
        epoch,
        digest: root.digest,
      },
      target,
      steps,
      host,
    );
    layer(tree, (await boot).tree);
    return {
      path: target.path,
      size: options.size,
      ...image,
      uuid,
      diskId,
      kernelRelease: kernel.release,
      modules: modules.map(({ file }) => file),
      directories: largestDirectories(tree),
      times: steps.times,
    };
  } finally {
    spool.close();
  }
}
