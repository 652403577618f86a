/** The functions of the library that look into images; their code is loaded when they are called. */
import type { Verification, VerifyOptions } from './build/verify/verify.ts';
import type { Host } from './host.ts';
import type { Difference, DiffOptions } from './inspect/diff.ts';
import type { Extracted, ExtractOptions } from './inspect/extract.ts';
import type { OpenedImage, OpenImageOptions } from './inspect/image.ts';
import type { ImageReport } from './inspect/report.ts';
import { nodeHost } from './node-host.ts';
import type { ReportDataOptions } from './report/report-data.ts';
import type { Report, ReportFileOptions, WrittenReport } from './report/write-report.ts';
import type { Tree } from './tree/tree.ts';

/**
 * Opens an image to look into it, without mounting it and without root: a raw disk (MBR or GPT), an ext2, ext3 or
 * ext4 file system, a tar, a cpio, an image of OCI, a folder, told by its bytes. Close it when done.
 *
 * @throws RB_INPUT_NOT_FOUND, RB_INPUT_UNREADABLE, RB_IMAGE_UNKNOWN, and the codes of what is damaged
 *
 * @example
 * import { writeFileSync } from 'node:fs';
 * import { openImage, readContent } from 'rootless-bake';
 *
 * const image = await openImage('hello.img');
 * try {
 *   const entry = (await image.tree()).resolve('/etc/os-release')?.entry;
 *   if (entry?.type === 'file') writeFileSync('os-release', readContent(entry.content));
 * } finally {
 *   image.close();
 * }
 */
export async function openImage(
  path: string,
  options: OpenImageOptions = {},
  run: Partial<Host> = {},
): Promise<OpenedImage> {
  const implementation = await import('./inspect/open.ts');
  return await implementation.openImage(path, options, nodeHost(run));
}

/**
 * Tells what an open image is and holds: partition table, boot code, file systems, and of the root in it the
 * distribution, packages, boot configuration, kernel and initrd.
 *
 * @throws RootlessBakeError; match its `code`
 *
 * @example
 * import { inspectImage, openImage } from 'rootless-bake';
 *
 * const image = await openImage('hello.img');
 * const { fileSystems } = await inspectImage(image);
 * const release = fileSystems[0]?.root.kernel?.release;
 * image.close();
 */
export async function inspectImage(image: OpenedImage, run: Partial<Host> = {}): Promise<ImageReport> {
  const implementation = await import('./inspect/report.ts');
  return await implementation.inspectImage(image, nodeHost(run));
}

/**
 * Compares two trees path by path: what was added, removed or changed, and in what.
 *
 * @throws RootlessBakeError; match its `code`
 *
 * @example
 * import { diffTrees, openImage } from 'rootless-bake';
 *
 * const [before, after] = [await openImage('old.img'), await openImage('new.img')];
 * const changes = await diffTrees(await before.tree(), await after.tree(), { ignore: ['time'] });
 * const added = changes.filter(({ change }) => change === 'added').map(({ path }) => path);
 * before.close();
 * after.close();
 */
export async function diffTrees(
  before: Tree,
  after: Tree,
  options: DiffOptions = {},
  run: Partial<Host> = {},
): Promise<Difference[]> {
  const implementation = await import('./inspect/diff.ts');
  return await implementation.diffTrees(before, after, options, nodeHost(run));
}

/**
 * Writes paths of a tree, and all below them, into a folder, and never out of it: links are made, none is followed.
 * Modes and times are kept; owners, setuid bits, xattrs and devices are not.
 *
 * @throws RB_INPUT_NOT_FOUND, RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE
 *
 * @example
 * import { extractPaths, openImage } from 'rootless-bake';
 *
 * const image = await openImage('hello.img');
 * const { paths } = await extractPaths(await image.tree(), ['/boot'], { output: 'out', image: 'hello.img' });
 * image.close();
 */
export async function extractPaths(
  tree: Tree,
  paths: readonly string[],
  options: ExtractOptions,
  run: Partial<Host> = {},
): Promise<Extracted> {
  const implementation = await import('./inspect/extract.ts');
  return await implementation.extractPaths(tree, paths, options, nodeHost(run));
}

/**
 * A report of an image as one HTML page that loads nothing: the disk's map to scale, the boot chain, a picture of the
 * tree that can be entered, sizes by folder, origin and package, packages with licences, the largest files. Equal
 * images, names and options give equal pages.
 *
 * @throws RB_ARGUMENT when there is no such partition; what reading the image throws
 *
 * @example
 * import { openImage, report } from 'rootless-bake';
 *
 * const image = await openImage('hello.img');
 * const { page, data } = await report(image);
 * const unowned = data.roots[0]?.unowned.bytes;
 * image.close();
 */
export async function report(
  image: OpenedImage,
  options: ReportDataOptions = {},
  run: Partial<Host> = {},
): Promise<Report> {
  const implementation = await import('./report/write-report.ts');
  return await implementation.report(image, options, nodeHost(run));
}

/**
 * Writes {@link report}'s page; it appears under its name when it is whole.
 *
 * @throws RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE, and what {@link report} throws
 *
 * @example
 * import { openImage, writeReport } from 'rootless-bake';
 *
 * const image = await openImage('hello.img');
 * const { path, size } = await writeReport(image, { output: 'report.html' });
 * image.close();
 */
export async function writeReport(
  image: OpenedImage,
  options: ReportFileOptions,
  run: Partial<Host> = {},
): Promise<WrittenReport> {
  const implementation = await import('./report/write-report.ts');
  return await implementation.writeReport(image, options, nodeHost(run));
}

/**
 * Bakes twice, in surroundings that have nothing in common but what was fetched (time zone, locale, umask, the user's
 * folders, the current folder, the clock), and tells whether both images are the same bytes; if not, in what they differ.
 *
 * @param options.bake bakes in a process of its own, as `rootless-bake bake --rebuild` does
 * @throws RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE for the folder; what the bakes throw
 *
 * @example
 * import { execFile } from 'node:child_process';
 * import { promisify } from 'node:util';
 * import { verify } from 'rootless-bake';
 *
 * const { equal, differences } = await verify({
 *   async bake({ env, cwd, output }) {
 *     const command = ['rootless-bake', 'bake', '/home/me/cake.yaml', '--rebuild', '--json', '-o', output];
 *     const { stdout } = await promisify(execFile)('npx', command, { cwd, env: { PATH: '/usr/bin:/bin', ...env } });
 *     return JSON.parse(stdout);
 *   },
 * });
 */
export async function verify(options: VerifyOptions, run: Partial<Host> = {}): Promise<Verification> {
  const { verifyBakes } = await import('./build/verify/verify.ts');
  return await verifyBakes(options, nodeHost(run));
}
