import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { RootlessBakeError } from '../../errors.ts';
import {
  type ApkPackage,
  type PackageInfo,
  readPackageFile,
  type ScriptType,
} from '../../formats/apk/index.ts';
import { isHttpUrl, redactUrl } from '../../net/url.ts';
import type { StoredBlob } from '../../store/store.ts';
import { checkDigest } from '../digest.ts';
import type { SourceMeans } from '../means.ts';
import type { PinnedFile } from '../pins.ts';
import { readRepositoryFile } from './repository.ts';

/** A package that a repository has. */
export interface WantedPackage {
  readonly name: string;
  readonly version: string;
  /** `Q1` and the base64 SHA-1 of its control member, as a verified index or a lock says. */
  readonly identity: string;
  /** URL or path of the .apk. */
  readonly place: string;
  /** In hex, where a lock says it. */
  readonly sha256?: string;
  /** In bytes. */
  readonly size?: number;
}

/** A verified package on this machine. */
export interface PackageFile extends PinnedFile {
  /** Of the .apk. */
  readonly path: string;
  readonly info: PackageInfo;
  readonly scripts: readonly ScriptType[];
  /** Reads it and verifies it again, unless it is still in memory. @throws as {@link PackageFiles.fetch} */
  open(): ApkPackage;
}

/** Kind of the store's records and blobs of packages: what is verified is found again by its identity. */
const RECORD = 'apk';

const PACKAGE_LIMIT = 2 ** 31 - 1;

/** So many bytes of packages stay in memory from being verified to being installed. */
const KEPT = 64 << 20;

/** The packages of one plan: from folders where they lie, from the network by way of the store. */
export class PackageFiles {
  readonly #means: SourceMeans;
  #room = KEPT;

  constructor(means: SourceMeans) {
    this.#means = means;
  }

  /**
   * Finds all packages, those of the network several at once. When one cannot be had the others are given up.
   *
   * @throws as {@link fetch}
   */
  async fetchAll(wanted: readonly WantedPackage[]): Promise<PackageFile[]> {
    const others = new AbortController();
    const files = await Promise.allSettled(
      wanted.map(async (item) => {
        try {
          return await this.fetch(item, others.signal);
        } catch (error) {
          others.abort(error);
          throw error;
        }
      }),
    );
    return files.map((file) => {
      if (file.status === 'fulfilled') return file.value;
      throw others.signal.reason;
    });
  }

  /**
   * Finds one package.
   *
   * @throws RB_SIGNATURE_INVALID, RB_ARCHIVE_DAMAGED when it is not the package of the index; it is not kept then
   * @throws RB_DIGEST_MISMATCH when it is not that of the lock
   * @throws RB_INPUT_NOT_FOUND for a folder, and what {@link Net.download} throws
   */
  async fetch(wanted: WantedPackage, signal?: AbortSignal): Promise<PackageFile> {
    return isHttpUrl(wanted.place) ? await this.#download(wanted, signal) : this.#read(wanted);
  }

  /**
   * Takes over a package of the network that another program has fetched.
   *
   * @param path where it lies
   * @throws RB_SIGNATURE_INVALID, RB_ARCHIVE_DAMAGED when it is another package
   */
  async adopt(wanted: WantedPackage, path: string): Promise<PackageFile> {
    const { name, version, identity, place } = wanted;
    if (!isHttpUrl(place)) return this.#read(wanted);
    const bytes = readRepositoryFile(path);
    const found = readPackageFile(bytes, { what: path, identity });
    const url = redactUrl(place);
    const { store } = this.#means;
    const blob = await store.put([bytes], { what: `the package ${name}-${version}`, url });
    store.setRecord(RECORD, identity, { sha256: blob.sha256, size: blob.size });
    return this.#file(wanted, blob.path, { url, sha256: blob.sha256, size: blob.size }, found);
  }

  #read(wanted: WantedPackage): PackageFile {
    const { place, sha256: pinned } = wanted;
    const bytes = readRepositoryFile(place);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (pinned !== undefined) checkDigest(place, sha256, pinned);
    const found = readPackageFile(bytes, { what: place, identity: wanted.identity });
    return this.#file(
      wanted,
      place,
      { url: this.#means.pins.place(place), sha256, size: bytes.length },
      found,
    );
  }

  async #download(wanted: WantedPackage, signal: AbortSignal | undefined): Promise<PackageFile> {
    const { store } = this.#means;
    const url = redactUrl(wanted.place);
    const { identity } = wanted;
    const kept = await this.#stored(wanted);
    const blob = kept ?? (await this.#fetch(wanted, signal));
    const file = { url, sha256: blob.sha256, size: blob.size };
    try {
      const found = readPackageFile(readFileSync(blob.path), { what: url, identity });
      if (!kept) store.setRecord(RECORD, identity, { sha256: blob.sha256, size: blob.size });
      return this.#file(wanted, blob.path, file, found);
    } catch (error) {
      store.drop(blob.sha256);
      throw error;
    }
  }

  async #stored({ identity, sha256, size }: WantedPackage): Promise<StoredBlob | undefined> {
    const { store } = this.#means;
    if (sha256 !== undefined) return await store.get(sha256, size);
    const known = store.record<{ sha256: string; size: number }>(RECORD, identity);
    return known && (await store.get(known.sha256, known.size));
  }

  async #fetch(
    { name, version, place, sha256, size }: WantedPackage,
    signal?: AbortSignal,
  ): Promise<StoredBlob> {
    const net = await this.#means.net();
    return await net.download({
      url: place,
      what: `the package ${name}-${version}`,
      limit: PACKAGE_LIMIT,
      sha256,
      size,
      ...(signal && { signal }),
    });
  }

  #file({ identity }: WantedPackage, path: string, pinned: PinnedFile, found: ApkPackage): PackageFile {
    let kept: ApkPackage | undefined;
    if (pinned.size <= this.#room) {
      this.#room -= pinned.size;
      kept = found;
    }
    const open = () => {
      const opened = kept ?? readPackageFile(readFileSync(path), { what: path, identity });
      kept = undefined;
      return opened;
    };
    return { ...pinned, path, info: found.info, scripts: [...found.scripts.keys()], open };
  }
}

/** The error for a plan whose repository has the package no more. */
export function goneFromRepositories(name: string, version: string): RootlessBakeError {
  return new RootlessBakeError('RB_APK_FAILED', `no repository has the package ${name}-${version} any more`);
}
