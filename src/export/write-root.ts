import { resolve } from 'node:path';
import { unwritable } from '../disk/image-file.ts';
import { Steps, stepProgress } from '../events.ts';
import { compressStream } from '../formats/compression/index.ts';
import { writeCpio } from '../formats/cpio/index.ts';
import { parsePlatform } from '../formats/oci/index.ts';
import { writeTar } from '../formats/tar/index.ts';
import { breather, type Host, throwIfAborted } from '../host.ts';
import { makeTemporaryFolder } from '../store/folder.ts';
import { createSpool } from '../store/spool.ts';
import { treeTotals } from '../tree/totals.ts';
import type { Tree } from '../tree/tree.ts';
import { checkRootOutput } from './check-output.ts';
import { type ImageOptions, type ImageRoot, imageLayout } from './image/image-layout.ts';
import { compressionOf, type RootOutput, rootOutput } from './output.ts';
import type { RootFormat } from './root-formats.ts';
import { writeFileWhole } from './write-file.ts';
import { writePlainFolder, writeRootFolder } from './write-folder.ts';

/** In what form, and under which name, a root is written. */
export interface WriteRootOptions extends ImageOptions {
  /** Default: told by the path, see {@link writeRoot}. */
  readonly format?: RootFormat;
  /** Overwrites what has the path, be it a folder with all that is in it. */
  readonly force?: boolean;
  /** Of the image in its layout or archive. */
  readonly name?: string;
}

/** A root that has been written. */
export interface WrittenRoot {
  readonly path: string;
  readonly format: RootFormat;
  /** Digest of the image's manifest, `sha256:…`; for images only. */
  readonly imageDigest?: string;
}

/**
 * Tells before a root is cooked whether it can be written.
 *
 * @throws RB_ARGUMENT, RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE
 */
export function checkRoot(
  path: string,
  format: string | undefined,
  { force, platform }: WriteRootOptions,
  host: Pick<Host, 'env'>,
): RootOutput {
  const output = rootOutput(path, format);
  if (platform !== undefined) parsePlatform(platform);
  checkRootOutput(output, force, host);
  return output;
}

/**
 * Writes a root as an archive, an image of OCI or a folder, under a temporary name first. Equal roots give equal
 * bytes.
 *
 * - `tar` is canonical: its sha256 is the root's digest.
 * - `cpio` has no place for xattrs, and a folder of the calling user's has neither owners nor devices; both is
 *   told by a message.
 * - `oci.tar` and `oci` are an image of one layer; see {@link imageLayout}.
 *
 * @throws RB_ARGUMENT for an output or a platform that is none
 * @throws RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE
 * @throws RB_ARCHIVE_UNSUPPORTED, RB_OCI_UNSUPPORTED, RB_PATH_INVALID for what the format cannot hold
 * @throws the reason of the host's signal
 */
export async function writeRoot(
  root: ImageRoot,
  path: string,
  options: WriteRootOptions,
  host: Host,
): Promise<WrittenRoot> {
  const output = checkRoot(path, options.format, options, host);
  const written = { path: output.path, format: output.format };
  let bytes = 0;
  const write = async (): Promise<WrittenRoot> => {
    ({ bytes } = await treeTotals(root.tree, breather(host)));
    if (output.format === 'oci' || output.format === 'oci.tar') {
      return { ...written, imageDigest: await writeImage(root, output, options, host) };
    }
    const place = resolve(output.path);
    if (output.format === 'dir') await writeRootFolder(root.tree, place, host);
    else await writeArchive(root.tree, place, { format: output.format, bytes }, host);
    return written;
  };
  try {
    return await new Steps(host).run(STEP, write, () => ({
      amount: { count: bytes, unit: 'bytes' },
      detail: output.format,
    }));
  } catch (error) {
    throwIfAborted(host.signal);
    throw unwritable(output.path, error);
  }
}

const STEP = 'write root';

/** @param bytes of all contents of the tree */
async function writeArchive(
  tree: Tree,
  path: string,
  { format, bytes }: { readonly format: RootFormat; readonly bytes: number },
  host: Host,
): Promise<void> {
  const isCpio = format.startsWith('cpio');
  if (isCpio) await tellOfXattrs(tree, path, host);
  const archive = told(isCpio ? writeCpio(tree) : writeTar(tree), bytes, host);
  await writeFileWhole(path, compressStream(compressionOf(format), archive), host.signal);
}

/** The same chunks; how many bytes of contents have passed is told, as nearly as the headers between them allow. */
async function* told(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  total: number,
  host: Host,
): AsyncGenerator<Uint8Array, void, undefined> {
  const tell = stepProgress(STEP, 'bytes', host);
  let current = 0;
  for await (const chunk of chunks) {
    yield chunk;
    current = Math.min(current + chunk.length, total);
    tell(current, total);
  }
}

async function writeImage(
  root: ImageRoot,
  output: RootOutput,
  options: WriteRootOptions,
  host: Host,
): Promise<string> {
  const path = resolve(output.path);
  makeTemporaryFolder(host.temporaryDirectory);
  const spool = createSpool(host.temporaryDirectory);
  try {
    const { tree, sha256 } = await imageLayout(root, options, output.name ?? options.name, spool, host);
    if (output.format === 'oci') await writePlainFolder(tree, path, host);
    else await writeFileWhole(path, writeTar(tree), host.signal);
    return `sha256:${sha256}`;
  } finally {
    spool.close();
  }
}

async function tellOfXattrs(tree: Tree, path: string, host: Host): Promise<void> {
  const pause = breather(host);
  const lost: string[] = [];
  for (const item of tree.walk()) {
    if (item.entry.xattrs.size > 0) lost.push(item.path);
    const paused = pause();
    if (paused) await paused;
  }
  if (lost.length === 0) return;
  const text = `${path} lacks the extended attributes of ${lost.length} entries, such as ${lost[0]}: cpio has no place for them`;
  host.emit({ type: 'message', level: 'warning', text });
}
