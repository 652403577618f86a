/**
 * The store: bytes by their sha256, and small JSON records by their key, in a folder of the user.
 *
 * Beyond the contract of issue 4: `put` takes a `kind` and a `url` for lists; `writer` is `put` in pieces, for
 * downloads that are resumed; `derived` keeps what is computed from other inputs; `get` can trust the file
 * system (see {@link GetOptions}).
 */
import { closeSync, fchmodSync, fstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { placedContent } from '../disk/placed-content.ts';
import { RootlessBakeError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Content } from '../tree/content.ts';
import { readAbout, writeAbout } from './about.ts';
import { BlobWriter, type Expected, writeStream } from './blob-writer.ts';
import { fingerprint, makeStoreFolder, statFile, storeError, storing, touch } from './files.ts';
import { aboutPath, blobPath, checkSha256 } from './layout.ts';
import { readRecord, writeRecord } from './records.ts';
import { hashFile } from './verify.ts';

export interface StoredBlob {
  /** In hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  readonly path: string;
}

export interface GetOptions {
  /**
   * Does not hash a file whose inode, size, mtime and ctime are those that it had when it was written: nobody
   * has changed it since, though its disk may have. For large results whose loss is only time.
   */
  readonly trust?: boolean;
}

/** Blobs whose digest was found right, by path: what they were like then. It holds for the whole process. */
const verified = new Map<string, string>();

/**
 * A content-addressed store in one folder, which any number of processes may use at once: whatever gets a
 * name gets it by rename, complete and checked. Nothing is made on disk before something is put.
 *
 * All methods throw RB_STORE_UNUSABLE when the folder cannot be read or written, or its disk is full; nothing
 * half written stays then.
 */
export class Store {
  readonly directory: string;
  /** What this run asked for that was there, and what it had to fetch or to make. */
  readonly tally: { found: number; made: number } = { found: 0, made: 0 };

  private constructor(directory: string) {
    this.directory = directory;
  }

  static open(directory: string): Store {
    return new Store(directory);
  }

  /** The store of a run: its `storeDirectory`, else `store` in its cache directory. */
  static of(host: Pick<Host, 'cacheDirectory' | 'storeDirectory'>): Store {
    return new Store(host.storeDirectory ?? join(host.cacheDirectory, 'store'));
  }

  /**
   * A blob whose bytes were hashed, now or earlier in this process with no change since. A damaged one is
   * removed and counts as missing.
   *
   * @param size in bytes, when it is known as well
   * @throws RB_DIGEST_MISMATCH when the blob is whole but has another size: what names both is wrong
   */
  async get(
    sha256: string,
    size?: number,
    { trust = false }: GetOptions = {},
  ): Promise<StoredBlob | undefined> {
    const name = checkSha256(sha256);
    const path = blobPath(this.directory, name);
    const found = await this.#check(name, path, trust);
    if (found === undefined) return undefined;
    if (size !== undefined && size !== found) {
      throw new RootlessBakeError('RB_DIGEST_MISMATCH', `the blob ${name} has ${found} bytes, not ${size}`, {
        hint: 'what names its digest and its size is wrong in one of the two',
      });
    }
    storing(this.directory, () => touch(aboutPath(this.directory, name)));
    return { sha256: name, size: found, path };
  }

  /** Bytes of a blob that is there by its name; it is not read, and does not count as used. */
  sizeOf(sha256: string): number | undefined {
    const stat = storing(this.directory, () => statFile(blobPath(this.directory, checkSha256(sha256))));
    return stat && Number(stat.size);
  }

  /**
   * Streams bytes into the store. They are hashed on the way and get their name when all is as expected; on
   * any error nothing is in the store.
   *
   * @throws RB_DIGEST_MISMATCH, RB_LIMIT_EXCEEDED, and what the stream throws
   */
  async put(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, expect: Expected): Promise<StoredBlob> {
    const writer = this.writer(expect);
    await writeStream(writer, chunks);
    return this.blobOf(writer);
  }

  /** As {@link put}, in pieces. A blob of known sha256 goes on where an interrupted writer has left it. */
  writer(expect: Expected): BlobWriter {
    if (expect.sha256 !== undefined) checkSha256(expect.sha256);
    return BlobWriter.open(this.directory, expect, (file) => this.#publish(file, expect));
  }

  /** The blob of a {@link writer} that was committed. */
  blobOf(writer: BlobWriter): StoredBlob {
    const { sha256, size } = writer;
    return { sha256, size, path: blobPath(this.directory, sha256) };
  }

  /**
   * What can be computed from other inputs, and was, or is now.
   *
   * @param kind of the record and of the blob
   * @param key all that the bytes depend on, as JSON
   */
  async derived(
    kind: string,
    key: unknown,
    what: string,
    make: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<StoredBlob> {
    const known = this.record<{ sha256: string; size: number }>(kind, key);
    const blob = known && (await this.get(known.sha256, known.size));
    if (blob) {
      this.tally.found += 1;
      return blob;
    }
    this.tally.made += 1;
    const made = await this.put(make(), { what, kind });
    this.setRecord(kind, key, { sha256: made.sha256, size: made.size });
    return made;
  }

  /**
   * Gives a file that was written under a temporary name of the store (`temporaryPath`) its place. Nobody may
   * have it open for writing any more.
   *
   * @param sha256 of the file, as its maker knows it
   */
  adopt(path: string, sha256: string, expect: Expected): StoredBlob {
    const name = checkSha256(sha256);
    return storing(this.directory, () => {
      const fd = openSync(path, 'r');
      try {
        this.#publish({ fd, path, sha256: name }, expect);
        return { sha256: name, size: fstatSync(fd).size, path: blobPath(this.directory, name) };
      } finally {
        closeSync(fd);
      }
    });
  }

  /** A blob as the content of a file: it is opened when it is read, and its place is known. */
  content(blob: Pick<StoredBlob, 'path' | 'size'>): Content {
    return placedContent(blob.size, { file: blob.path, position: 0 });
  }

  /** Removes a blob. Without effect when it is not there. */
  drop(sha256: string): void {
    const name = checkSha256(sha256);
    storing(this.directory, () => {
      rmSync(blobPath(this.directory, name), { force: true });
      rmSync(aboutPath(this.directory, name), { force: true });
    });
  }

  /**
   * A small value by its kind and key; undefined when there is none, or it is damaged.
   *
   * @param kind lower-case letters, digits and hyphens
   * @param key any JSON; the order of an object's keys does not matter
   */
  record<T>(kind: string, key: unknown): T | undefined {
    return storing(this.directory, () => readRecord(this.directory, kind, key)) as T | undefined;
  }

  /** Writes a small value, over one that is there. */
  setRecord(kind: string, key: unknown, value: unknown): void {
    storing(this.directory, () => writeRecord(this.directory, kind, key, value));
  }

  /** The blob's size when it is whole. */
  async #check(sha256: string, path: string, trust: boolean): Promise<number | undefined> {
    const stat = storing(this.directory, () => statFile(path));
    if (!stat) return undefined;
    const now = fingerprint(stat);
    if (verified.get(path) === now) return Number(stat.size);
    if (trust && readAbout(this.directory, sha256)?.fingerprint === now) return Number(stat.size);
    const hashed = await hashFile(path).catch((error: unknown) => {
      throw storeError(this.directory, error);
    });
    if (hashed?.sha256 !== sha256) {
      this.drop(sha256);
      return undefined;
    }
    if (hashed.fingerprint !== undefined) verified.set(path, hashed.fingerprint);
    return hashed.size;
  }

  #publish(file: { sha256: string; path: string; fd: number }, expect: Expected): void {
    const target = blobPath(this.directory, file.sha256);
    makeStoreFolder(this.directory, dirname(target));
    fchmodSync(file.fd, 0o444);
    renameSync(file.path, target);
    this.#note(file.sha256, expect, fingerprint(fstatSync(file.fd, { bigint: true })));
  }

  #note(sha256: string, { what, kind = 'download', url }: Expected, print: string): void {
    verified.set(blobPath(this.directory, sha256), print);
    const before = readAbout(this.directory, sha256);
    writeAbout(this.directory, sha256, {
      kind: before?.kind ?? kind,
      what: before?.what ?? what,
      ...(url !== undefined && { url }),
      created: before?.created ?? new Date().toISOString(),
      fingerprint: print,
    });
  }
}
