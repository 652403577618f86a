import { statSync } from 'node:fs';
import { isHttpUrl } from '../../net/url.ts';
import type { SourceMeans } from '../../sources/means.ts';
import { isSameRequest, type Pin, type PinnedFile } from '../../sources/pins.ts';
import type { Store } from '../../store/store.ts';
import type { LastPin } from '../kept.ts';
import type { PlannedCake, PlannedFile, PlannedInput, PlannedTotal } from './planned.ts';
import type { PlannedRequest } from './requests.ts';

/**
 * What is known of a request without asking the network: what the lock says, else what an earlier run of the same
 * recipe found, else what the recipe itself says.
 *
 * @throws RB_LOCK_OUTDATED with `--locked`, when the lock does not know it; RB_STORE_UNUSABLE
 */
export async function plannedInput(
  planned: PlannedRequest,
  last: readonly LastPin[],
  means: SourceMeans,
): Promise<PlannedInput> {
  const { request, place, from, isSpare } = planned;
  const about = { kind: request.kind, name: request.name, place, from, ...(isSpare && { isSpare }) };
  const locked = inLock(planned, means);
  if (locked) return { ...about, knownBy: 'lock', ...(await filesOf(locked, means)) };
  const before = last.find(({ pin }) => isSame(pin, planned));
  if (before?.holds) return { ...about, knownBy: 'run', ...(await filesOf(before.pin, means)) };
  const file = ownFile(planned, means.store);
  if (file) return { ...about, knownBy: 'recipe', files: [file] };
  return { ...about, ...(before ? await filesOf(before.pin, means) : { files: [] }) };
}

/** What files come to, each counted once. */
export function totalsOf(inputs: readonly PlannedInput[]): PlannedCake['totals'] {
  const known = inputs.filter(({ knownBy }) => knownBy !== undefined);
  const files = known.flatMap((input) => input.files);
  const unique = [...new Map(files.map((file) => [file.sha256 ?? file.url, file])).values()];
  const total = (state: PlannedFile['state']): PlannedTotal => {
    const sizes = unique.filter((file) => file.state === state).map(({ size }) => size);
    return {
      files: sizes.length,
      bytes: sizes.reduce<number>((sum, size = 0) => sum + size, 0),
      unknown: sizes.filter((size) => size === undefined).length,
    };
  };
  return {
    fetch: total('fetch'),
    cached: total('cached'),
    local: total('local'),
    lookUps: inputs.filter(({ knownBy, isSpare }) => knownBy === undefined && !isSpare).length,
  };
}

/** A spare one is in no lock when the root has its own. */
function inLock({ request, fits, isSpare }: PlannedRequest, { pins }: SourceMeans): Pin | undefined {
  if (isSpare && !pins.knows(request)) return undefined;
  return fits ? pins.knownAs(request, fits) : pins.known(request);
}

function isSame(pin: Pin, { request, fits }: PlannedRequest): boolean {
  if (pin.kind !== request.kind) return false;
  return fits ? fits(pin.key) : isSameRequest(pin, request);
}

async function filesOf(pin: Pin, { store }: SourceMeans): Promise<Pick<PlannedInput, 'files' | 'versions'>> {
  const { files, versions } = pin;
  const stored =
    pin.kind === 'nix' ? (await import('../../sources/nix/index.ts')).storedArchives(pin) : files;
  return {
    ...(versions && { versions }),
    files: files.map((file, index) => ({ ...bare(file), state: stateOf(file, stored[index]!, store) })),
  };
}

function bare({ url, sha256, size }: PinnedFile): PinnedFile {
  return { url, sha256, size };
}

function stateOf(
  { url }: PinnedFile,
  { sha256, size }: Pick<PinnedFile, 'sha256' | 'size'>,
  store: Store,
): PlannedFile['state'] {
  if (store.sizeOf(sha256) === size) return 'cached';
  return isHttpUrl(url) ? 'fetch' : 'local';
}

function ownFile({ request, path, file }: PlannedRequest, store: Store): PlannedFile | undefined {
  if (path !== undefined) {
    const stat = statSync(path, { throwIfNoEntry: false });
    return { url: request.name, ...(stat?.isFile() && { size: stat.size }), state: 'local' };
  }
  if (!file) return undefined;
  const size = store.sizeOf(file.sha256);
  return size === undefined ? { ...file, state: 'fetch' } : { ...file, size, state: 'cached' };
}
