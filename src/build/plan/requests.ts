import {
  type BakeOptions,
  DEFAULT_BOOTLOADER,
  DEFAULT_BUSYBOX,
  type KernelOptions,
} from '../../bake/options.ts';
import { alpineRepositories } from '../../cook/apk-native/alpine-repositories.ts';
import type { ContentOptions, CookOptions } from '../../cook/options.ts';
import { isHttpUrl, redactUrl } from '../../net/url.ts';
import type { Cake } from '../../recipe/cake.ts';
import { isDebPath } from '../../recipe/values.ts';
import type { SourceMeans } from '../../sources/means.ts';
import { parseImageLocation } from '../../sources/oci/location.ts';
import { isSameRequest, type PinRequest } from '../../sources/pins.ts';

/** What a recipe asks the lock for, and the world when that does not know. */
export interface PlannedRequest {
  /** In the recipe. */
  readonly place: string;
  readonly request: PinRequest;
  /** Who would be asked, in words for people. */
  readonly from: string;
  /** Tells an entry of the lock by its key, where the key hangs on what is not known before the cook. */
  readonly fits?: (key: unknown) => boolean;
  /** Path of the file on this machine that is the whole input. */
  readonly path?: string;
  /** The only file of the input, as far as the recipe tells. */
  readonly file?: { readonly url: string; readonly sha256: string };
  readonly isSpare?: true;
}

const APT = "this machine's apt";

/**
 * Everything that a recipe asks for, each once, in the order in which cook and bake do.
 *
 * @throws RB_ARGUMENT for a reference that is none
 */
export async function requestsOf(cake: Cake, means: SourceMeans): Promise<PlannedRequest[]> {
  const { cook, bake } = cake;
  const base = await baseRequest(cook, means);
  const contents: (PlannedRequest | undefined)[] = [];
  for (const [index, content] of (cook.contents ?? []).entries()) {
    contents.push(await contentRequest(content, `cook.contents[${index}]`, means));
  }
  const packages = await packagesRequest(cook, means);
  return [base, ...contents, packages, ...(bake ? await bakeRequests(bake, means) : [])]
    .filter((request) => request !== undefined)
    .filter(({ request }, at, all) => all.findIndex((other) => isSameRequest(other.request, request)) === at);
}

async function baseRequest({ base }: CookOptions, means: SourceMeans): Promise<PlannedRequest | undefined> {
  const place = 'cook.base';
  if ('tar' in base) {
    const { tarRequest } = await import('../../sources/tar.ts');
    const request = tarRequest(base, means.pins);
    if (!isHttpUrl(base.tar)) return { place, request, from: base.tar, path: base.tar };
    const url = redactUrl(base.tar);
    return { place, request, from: url, ...(base.sha256 && { file: { url, sha256: base.sha256 } }) };
  }
  if ('oci' in base) {
    const { ociRequest } = await import('../../sources/oci/index.ts');
    const path = parseImageLocation(base.oci)?.path;
    const request = ociRequest(base, means.pins);
    return { place, request, from: path ?? base.oci, ...(path !== undefined && { path }) };
  }
  return undefined;
}

async function contentRequest(
  content: ContentOptions,
  place: string,
  means: SourceMeans,
): Promise<PlannedRequest | undefined> {
  if ('deb' in content) return debRequest(content.deb, place, means, content.dependencies);
  if ('debian' in content) {
    const { debianRequest } = await import('../../sources/debian/index.ts');
    const { debianSource } = await import('../../cook/debian-contents.ts');
    const request = debianRequest(debianSource(content), means.pins);
    const { location, release } = request.key as { location: string; release: string };
    return { place, request, from: `${location} ${release}` };
  }
  if ('nix' in content) {
    const { nixRequest } = await import('../../sources/nix/index.ts');
    const { nixSource } = await import('../../cook/nix-contents.ts');
    const request = nixRequest(nixSource(content), means);
    return { place, request, from: (request.key as { cache: string }).cache };
  }
  return undefined;
}

/** Their key hangs on the base, which only the cook reads. */
async function packagesRequest(cook: CookOptions, means: SourceMeans): Promise<PlannedRequest | undefined> {
  const { base, packages = [] } = cook;
  const isAlpine = 'alpine' in base;
  if (!isAlpine && packages.length === 0) return undefined;
  const { parseRepositories, pinnedLines } = await import('../../sources/alpine/index.ts');
  const lines = cook.repositories ?? (isAlpine ? alpineRepositories(base) : undefined);
  const repositories = lines && pinnedLines(parseRepositories(lines), means);
  const wanted = [...(isAlpine ? ['alpine-base'] : []), ...packages];
  const key = { packages: wanted, ...(repositories && { repositories }) };
  return {
    place: isAlpine ? 'cook.base' : 'cook.packages',
    request: { kind: 'apk', name: 'packages', key },
    from: repositories?.join(', ') ?? "the base's own repositories",
    fits: (other) =>
      Object.entries(key).every(
        ([name, value]) =>
          JSON.stringify((other as Partial<Record<string, unknown>> | null)?.[name]) ===
          JSON.stringify(value),
      ),
  };
}

async function bakeRequests(
  { kernel, bootloader = DEFAULT_BOOTLOADER, busybox }: BakeOptions,
  means: SourceMeans,
): Promise<(PlannedRequest | undefined)[]> {
  const spare = await debRequest(DEFAULT_BUSYBOX, 'bake.busybox', means);
  return [
    await packageRequest(kernel, 'bake.kernel', means),
    busybox ? await packageRequest(busybox, 'bake.busybox', means) : { ...spare, isSpare: true },
    await packageRequest(bootloader, 'bake.bootloader', means),
  ];
}

async function packageRequest(
  source: KernelOptions | NonNullable<BakeOptions['busybox'] | BakeOptions['bootloader']>,
  place: string,
  means: SourceMeans,
): Promise<PlannedRequest | undefined> {
  if ('deb' in source) return debRequest(source.deb, place, means);
  if (!('apk' in source)) return undefined;
  const { apkPackageRequest } = await import('../../sources/alpine/index.ts');
  const request = apkPackageRequest(source, means);
  return { place, request, from: (request.key as { repositories: string[] }).repositories.join(', ') };
}

async function debRequest(
  deb: string,
  place: string,
  means: SourceMeans,
  dependencies = false,
): Promise<PlannedRequest> {
  const { aptRequest, debFileRequest } = await import('../../sources/deb.ts');
  if (isDebPath(deb)) return { place, request: debFileRequest(deb, means.pins), from: deb, path: deb };
  return { place, request: aptRequest(deb, dependencies), from: APT };
}
