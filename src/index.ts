/** rootless-bake as a library: cook root file systems, bake disk images of them, boot these. */
import { type BakeResult, bake as bakeRoot } from './bake/bake.ts';
import { type MkfsOptions, type MkfsResult, mkfs as makeFileSystemImage } from './bake/mkfs.ts';
import type { BakeTarget } from './bake/options.ts';
import { cook as cookRoot, startCook } from './cook/cook.ts';
import { openShell as openShellIn, type ShellOptions } from './cook/guest/shell.ts';
import type { CookedRoot } from './cook/options.ts';
import { checkFileOutput } from './disk/image-file.ts';
import { RootlessBakeError } from './errors.ts';
import type { Host } from './host.ts';
import { nodeHost } from './node-host.ts';
import type { Cake } from './recipe/cake.ts';
import { checkCake } from './recipe/load.ts';
import type { CakeRecipe } from './recipe/types.ts';
import type { WritableVolume } from './tree/volume.ts';
import { boot as bootImage, bootMachine as bootMachineOf } from './vm/boot.ts';
import type { Machine } from './vm/machine.ts';
import type { BootOptions, BootResult, MachineOptions } from './vm/options.ts';

export type { BakeResult } from './bake/bake.ts';
export type { MkfsOptions, MkfsResult } from './bake/mkfs.ts';
export type {
  BakeOptions,
  BakeTarget,
  BootloaderOptions,
  BusyboxOptions,
  KernelOptions,
} from './bake/options.ts';
export type { ShellOptions } from './cook/guest/shell.ts';
export type {
  BaseOptions,
  ContentOptions,
  CookedRoot,
  CookOptions,
  ImageConfig,
  InstalledPackage,
  NixContent,
  Owner,
  OwnerRule,
} from './cook/options.ts';
export { ERROR_EXIT_CODES, type ErrorCode, type ErrorDetails, RootlessBakeError } from './errors.ts';
export type { Emit, ProgressEvent, StepTime } from './events.ts';
export type { FileSystemChoices } from './ext4/format-options.ts';
export { readTree } from './ext4/read.ts';
export type { Headroom } from './ext4/space.ts';
export { readTar, treeDigest, writeTar } from './formats/tar/index.ts';
export type { Host } from './host.ts';
export { nodeHost } from './node-host.ts';
export type { Cake } from './recipe/cake.ts';
export { type LoadOptions, loadCake } from './recipe/load.ts';
export {
  type BakeRecipe,
  type CakeRecipe,
  type CookRecipe,
  defineCake,
  type FileSystemRecipe,
  type Size,
} from './recipe/types.ts';
export { bytesContent, type Content, memorySink, readContent, textContent } from './tree/content.ts';
export * from './tree/entry.ts';
export { layer } from './tree/layer.ts';
export { linkCounts, Tree, type TreeItem } from './tree/tree.ts';
export type { ReadableVolume, WritableVolume } from './tree/volume.ts';
export type { Machine, MachineExit } from './vm/machine.ts';
export type { Accelerator, BootOptions, BootResult, Display, MachineOptions } from './vm/options.ts';
export type { ConsoleMatch, SerialConsole } from './vm/serial-console.ts';

/** How to cook: any part of the {@link Host}, and what belongs to this run alone. */
export interface CookRun extends Partial<Host> {
  /** Leaves the root that scripts ran in on disk; {@link CookedRoot.scratch} tells where. */
  readonly keepScratch?: boolean;
}

export interface BakeRun extends CookRun {
  /** Path of the image. */
  readonly output: string;
  /** Overwrites what has that name. */
  readonly force?: boolean;
  /** The file system that `output` is in: `node:fs` unless told. */
  readonly volume?: WritableVolume;
}

/** What became of a cake. */
export interface BakedCake extends BakeResult {
  /** sha256 of the cooked tree, for `cook.sha256`; absent when that is `false`. */
  readonly cookedSha256?: string;
  readonly packages: CookedRoot['packages'];
}

/**
 * Cooks a root file system. Its contents may lie in temporary files: dispose of it when done.
 *
 * @throws RootlessBakeError; match its `code`
 *
 * @example
 * import { createWriteStream } from 'node:fs';
 * import { pipeline } from 'node:stream/promises';
 * import { cook, loadCake, writeTar } from 'rootless-bake';
 *
 * const root = await cook(await loadCake('./cake.yaml'));
 * await pipeline(writeTar(root.tree), createWriteStream('rootfs.tar'));
 * await root.dispose();
 */
