import { STORE, type StorePath, storePath } from '../../formats/nix/index.ts';
import { damagedPin, isRecord, type PinnedFile, type PinRequest, type Resolved } from '../pins.ts';
import type { Nar } from './archives.ts';

/** One path of a closure as a lock has it; its archive is the file of the same index. */
export interface PinnedPath {
  /** `/nix/store/HASH-NAME` */
  readonly path: string;
  /** sha256 of the archive, decompressed, in hex. */
  readonly narHash: string;
  /** Bytes of it. */
  readonly narSize: number;
  /** Store paths. */
  readonly references: readonly string[];
  /** Name of the key that had signed all this. */
  readonly signedBy: string;
  /** Of the archive, as the narinfo has it. */
  readonly url: string;
  readonly compression: string;
}

/** What a request for store paths came to. */
export interface PinnedClosure {
  /** The store paths that were asked for, in their order. */
  readonly roots: readonly string[];
  /** They and all that they refer to, sorted. */
  readonly paths: readonly PinnedPath[];
}

/** A path of a closure and its archive. */
export interface PinnedObject extends PinnedPath {
  readonly nar: Nar;
}

/**
 * What a lock or a look-up says, checked in its shape.
 *
 * @throws RB_LOCK_INVALID
 */
export function pinnedObjects(
  request: PinRequest,
  { value, files }: Resolved<PinnedClosure>,
): PinnedObject[] {
  if (!isClosure(value) || files.length !== value.paths.length) throw damagedPin(request);
  return value.paths.map((pinned, index) => ({ ...pinned, nar: narOf(pinned, files[index]!) }));
}

function narOf({ path, ...pinned }: PinnedPath, { sha256, size }: PinnedFile): Nar {
  return { ...pinned, path: wholePath(path)!, fileHash: sha256, fileSize: size };
}

function isClosure(value: unknown): value is PinnedClosure {
  if (!isRecord(value) || !Array.isArray(value['roots']) || !Array.isArray(value['paths'])) return false;
  const { roots, paths } = value;
  if (!paths.every(isPath)) return false;
  const known = new Set(paths.map(({ path }) => path));
  return (
    known.size === paths.length &&
    [...roots, ...paths.flatMap((each) => each.references)].every((path) => known.has(path))
  );
}

function isPath(value: unknown): value is PinnedPath {
  if (!isRecord(value)) return false;
  const { path, narHash, narSize, references, signedBy, url, compression } = value;
  return (
    typeof path === 'string' &&
    wholePath(path) !== undefined &&
    typeof narHash === 'string' &&
    /^[0-9a-f]{64}$/.test(narHash) &&
    Number.isSafeInteger(narSize) &&
    (narSize as number) > 0 &&
    Array.isArray(references) &&
    [signedBy, url, compression].every((text) => typeof text === 'string')
  );
}

function wholePath(text: string): StorePath | undefined {
  return text.startsWith(`${STORE}/`) ? storePath(text) : undefined;
}
