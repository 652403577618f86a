import type { CookingRoot } from '../cook/options.ts';
import { checkFileOutput } from '../disk/image-file.ts';
import { forKey, inPart, type RootlessBakeError } from '../errors.ts';
import { Steps, type StepTime } from '../events.ts';
import { exactSize } from '../ext4/no-space.ts';
import { breather, type Host } from '../host.ts';
import type { Component } from '../sbom/component.ts';
import { type SourceMeans, sourceMeans } from '../sources/means.ts';
import { createSpool } from '../store/spool.ts';
import type { DataRange } from '../tree/content.ts';
import { type DirectorySize, largestDirectories } from '../tree/directory-sizes.ts';
import { bootTree, withoutBootFiles } from './boot-files.ts';
import { PARTITION_OFFSET, writeImage } from './image.ts';
import { makeInitrd } from './initrd.ts';
import { readBakeInputs } from './inputs.ts';
import { selectModules } from './modules.ts';
import { type BakeOptions, type BakeTarget, DEFAULT_HEADROOM, DEFAULT_UUID } from './options.ts';
import { explainNoSpace, resolveSize, type SizeRequest } from './size.ts';

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
  /** Packages that kernel, boot loader and initrd come from, for a bill of materials. */
  readonly bootPackages: readonly Component[];
  /** Where most of the space is, largest first. */
  readonly directories: readonly DirectorySize[];
  readonly times: readonly StepTime[];
}

/** The image that was made, and where in it something was written, if that is known. */
export interface BakedImage extends BakeResult {
  readonly data?: readonly DataRange[];
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
  means: SourceMeans = sourceMeans(host),
): Promise<BakedImage> {
  checkFileOutput(target.path, target);
  const steps = new Steps(host);
  const spool = createSpool(host.temporaryDirectory);
  try {
    const uuid = options.uuid ?? DEFAULT_UUID;
    const { epoch } = root;
    const inputs = await readBakeInputs(options, root.tree, spool, means, steps);
    const { kernel, busybox, bootloader } = inputs;
    const modules = await steps.run(
      'modules',
      () => selectModules(kernel, options.modules ?? []),
      (selected) => selected.map(({ file }) => file).join(' ') || 'none',
    );
    // It is compressed beside what follows, and waited for when the root is on the disk.
    const initrd = makeInitrd({ busybox, modules, uuid, epoch, debug: options.debug ?? false });
    initrd.catch(() => {});
    const boot = initrd.then((bytes) =>
      forKey(optionsOf, () =>
        bootTree({ kernel: kernel.image, initrd: bytes, bootloader, options: options.options ?? [], epoch }),
      ),
    );
    boot.catch(() => {});
    const tree = withoutBootFiles(root.tree, epoch);
    const diskId = Number.parseInt(uuid.slice(0, 8), 16);
    const request: SizeRequest = {
      size: options.size,
      headroom: options.headroom ?? DEFAULT_HEADROOM,
      offset: PARTITION_OFFSET,
      tree,
      boot,
      fileSystem: { ...options.filesystem, uuid, label: options.label, epoch },
      pause: breather(host),
    };
    const { size, fileSystem } = await steps.run(
      'size',
      () => inPart('bake', () => resolveSize(request)),
      (sized) => exactSize(sized.size),
    );
    const { check } = options;
    const plan = { tree, boot, bootloader, diskId, size, fileSystem, check, digest: root.digest };
    const image = await inPart('bake', () =>
      explainNoSpace(request, size, () => writeImage(plan, target, steps, host)),
    );
    return {
      path: target.path,
      size,
      ...image,
      uuid,
      diskId,
      kernelRelease: kernel.release,
      modules: modules.map(({ file }) => file),
      bootPackages: [kernel, bootloader, busybox].flatMap(({ component }) => component ?? []),
      directories: largestDirectories([tree, (await boot).tree]),
      times: steps.times,
    };
  } finally {
    spool.close();
  }
}

/** Nothing but the kernel's options goes into syslinux.cfg from a recipe. */
function optionsOf({ code }: RootlessBakeError): string | undefined {
  return code === 'RB_SYSLINUX_CONFIG' ? 'bake.options' : undefined;
}