export async function cook(cake: Cake | CakeRecipe, run: CookRun = {}): Promise<CookedRoot> {
  const { keepScratch, ...over } = run;
  const { cook: options } = await checkCake(cake);
  return await cookRoot({ ...options, ...(keepScratch !== undefined && { keepScratch }) }, nodeHost(over));
}

/**
 * Cooks a root file system, bakes it into a bootable disk image, and cleans up.
 *
 * @throws RootlessBakeError; match its `code`
 *
 * @example
 * import { bake, defineCake } from 'rootless-bake';
 *
 * const cake = defineCake({
 *   name: 'tiny',
 *   cook: { base: { tar: './rootfs.tar' } },
 *   bake: { size: '64M', kernel: { deb: 'linux-image-cloud-amd64' }, modules: ['virtio_pci', 'virtio_blk'] },
 * });
 * const { path, sha256 } = await bake(cake, { output: 'tiny.img' });
 */
export async function bake(cake: Cake | CakeRecipe, run: BakeRun): Promise<BakedCake> {
  const { output, force, volume, keepScratch, ...over } = run;
  const target = {
    path: output,
    ...(force !== undefined && { force }),
    ...(volume !== undefined && { volume }),
  };
  const checked = await checkCake(cake);
  if (!checked.bake) {
    throw new RootlessBakeError('RB_RECIPE_INVALID', `the recipe ${checked.name} has no bake part`, {
      hint: 'only its root can be cooked; for an image it needs bake: { size: …, kernel: … }',
    });
  }
  checkFileOutput(output, target);
  const host = nodeHost(over);
  const cookOptions = { ...checked.cook, ...(keepScratch !== undefined && { keepScratch }) };
  const root = await startCook(cookOptions, host);
  try {
    const result = await bakeRoot(checked.bake, root, target, host);
    const cookedSha256 = await root.digest;
    return { ...result, ...(cookedSha256 && { cookedSha256 }), packages: root.packages };
  } finally {
    await root.dispose();
  }
}

/**
 * Makes an image of one ext4 file system that holds what a folder, a tar, a volume or a tree holds.
 *
 * @throws RootlessBakeError; match its `code`
 *
 * @example
 * import { mkfs } from 'rootless-bake';
 *
 * const { size } = await mkfs({ source: { dir: './rootfs' }, size: 'auto' }, { path: 'rootfs.ext4' });
 */
export async function mkfs(
  options: MkfsOptions,
  target: BakeTarget,
  run: Partial<Host> = {},
): Promise<MkfsResult> {
  return await makeFileSystemImage(options, target, nodeHost(run));
}

/**
 * Boots an image in QEMU: on this process's terminal, or, with `expect`, until its serial console shows
 * something.
 *
 * @throws RB_INPUT_NOT_FOUND, RB_QEMU_MISSING, RB_QEMU_FAILED, RB_BOOT_TIMEOUT
 *
 * @example
 * import { boot } from 'rootless-bake';
 *
 * const { accelerator } = await boot('hello.img', { expect: 'login:', timeout: 60_000, snapshot: true });
 */
export async function boot(
  image: string,
  options: BootOptions = {},
  run: Partial<Host> = {},
): Promise<BootResult> {
  return await bootImage(image, options, nodeHost(run));
}

/**
 * Starts an image as a machine to talk to over its serial console. Stop it when done.
 *
 * @throws RB_INPUT_NOT_FOUND, RB_QEMU_MISSING, RB_QEMU_FAILED
 *
 * @example
 * import { bootMachine } from 'rootless-bake';
 *
 * const machine = await bootMachine('hello.img', { snapshot: true });
 * try {
 *   await machine.console.expect('login: ', 60_000);
 *   machine.console.send('root\n');
 *   await machine.console.expect('# ', 10_000);
 * } finally {
 *   await machine.stop();
 * }
 */
export async function bootMachine(
  image: string,
  options: MachineOptions = {},
  run: Partial<Host> = {},
): Promise<Machine> {
  const { machine } = await bootMachineOf(image, options, nodeHost(run));
  return machine;
}

/**
 * Opens a shell in a copy of a cooked root, under PRoot, on this process's terminal. Gives its exit code.
 *
 * @throws RB_PROOT_UNAVAILABLE
 *
 * @example
 * import { cook, loadCake, openShell } from 'rootless-bake';
 *
 * const root = await cook(await loadCake('./cake.yaml'));
 * await openShell(root, { command: ['/bin/sh', '-c', 'apk info'] });
 * await root.dispose();
 */
export async function openShell(
  root: Pick<CookedRoot, 'tree'>,
  options: ShellOptions = {},
  run: Partial<Host> = {},
): Promise<number> {
  return await openShellIn(root, options, nodeHost(run));
}
