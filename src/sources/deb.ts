import * as nodeFs from 'node:fs';
import { RootlessBakeError } from '../errors.ts';
import { type ControlFields, debData, readDebControl } from '../formats/deb/index.ts';
import { readTar, readTarInPlace } from '../formats/tar/index.ts';
import { InputDigests } from '../store/input-digests.ts';
import type { Store } from '../store/store.ts';
import type { Content, ContentSink } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import { fetchDebianPackage } from './apt/index.ts';
import { readHostFile } from './file.ts';
import type { SourceMeans } from './means.ts';

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly control: ControlFields;
  /** What the package installs. Its entries' origin is `package NAME-VERSION`. */
  readonly tree: Tree;
  /** Of the `.deb`. */
  readonly path: string;
}

/**
 * Reads a Debian package: a `.deb` file when the argument ends in `.deb`, else a package of that name, by
 * the machine's apt. The store keeps it decompressed, and its contents lie there; only where the store
 * cannot be used do they go to the sink.
 *
 * @throws what {@link fetchDebianPackage}, {@link readDebControl} and {@link debData} throw
 * @throws RB_INPUT_NOT_FOUND when there is no such file
 */
export async function readDebianPackage(
  nameOrPath: string,
  sink: ContentSink,
  means: SourceMeans,
): Promise<DebianPackage> {
  const path = nameOrPath.endsWith('.deb')
    ? nameOrPath
    : (await fetchDebianPackage(nameOrPath, means.host)).path;
  const deb = readHostFile(nodeFs, path);
  const control = await readDebControl(deb, path);
  const [name, version] = [control.get('Package')!, control.get('Version')!];
  const origin = `package ${name}-${version}`;
  const options = { origin, what: path };
  try {
    const data = await storedData(path, deb, origin, means.store);
    return { name, version, control, path, tree: await readTarInPlace(data, options) };
  } catch (error) {
    if (!(error instanceof RootlessBakeError) || error.code !== 'RB_STORE_UNUSABLE') throw error;
    return { name, version, control, path, tree: await readTar(debData(deb, path), sink, options) };
  }
}

/** To decompress a kernel takes seconds, more than all else of a bake. */
async function storedData(path: string, deb: Content, origin: string, store: Store): Promise<Content> {
  const sha256 = await new InputDigests(store).file(path);
  return store.content(await store.derived('deb-data', { sha256 }, origin, () => debData(deb, path)));
}
