import * as nodeFs from 'node:fs';
import { RootlessBakeError } from '../errors.ts';
import { type ControlFields, debData, readDebControl } from '../formats/deb/index.ts';
import { readTar, readTarInPlace } from '../formats/tar/index.ts';
import { InputDigests } from '../store/input-digests.ts';
import type { Store } from '../store/store.ts';
import { hashFile } from '../store/verify.ts';
import type { Content, ContentSink } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import { checkDigest } from './digest.ts';
import { readHostFile } from './file.ts';
import { inLanes } from './lanes.ts';
import type { SourceMeans } from './means.ts';
import { type PinnedPackage, pinPackages } from './pinned-packages.ts';
import type { PinRequest, Pins } from './pins.ts';

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly control: ControlFields;
  /** The maintainer scripts that dpkg would run when it is installed, such as `postinst`. */
  readonly scripts: readonly string[];
  /** What the package installs. Its entries' origin is `package NAME-VERSION`. */
  readonly tree: Tree;
  /** Of the `.deb`. */
  readonly path: string;
  /** Of the `.deb`, in hex. */
  readonly sha256: string;
}

/**
 * Reads a Debian package: a `.deb` file when the argument ends in `.deb`, else a package of that name, by
 * the machine's apt. The run's pins are asked first. The store keeps it decompressed, and its contents lie there;
 * only where the store cannot be used do they go to the sink.
 *
 * @throws what finding the package, {@link readDebControl} and {@link debData} throw
 * @throws RB_INPUT_NOT_FOUND when there is no such file
 * @throws RB_DIGEST_MISMATCH when the file is not the one that the lock has
 */
export async function readDebianPackage(
  nameOrPath: string,
  sink: ContentSink,
  means: SourceMeans,
): Promise<DebianPackage> {
  if (nameOrPath.endsWith('.deb')) return await readLocalPackage(nameOrPath, sink, means);
  return (await readAptPackages(nameOrPath, false, sink, means))[0]!;
}

/**
 * Reads a package by the machine's apt, and with it what it needs when that is asked for.
 *
 * @throws as {@link readDebianPackage}
 */
export async function readAptPackages(
  name: string,
  withDependencies: boolean,
  sink: ContentSink,
  means: SourceMeans,
): Promise<DebianPackage[]> {
  // Only for names: a recipe of paths loads no code of apt.
  const apt = await import('./apt/index.ts');
  const request = aptRequest(name, withDependencies);
  const pinned = await pinPackages(request, means, () => apt.findAptPackages(name, withDependencies, means));
  return await readPackages(pinned, (item) => apt.fetchAptPackage(item, means), sink, means);
}

/** What a lock is asked for a package of the machine's apt. */
export function aptRequest(name: string, withDependencies: boolean): PinRequest {
  const key = { deb: name, ...(withDependencies && { dependencies: true }) };
  return { kind: 'deb', name, key, isFixed: true };
}

/** What a lock is asked for a `.deb` file. */
export function debFileRequest(path: string, pins: Pins): PinRequest {
  const place = pins.place(path);
  return { kind: 'deb', name: place, key: { deb: place }, isFixed: true };
}

/** What gives a package's `.deb`, in the store. */
export type FetchPackage = (
  item: PinnedPackage,
) => Promise<{ readonly path: string; readonly sha256: string }>;

/**
 * Fetches and reads packages, several at once.
 *
 * @throws what `fetch` and reading throw; RB_ARCHIVE_DAMAGED when one is another than it is said to be
 */
export async function readPackages(
  pinned: readonly PinnedPackage[],
  fetch: FetchPackage,
  sink: ContentSink,
  means: SourceMeans,
): Promise<DebianPackage[]> {
  return await inLanes(pinned, LANES, async (wanted) => {
    const { path, sha256 } = await fetch(wanted);
    const what = `package ${wanted.name}-${wanted.version}`;
    const item = await readPackage(path, sha256, what, sink, means);
    if (item.name === wanted.name && item.version === wanted.version) return item;
    throw new RootlessBakeError('RB_ARCHIVE_DAMAGED', `${what} is ${item.name}-${item.version}`, {
      hint: 'the repository is wrong, or the lock was changed by hand',
    });
  });
}

/** Downloads go on while packages are decompressed. */
const LANES = 6;

async function readLocalPackage(path: string, sink: ContentSink, means: SourceMeans): Promise<DebianPackage> {
  const sha256 = await digestOf(path, means.store);
  const request = debFileRequest(path, means.pins);
  const [pinned] = await pinPackages(request, means, async () => {
    const { fields } = await readDebControl(readHostFile(nodeFs, path), path);
    const [name, version] = [fields.get('Package')!, fields.get('Version')!];
    const file = { url: request.name, sha256, size: readHostFile(nodeFs, path).size };
    return [{ name, version, architecture: fields.get('Architecture') ?? 'all', file }];
  });
  checkDigest(path, sha256, pinned!.file.sha256);
  return await readPackage(path, sha256, path, sink, means);
}

async function readPackage(
  path: string,
  sha256: string,
  what: string,
  sink: ContentSink,
  { store }: SourceMeans,
): Promise<DebianPackage> {
  const deb = readHostFile(nodeFs, path);
  const { fields: control, scripts } = await readDebControl(deb, what);
  const [name, version] = [control.get('Package')!, control.get('Version')!];
  const origin = `package ${name}-${version}`;
  const options = { origin, what };
  const item = { name, version, control, scripts, path, sha256 };
  try {
    const data = await storedData(sha256, deb, origin, what, store);
    return { ...item, tree: await readTarInPlace(data, options) };
  } catch (error) {
    if (!isUnusable(error)) throw error;
    return { ...item, tree: await readTar(debData(deb, what), sink, options) };
  }
}

/** To decompress a kernel takes seconds, more than all else of a bake. */
async function storedData(
  sha256: string,
  deb: Content,
  origin: string,
  what: string,
  store: Store,
): Promise<Content> {
  return store.content(await store.derived('deb-data', { sha256 }, origin, () => debData(deb, what)));
}

async function digestOf(path: string, store: Store): Promise<string> {
  try {
    return await new InputDigests(store).file(path);
  } catch (error) {
    if (!isUnusable(error)) throw error;
    return (await hashFile(path))!.sha256;
  }
}

function isUnusable(error: unknown): boolean {
  return error instanceof RootlessBakeError && error.code === 'RB_STORE_UNUSABLE';
}
