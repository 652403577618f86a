/** rootless-bake as a library: cook root file systems, bake disk images of them, boot these. */
import { type MkfsOptions, type MkfsResult, mkfs as makeFileSystemImage } from './bake/mkfs.ts';
import type { BakeTarget } from './bake/options.ts';
import {
  type BakedCake,
  type BuildOptions,
  type BuiltRoot,
  buildImage,
  buildLock,
  buildRoot,
  type LockedCake,
} from './build/build.ts';
import { openShell as openShellIn, type ShellOptions } from './cook/guest/shell.ts';
import type { CookedRoot } from './cook/options.ts';
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
export type { BakedCake, BuiltRoot, InputSummary, LockedCake } from './build/build.ts';
export type { Lock } from './build/lock-file.ts';
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
export interface CookRun extends Partial<Host>, BuildOptions {
  /** Leaves the root that scripts ran in on disk; {@link CookedRoot.scratch} tells where. */
  readonly keepScratch?: boolean;
}

export interface LockRun extends Partial<Host>, Pick<BuildOptions, 'lockFile'> {
  /**
   * Looks these up anew, by the names of packages, images and kinds (`deb`, `oci` …); `[]`: all. Default: only
   * what the lock lacks.
   */
  readonly update?: readonly string[];
}

export interface BakeRun extends CookRun {
  /** Path of the image. */
  readonly output: string;
  /** Overwrites what has that name. */
  readonly force?: boolean;
  /** The file system that `output` is in: `node:fs` unless told. */
  readonly volume?: WritableVolume;
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
export async function cook(cake: Cake | CakeRecipe, run: CookRun = {}): Promise<BuiltRoot> {
  const { options, host } = splitRun(run);
  return await buildRoot(withScratch(await checkCake(cake), run), options, host);
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
  const { output, force, volume, ...rest } = run;
  const { options, host } = splitRun(rest);
  const target = {
    path: output,
    ...(force !== undefined && { force }),
    ...(volume !== undefined && { volume }),
  };
  return await buildImage(withScratch(await checkCake(cake), run), target, options, host);
}

/**
 * Looks up all inputs of a recipe and writes them to its lock, which later runs take them from.
 *
 * @throws RootlessBakeError; match its `code`
 *
 * @example
 * import { loadCake, lock } from 'rootless-bake';
 *
 * const { path, changed } = await lock(await loadCake('./cake.yaml'), { update: ['linux-image-cloud-amd64'] });
 */
export async function lock(cake: Cake | CakeRecipe, run: LockRun = {}): Promise<LockedCake> {
  const { update, ...rest } = run;
  const { options, host } = splitRun(rest);
  return await buildLock(await checkCake(cake), { ...options, update }, host);
}

/** Takes apart what is for the build and what is the host's. */
function splitRun(run: CookRun): { options: BuildOptions; host: Host } {
  const { keepScratch: _, lockFile, locked, rebuild, ...over } = run;
  return { options: { lockFile, locked, rebuild }, host: nodeHost(over) };
}

function withScratch(cake: Cake, { keepScratch }: CookRun): Cake {
  return keepScratch === undefined ? cake : { ...cake, cook: { ...cake.cook, keepScratch } };
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
