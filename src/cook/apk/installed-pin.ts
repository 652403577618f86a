import { existsSync } from 'node:fs';
import { indexRecord } from '../../formats/apk/index.ts';
import { isHttpUrl } from '../../net/url.ts';
import {
  PackageFiles,
  type PinnedPlan,
  type PlannedChange,
  pinPlan,
  placeIn,
} from '../../sources/alpine/index.ts';
import type { SourceMeans } from '../../sources/means.ts';
import type { Resolved } from '../../sources/pins.ts';
import type { PackageRecord } from './apk-database.ts';
import { newPackages } from './apk-metadata.ts';
import type { ApkRequest } from './apk-request.ts';
import { findPackage } from './apk-xattrs.ts';

type Packages = ReadonlyMap<string, PackageRecord>;

/**
 * Pins what an apk that has fetched its packages itself has installed. A package whose file is nowhere cannot be
 * pinned, which is told.
 *
 * @param folders of the host where .apk files lie: repositories, and apk's cache
 * @throws what {@link PackageFiles.adopt} throws
 */
export async function pinInstalled(
  before: Packages,
  after: Packages,
  folders: readonly string[],
  request: ApkRequest,
  means: SourceMeans,
): Promise<Resolved<PinnedPlan>> {
  const { architecture } = request;
  const files = new PackageFiles(means);
  const gone = [...before.keys()].filter((name) => !after.has(name));
  const changes: PlannedChange[] = gone.map((name) => ({ type: 'remove', name }));
  for (const item of newPackages(before, after)) {
    const { name, version, checksum: identity } = item;
    const path = findPackage(item, folders);
    const repository = repositoryOf(item, request);
    if (path === undefined || repository < 0) {
      const text = `${name}-${version} cannot be pinned: its file was not kept`;
      means.host.emit({ type: 'message', level: 'warning', text });
      continue;
    }
    const place = placeIn(request.repositories[repository]!.location, architecture, `${name}-${version}.apk`);
    const file = await files.adopt({ name, version, identity, place }, path);
    const record = indexRecord({ info: file.info, identity, architecture, size: file.size });
    const tag = request.repositories[repository]!.tag;
    changes.push({ type: 'install', name, version, identity, architecture, tag, repository, record, file });
  }
  return pinPlan({ architecture, changes, triggers: [...after.keys()] });
}

/** The folder that has a package, else the first repository of the network; -1 when there is none. */
function repositoryOf({ name, version }: PackageRecord, { repositories, architecture }: ApkRequest): number {
  const file = `${name}-${version}.apk`;
  const folder = repositories.findIndex(
    ({ location }) => !isHttpUrl(location) && existsSync(placeIn(location, architecture, file)),
  );
  return folder >= 0 ? folder : repositories.findIndex(({ location }) => isHttpUrl(location));
}
