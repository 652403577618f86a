/**
 * The functions of the library. Each loads its code when it is called, so that who looks something up does not
 * wait for who bakes.
 */
import type { MkfsOptions, MkfsResult } from './bake/mkfs.ts';
import type { BakeTarget } from './bake/options.ts';
import type { BakedCake, BuildOptions, BuiltRoot, LockedCake } from './build/options.ts';
import type { PlanOptions } from './build/plan/plan.ts';
import type { PlannedCake } from './build/plan/planned.ts';
import type { ShellOptions } from './cook/guest/shell.ts';
import type { CookedRoot } from './cook/options.ts';
import type { ErrorExplanation } from './error-help/explain.ts';
import type { ImageRoot } from './export/image/image-layout.ts';
import type { PushedImage, PushOptions } from './export/push/push.ts';
import type { WriteRootOptions, WrittenRoot } from './export/write-root.ts';
import type { Host } from './host.ts';
import { nodeHost } from './node-host.ts';
import type { Cake } from './recipe/cake.ts';
import { checkCake } from './recipe/load.ts';
import type { CakeRecipe } from './recipe/types.ts';
import { withPlaces } from './recipe/written.ts';
import type { SbomOptions, SbomRoot } from './sbom/sbom.ts';
import type { WritableVolume } from './tree/volume.ts';
import type { Machine } from './vm/machine.ts';
import type { BootOptions, BootResult, MachineOptions } from './vm/options.ts';

/** How to cook: any part of the {@link Host}, and what belongs to this run alone. */
export interface CookRun extends Partial<Host>, BuildOptions {
  /** Leaves the root that scripts ran in on disk; {@link CookedRoot.scratch} tells where. */
  readonly keepScratch?: boolean;
}

/** How to lock: any part of the {@link Host}, and what is looked up anew. */
export interface LockRun extends Partial<Host>, Pick<BuildOptions, 'lockFile'> {
  /**
   * Looks these up anew, by the names of packages, images and kinds (`deb`, `oci` …); `[]`: all. Default: only
   * what the lock lacks.
   */
  readonly update?: readonly string[];
}

/** How to look ahead: any part of the {@link Host}, and what counts as the output. */
export interface PlanRun extends Partial<Host>, PlanOptions {}

/** How to bake, and where the image goes. */
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
 * import { cook, loadCake, writeRoot } from 'rootless-bake';
 *
 * const root = await cook(await loadCake('./cake.yaml'));
 * await writeRoot(root, 'rootfs.tar');
 * await root.dispose();
 */
export async function cook(cake: Cake | CakeRecipe, run: CookRun = {}): Promise<BuiltRoot> {
  const { buildRoot } = await import('./build/build.ts');
  return await build(cake, run, buildRoot);
}

/**
 * Writes a cooked root as an archive, an image of OCI or a folder, by the suffix of the path: `.tar`, `.tar.gz`,
 * `.tar.zst`, `.cpio`, `.cpio.gz`, `.cpio.zst`, `.oci.tar` (an archive of one image), `.oci` or `oci:DIR` (a
 * layout), else a folder. It appears under its name when it is whole. Equal roots give equal bytes.
 *
 * @throws RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE, RB_ARGUMENT
 * @throws RB_ARCHIVE_UNSUPPORTED, RB_OCI_UNSUPPORTED, RB_PATH_INVALID for what the format cannot hold
 *
 * @example
 * import { cook, loadCake, writeRoot } from 'rootless-bake';
 *
 * const root = await cook(await loadCake('./cake.yaml'));
 * await writeRoot(root, 'rootfs.tar.gz');
 * const { imageDigest } = await writeRoot(root, 'image.oci.tar', { config: { cmd: ['/bin/sh'] } });
 * await root.dispose();
 */
export async function writeRoot(
  root: ImageRoot,
  path: string,
  options: WriteRootOptions = {},
  run: Partial<Host> = {},
): Promise<WrittenRoot> {
  const implementation = await import('./export/write-root.ts');
  return await implementation.writeRoot(root, path, options, nodeHost(run));
}

/**
 * The software bill of materials of a root: its packages with versions, licences and package URLs, as SPDX 2.3 or
 * CycloneDX 1.6.
 *
 * @throws RootlessBakeError; match its `code`
 *
 * @example
 * import { writeFileSync } from 'node:fs';
 * import { cook, loadCake, sbom } from 'rootless-bake';
 *
 * const root = await cook(await loadCake('./cake.yaml'));
 * writeFileSync('rootfs.spdx.json', await sbom(root, { format: 'spdx', name: 'rootfs' }));
 * await root.dispose();
 */
