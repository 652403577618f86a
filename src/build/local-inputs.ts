import { createHash } from 'node:crypto';
import { realpathSync, type Stats, statSync } from 'node:fs';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import type { Cake } from '../recipe/cake.ts';
import { isDebPath, isUrl } from '../recipe/values.ts';
import { parseImageLocation } from '../sources/oci/location.ts';
import { canonicalDigest, canonicalJson } from '../store/canonical.ts';
import { folderIdentity } from '../store/folder-identity.ts';
import type { FolderAspects, InputDigests } from '../store/input-digests.ts';

/** A file, a folder or a script that a recipe brings along itself. */
export interface LocalInput {
  /** Place in the recipe, such as `cook.base.tar`. */
  readonly place: string;
  /** Of a file or folder. */
  readonly path?: string;
  /** Of a script. */
  readonly text?: string;
  /** What counts beside contents. Default: nothing. */
  readonly aspects?: FolderAspects;
  /** A folder that is often large, and made by another program: what it holds is only read for a lock. */
  readonly isLarge?: boolean;
}

const CONTENTS_ONLY: FolderAspects = { owners: false, modes: false, times: false };

/** Every file, folder and script of this machine that the cooking of a recipe depends on. */
export function cookInputs({ cook }: Pick<Cake, 'cook'>): LocalInput[] {
  const { base, contents = [], repositories = [], apkKeys = [] } = cook;
  return [
    ...baseInputs(base),
    ...repositories.flatMap((item, index) =>
      path(`cook.repositories[${index}]`, item.replace(/^@\S+\s+/, '')),
    ),
    ...apkKeys.flatMap((item, index) => path(`cook.apkKeys[${index}]`, item)),
    ...(['prepare', 'script', 'cleanup'] as const).flatMap((name) =>
      cook[name] === undefined ? [] : [{ place: `cook.${name}`, text: cook[name] }],
    ),
    ...contents.flatMap((item, index) => contentInputs(item, `cook.contents[${index}]`)),
    ...(cook.machine ? machineInputs(cook.machine) : []),
  ];
}

/** As {@link cookInputs}, for what the baking takes beside the cooked root. */
export function bakeInputs({ bake }: Pick<Cake, 'bake'>): LocalInput[] {
  if (!bake) return [];
  const parts = { kernel: bake.kernel, bootloader: bake.bootloader, busybox: bake.busybox };
  return Object.entries(parts).flatMap(([part, source]) =>
    Object.entries(source ?? {}).flatMap(([key, value]) => {
      if (typeof value !== 'string' || (key === 'deb' && !isDebPath(value)) || key === 'apk') return [];
      return path(`bake.${part}.${key}`, value).map((input) => ({ ...input, isLarge: true }));
    }),
  );
}

/**
 * Digests of local inputs by their places, in hex, for keys of results; undefined when one of them cannot be
 * read, of which cooking speaks in its own words, or has changed just now.
 */
export async function digestInputs(
  inputs: readonly LocalInput[],
  digests: InputDigests,
  signal: AbortSignal,
): Promise<Record<string, string> | undefined> {
  const found: Record<string, string> = {};
  for (const input of inputs) {
    const digest = await digestOf(input, digests, (folder) => folderIdentity(folder, { signal }));
    if (digest === undefined) return undefined;
    found[input.place] = digest;
  }
  return found;
}

/** The same for locks: equal inputs have equal digests on all machines. What cannot be read has none. */
export async function portableDigests(
  inputs: readonly LocalInput[],
  digests: InputDigests,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const input of inputs) {
    const digest = await digestOf(input, digests);
    if (digest !== undefined) found[input.place] = digest;
  }
  return found;
}

/** @param large what is made of a large folder, in the place of a digest of its contents */
async function digestOf(
  { path: file, text, aspects, isLarge = false }: LocalInput,
  digests: InputDigests,
  large?: (path: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  if (file === undefined) return createHash('sha256').update(text!).digest('hex');
  try {
    const stat = statSync(file);
    if (!stat.isDirectory()) return fileDigest(await digests.file(file), stat, aspects);
    if (isLarge && large) return await large(realpathSync(file));
    return await digests.folder(file, aspects ?? CONTENTS_ONLY);
  } catch (error) {
    const isOurs = error instanceof RootlessBakeError;
    if (isOurs ? error.code.startsWith('RB_INPUT_') : isSystemError(error)) return undefined;
    throw error;
  }
}

/** A file's mode and owner count where a root takes them from it. */
function fileDigest(sha256: string, { mode, uid, gid }: Stats, aspects: FolderAspects | undefined): string {
  if (!aspects) return sha256;
  return canonicalDigest([sha256, (mode & 0o100) !== 0, aspects.owners ? [uid, gid] : null]);
}

function baseInputs(base: Cake['cook']['base']): LocalInput[] {
  if ('tar' in base) return path('cook.base.tar', base.tar);
  if ('oci' in base) return path('cook.base.oci', parseImageLocation(base.oci)?.path);
  if ('alpine' in base) return path('cook.base.mirror', base.mirror);
  if ('dir' in base) {
    return [
      { place: 'cook.base.dir', path: base.dir, aspects: { owners: base.owner === 'keep' }, isLarge: true },
    ];
  }
  return [];
}

function contentInputs(item: NonNullable<Cake['cook']['contents']>[number], place: string): LocalInput[] {
  if ('dir' in item) {
    const aspects = {
      owners: item.owner === 'keep',
      modes: item.modes === 'keep' ? true : ('plain' as const),
      times: false,
    };
    return path(`${place}.dir`, item.dir, aspects);
  }
  if ('file' in item) {
    return path(`${place}.file`, item.file, { owners: item.owner === 'keep', modes: 'plain', times: false });
  }
  if ('deb' in item) return isDebPath(item.deb) ? path(`${place}.deb`, item.deb) : [];
  if ('nix' in item && item.channel?.includes('/')) return path(`${place}.channel`, item.channel);
  if ('debian' in item) {
    return [item.keyring ?? []].flat().flatMap((file, index) => path(`${place}.keyring[${index}]`, file));
  }
  return [];
}

/** The set-up itself, in which paths of this machine do not count, and the files that it takes from here. */
function machineInputs(machine: NonNullable<Cake['cook']['machine']>): LocalInput[] {
  const { files = [] } = machine;
  const portable = files.map((file) => ('source' in file ? { ...file, source: '' } : file));
  return [
    { place: 'machine', text: canonicalJson({ ...machine, files: portable }) },
    ...files.flatMap((file, index) =>
      'source' in file
        ? path(`machine.files[${index}].source`, file.source, { owners: false, modes: 'plain', times: false })
        : [],
    ),
  ];
}

/** What is no path of this machine is none of ours. */
function path(place: string, value: string | undefined, aspects?: FolderAspects): LocalInput[] {
  if (value === undefined || isUrl(value)) return [];
  return [{ place, path: value, ...(aspects && { aspects }) }];
}
