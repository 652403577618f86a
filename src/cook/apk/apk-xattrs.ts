import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { decompressStream } from '../../formats/compression/index.ts';
import { tarEntries } from '../../formats/tar/index.ts';
import type { PackageRecord } from './apk-database.ts';

export type PathXattrs = ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;

/**
 * Reads the xattrs of a package's paths from its .apk, which apk has just verified: the database keeps only
 * their checksum. An .apk is gzip members whose tars form one (apk-package(5)).
 *
 * @param folders of the host: repository folders, where it is NAME-VERSION.apk, and apk's cache, where the
 *   first four bytes of the checksum come before the suffix
 * @returns an empty map when the .apk is in none of them
 */
export async function readPackageXattrs(
  record: PackageRecord,
  folders: readonly string[],
): Promise<PathXattrs> {
  const path = findPackage(record, folders);
  const found = new Map<string, ReadonlyMap<string, Uint8Array>>();
  if (path === undefined) return found;
  for await (const { header } of tarEntries(decompressStream(createReadStream(path), path), { what: path })) {
    if (header.xattrs.size > 0) found.set(`/${header.name.replace(/^\.?\/|\/$/g, '')}`, header.xattrs);
  }
  return found;
}

/** A package's file in folders of the host. */
export function findPackage(record: PackageRecord, folders: readonly string[]): string | undefined {
  const { name, version, checksum } = record;
  const short = Buffer.from(checksum.slice(2), 'base64').subarray(0, 4).toString('hex');
  return folders
    .flatMap((folder) => [
      join(folder, `${name}-${version}.${short}.apk`),
      join(folder, `${name}-${version}.apk`),
    ])
    .find((path) => existsSync(path));
}