export async function sbom(root: SbomRoot, options: SbomOptions, run: Partial<Host> = {}): Promise<string> {
  const { makeSbom } = await import('./sbom/sbom.ts');
  return await makeSbom(root, options, nodeHost(run));
}

/**
 * Pushes an image to a registry: a cooked root's, or one of an OCI layout or archive as it is. What the registry
 * has already is not sent. The credentials are those that `docker login` has left. Equal roots have equal digests.
 *
 * @param source a cooked root, or `path[:name]` of a layout or an archive
 * @param reference as Docker writes it, such as `registry.example/team/image:tag`
 * @throws RB_UNAUTHORIZED, RB_PUSH_REFUSED for what the registry refuses; RB_NETWORK, RB_OFFLINE
 * @throws RB_ARGUMENT, RB_OCI_INVALID, RB_OCI_UNSUPPORTED, RB_DIGEST_MISMATCH
 *
 * @example
 * import { cook, loadCake, push } from 'rootless-bake';
 *
 * const root = await cook(await loadCake('./cake.yaml'));
 * const { reference } = await push(root, 'localhost:5000/team/image:1.0');
 * await root.dispose();
 */
export async function push(
  source: ImageRoot | string,
  reference: string,
  options: PushOptions = {},
  run: Partial<Host> = {},
): Promise<PushedImage> {
  const implementation = await import('./export/push/push.ts');
  return await implementation.push(source, reference, options, nodeHost(run));
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
  const target = {
    path: output,
    ...(force !== undefined && { force }),
    ...(volume !== undefined && { volume }),
  };
  const { buildImage } = await import('./build/build.ts');
  return await build(cake, rest, (own, options, host) => buildImage(own, target, options, host));
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
  const { buildLock } = await import('./build/build.ts');
  return await build(cake, rest, (own, options, host) => buildLock(own, { ...options, update }, host));
}

/**
 * Tells what a bake, or the cook of a recipe that only cooks, would fetch, cook and bake, and what the store has of it.
 * Nothing is cooked and the network is never asked: what only a look-up can tell is named as that.
 *
 * @throws RootlessBakeError; match its `code`
 *
 * @example
 * import { loadCake, plan } from 'rootless-bake';
 *
 * const { totals, inputs } = await plan(await loadCake('./cake.yaml'));
 * const missing = inputs.flatMap(({ files }) => files).filter(({ state }) => state === 'fetch');
 * const told = `${missing.length} files, ${totals.fetch.bytes} bytes`;
 */
export async function plan(cake: Cake | CakeRecipe, run: PlanRun = {}): Promise<PlannedCake> {
  const { output, ...rest } = run;
  const { planCake } = await import('./build/plan/plan.ts');
  return await build(cake, rest, (own, options, host) => planCake(own, { ...options, output }, host));
}

/** Does some work on a recipe that has been checked; errors show the place in it that they are about. */
async function build<T>(
  recipe: Cake | CakeRecipe,
  { keepScratch, lockFile, locked, rebuild, sboms, ...over }: CookRun,
  work: (cake: Cake, options: BuildOptions, host: Host) => Promise<T>,
): Promise<T> {
  const cake = await checkCake(recipe);
  const used = keepScratch === undefined ? cake : { ...cake, cook: { ...cake.cook, keepScratch } };
  const options = { lockFile, locked, rebuild, sboms };
  return await withPlaces(cake, () => work(used, options, nodeHost(over)));
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
  const implementation = await import('./bake/mkfs.ts');
  return await implementation.mkfs(options, target, nodeHost(run));
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
  const implementation = await import('./vm/boot.ts');
  return await implementation.boot(image, options, nodeHost(run));
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
  const implementation = await import('./vm/boot.ts');
  const { machine } = await implementation.bootMachine(image, options, nodeHost(run));
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
  const implementation = await import('./cook/guest/shell.ts');
  return await implementation.openShell(root, options, nodeHost(run));
}

/**
 * What an error code means, what to do, and the exit code it leads to.
 *
 * @param code of any {@link RootlessBakeError}, in upper or lower case, `RB_` or not
 * @throws RB_ARGUMENT when there is no such code
 *
 * @example
 * import { explainError } from 'rootless-bake';
 *
 * const { title, todo } = await explainError('RB_DIGEST_MISMATCH');
 */
export async function explainError(code: string): Promise<ErrorExplanation> {
  const { explain } = await import('./error-help/explain.ts');
  return explain(code);
}
