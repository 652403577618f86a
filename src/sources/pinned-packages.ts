import type { SourceMeans } from './means.ts';
import { damagedPin, type PinnedFile, type PinRequest } from './pins.ts';

/** A Debian package that is looked up: its version, and the very file. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly file: PinnedFile;
}

type Named = Omit<PinnedPackage, 'file'>;

/**
 * The packages that a request comes to: those of the lock, else those that are found now.
 *
 * @throws RB_LOCK_INVALID when the lock's entry has another shape; what `find` throws
 */
export async function pinPackages(
  request: PinRequest,
  { pins }: SourceMeans,
  find: () => Promise<readonly PinnedPackage[]>,
): Promise<PinnedPackage[]> {
  const { value, files } = await pins.resolve<{ packages: Named[] }>(request, async () => {
    const found = await find();
    return {
      value: { packages: found.map(({ name, version, architecture }) => ({ name, version, architecture })) },
      files: found.map(({ file }) => file),
      versions: Object.fromEntries(found.map(({ name, version }) => [name, version])),
    };
  });
  const packages: unknown = value?.packages;
  if (!Array.isArray(packages) || packages.length !== files.length) throw damagedPin(request);
  return packages.map((item: Partial<Named> | null, index) => {
    const { name, version, architecture } = item ?? {};
    if (!isText(name) || !isText(version) || !isText(architecture)) throw damagedPin(request);
    return { name, version, architecture, file: files[index]! };
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
