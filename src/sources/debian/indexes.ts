import { RootlessBakeError } from '../../errors.ts';
import { decompressStream } from '../../formats/compression/index.ts';
import { PackageIndex, type ReleaseEntry } from '../../formats/debian/index.ts';
import { NetError } from '../../net/failure.ts';
import type { StoredBlob } from '../../store/store.ts';
import { contentChunks, readContent } from '../../tree/content.ts';
import type { SourceMeans } from '../means.ts';
import type { SignedRelease } from './release-file.ts';

/** Names the indexes in lists of the store. */
const KIND = 'debian-index';

/** Preferred first. */
const EXTENSIONS = ['.xz', '.gz', ''];

/** An index that is more is none: that of all of Debian has 50 MiB. */
const LIMIT = 1 << 30;

/**
 * Loads the indexes of packages of some components, for an architecture and for all. They are kept in the store,
 * decompressed, by the digest that the release has for them.
 *
 * @throws RB_INPUT_NOT_FOUND when the release has no such component or architecture
 * @throws RB_DIGEST_MISMATCH, RB_ARCHIVE_DAMAGED, RB_RELEASE_INVALID, and what the network throws
 */
export async function fetchIndexes(
  signed: SignedRelease,
  components: readonly string[],
  architecture: string,
  what: string,
  means: SourceMeans,
): Promise<PackageIndex[]> {
  const { release } = signed;
  check('architecture', architecture, release.architectures, what);
  for (const component of components) check('component', component, release.components, what);
  const architectures = release.hasAllInEach ? [architecture] : [architecture, 'all'];
  const folders = components.flatMap((component) =>
    architectures.map((name) => `${component}/binary-${name}`),
  );
  return await Promise.all(
    folders.map(async (folder) => {
      const blob = await fetchIndex(folder, signed, `the packages of ${what} ${folder}`, means);
      return await PackageIndex.read(readContent(means.store.content(blob)));
    }),
  );
}

async function fetchIndex(
  folder: string,
  signed: SignedRelease,
  what: string,
  means: SourceMeans,
): Promise<StoredBlob> {
  const { files } = signed.release;
  const plain = files.get(`${folder}/Packages`);
  const kept = plain && (await means.store.get(plain.sha256, plain.size));
  if (kept) return kept;
  const extension = EXTENSIONS.find((end) => files.has(`${folder}/Packages${end}`));
  if (extension === undefined) {
    throw new RootlessBakeError(
      'RB_RELEASE_INVALID',
      `${what}: the release has no index of them that is read`,
      {
        hint: 'name a mirror whose indexes are compressed by xz or gzip',
      },
    );
  }
  const path = `${folder}/Packages${extension}`;
  const fetched = await download(path, files.get(path)!, signed, what, means);
  if (extension === '') return fetched;
  const unpacked = decompressStream(contentChunks(means.store.content(fetched)), what);
  return await means.store.put(unpacked, {
    sha256: plain?.sha256,
    size: plain?.size,
    limit: plain?.size ?? LIMIT,
    what,
    kind: KIND,
  });
}

/** By its digest where the release offers that: the name may have come to mean a newer file by now. */
async function download(
  path: string,
  entry: ReleaseEntry,
  { release, url }: SignedRelease,
  what: string,
  means: SourceMeans,
): Promise<StoredBlob> {
  const net = await means.net();
  const byName = { url: `${url}/${path}`, ...entry, what };
  if (!release.byHash) return await net.download(byName);
  const folder = path.slice(0, path.lastIndexOf('/'));
  try {
    return await net.download({ ...byName, url: `${url}/${folder}/by-hash/SHA256/${entry.sha256}` });
  } catch (error) {
    if (error instanceof NetError && error.status === 404) return await net.download(byName);
    throw error;
  }
}

function check(kind: string, name: string, known: readonly string[], what: string): void {
  if (known.includes(name)) return;
  throw new RootlessBakeError(
    'RB_INPUT_NOT_FOUND',
    `${what} has no ${kind} ${name}, only ${known.join(', ')}`,
    {
      hint: 'check its spelling in the recipe',
    },
  );
}
