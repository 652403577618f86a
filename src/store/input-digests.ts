import { type BigIntStats, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import { pacer } from '../host.ts';
import { decodeName } from '../tree/name.ts';
import { CanonicalList } from './canonical.ts';
import { fingerprint } from './files.ts';
import type { Store } from './store.ts';
import { hashFile } from './verify.ts';

/**
 * A file that was changed so shortly before it was hashed may be changed again without another ctime: its
 * digest is not remembered. In milliseconds; the coarsest clock of a file system is that of FAT.
 */
const RACY = 2_000;

/** What of a folder's entries counts, beside names, types, contents and targets of links. */
export interface FolderAspects {
  /** Default true. */
  readonly owners?: boolean;
  /** Default true: all 12 bits. `plain`: only whether a file is executable. */
  readonly modes?: boolean | 'plain';
  /** Default true. */
  readonly times?: boolean;
}

interface Remembered {
  readonly fingerprint: string;
  readonly sha256: string;
}

/** By the paths below the folder. */
type Memory = Map<string, Remembered>;

interface MemoryPart {
  readonly files: readonly (readonly [name: string, remembered: Remembered])[];
  readonly isLast: boolean;
}

/** Files of a folder that are remembered in one record. */
const PART = 2000;

/**
 * Digests of what a recipe names on this machine, for keys of results. A file is hashed once and again when
 * its inode, size, mtime or ctime is another: a second look at thousands of files reads none of them.
 */
export class InputDigests {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #signal: AbortSignal | undefined;

  /**
   * @param now milliseconds since 1970
   * @param signal when it is aborted, its reason is thrown
   */
  constructor(
    store: Store,
    { now = Date.now, signal }: { readonly now?: () => number; readonly signal?: AbortSignal } = {},
  ) {
    this.#store = store;
    this.#now = now;
    this.#signal = signal;
  }

  /**
   * The sha256 of a file, in hex; links are followed.
   *
   * @throws RB_INPUT_NOT_FOUND, RB_INPUT_UNREADABLE
   */
  async file(path: string): Promise<string> {
    const key = { file: path };
    const known = this.#store.record<Remembered>('input-digests', key);
    const remembered = await this.#digest(path, known);
    if (remembered !== known) this.#store.setRecord('input-digests', key, remembered);
    return remembered.sha256;
  }

  /**
   * A digest of all that a folder holds: equal folders give equal digests, wherever they lie.
   *
   * @throws RB_INPUT_NOT_FOUND, RB_INPUT_UNREADABLE
   */
  async folder(path: string, aspects: FolderAspects = {}): Promise<string> {
    const key = { folder: path };
    const known = await this.#recall(key);
    const scan = new FolderScan(aspects, known, (file, before) => this.#digest(file, before), this.#signal);
    const digest = await scan.digest(path);
    if (scan.changed) await this.#remember(key, scan.memory);
    return digest;
  }

  /** What is remembered of a folder's files is in records of {@link PART} files, each of which is read at once. */
  async #recall(key: { readonly folder: string }): Promise<Memory> {
    const known: Memory = new Map();
    const breathe = pacer(1);
    for (let part = 0; ; part += 1) {
      const record = this.#store.record<MemoryPart>('input-digests', { ...key, part });
      if (!record) return known;
      for (const [name, remembered] of record.files) known.set(name, remembered);
      if (record.isLast) return known;
      await breathe(1);
    }
  }

  async #remember(key: { readonly folder: string }, memory: Memory): Promise<void> {
    const files = [...memory];
    const breathe = pacer(1);
    for (let part = 0; part === 0 || part * PART < files.length; part += 1) {
      const value: MemoryPart = {
        files: files.slice(part * PART, (part + 1) * PART),
        isLast: (part + 1) * PART >= files.length,
      };
      this.#store.setRecord('input-digests', { ...key, part }, value);
      await breathe(1);
    }
  }

  async #digest(path: string | Buffer, known: Remembered | undefined): Promise<Remembered> {
    const stat = reading(path, () => statSync(path, { bigint: true }));
    if (!stat.isFile()) throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${path} is not a file`);
    const before = fingerprint(stat);
    if (known?.fingerprint === before) return known;
    const hashed = await hashFile(path, this.#signal).catch((error: unknown) => {
      throw inputFault(path, error);
    });
    if (!hashed) throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${path} does not exist any more`);
    const isRacy = this.#now() - Number(stat.ctimeNs / 1_000_000n) < RACY;
    return { fingerprint: isRacy ? '' : (hashed.fingerprint ?? ''), sha256: hashed.sha256 };
  }
}

type Digest = (file: Buffer, known: Remembered | undefined) => Promise<Remembered>;

const SLASH = Buffer.from('/');

/** Entries after which the event loop gets a turn. */
const BREATH = 1000;

/** One walk through a folder. */
class FolderScan {
  readonly memory: Memory = new Map();
  changed = false;
  readonly #aspects: FolderAspects;
  readonly #known: Memory;
  readonly #digest: Digest;
  readonly #signal: AbortSignal | undefined;
  /** The first name of each inode that has several. */
  readonly #links = new Map<string, string>();

  constructor(aspects: FolderAspects, known: Memory, digest: Digest, signal: AbortSignal | undefined) {
    this.#aspects = aspects;
    this.#known = known;
    this.#digest = digest;
    this.#signal = signal;
  }

  /** Of every entry below the path, parents first, siblings in the order of their bytes. */
  async digest(path: string): Promise<string> {
    const lines = new CanonicalList();
    const root = Buffer.from(path);
    const stat = reading(root, () => statSync(root, { bigint: true }));
    if (!stat.isDirectory()) throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${path} is not a folder`);
    lines.add(['', 'directory', this.#metadata(stat)]);
    const pending: { path: Buffer; name: string }[] = this.#children(root, '').reverse();
    const breathe = pacer(BREATH, this.#signal);
    for (let item = pending.pop(); item; item = pending.pop()) {
      await breathe(1);
      const { path: at, name } = item;
      const found = reading(at, () => lstatSync(at, { bigint: true }));
      lines.add([name, ...(await this.#describe(at, name, found)), this.#metadata(found)]);
      if (found.isDirectory()) pending.push(...this.#children(at, `${name}/`).reverse());
    }
    this.changed ||= this.#known.size !== this.memory.size;
    return lines.digest();
  }

  #children(path: Buffer, prefix: string): { path: Buffer; name: string }[] {
    const names = reading(path, () => readdirSync(path, { encoding: 'buffer' }));
    return names.sort(Buffer.compare).map((name) => ({
      path: Buffer.concat([path, SLASH, name]),
      name: `${prefix}${decodeName(name)}`,
    }));
  }

  async #describe(path: Buffer, name: string, stat: BigIntStats): Promise<unknown[]> {
    if (stat.isDirectory()) return ['directory'];
    if (stat.nlink > 1n) {
      const inode = `${stat.dev}:${stat.ino}`;
      const first = this.#links.get(inode);
      if (first !== undefined) return ['link', first];
      this.#links.set(inode, name);
    }
    if (stat.isFile()) return ['file', await this.#file(path, name)];
    if (stat.isSymbolicLink()) {
      return ['symlink', decodeName(reading(path, () => readlinkSync(path, { encoding: 'buffer' })))];
    }
    return [Number(stat.mode >> 12n), stat.rdev];
  }

  async #file(path: Buffer, name: string): Promise<string> {
    const known = this.#known.get(name);
    const remembered = await this.#digest(path, known);
    this.changed ||= remembered !== known;
    this.memory.set(name, remembered);
    return remembered.sha256;
  }

  #metadata(stat: BigIntStats): unknown[] {
    const { owners = true, modes = true, times = true } = this.#aspects;
    const mode = Number(stat.mode) & 0o7777;
    return [
      owners ? [stat.uid, stat.gid] : null,
      modes === true ? mode : modes === 'plain' && stat.isFile() ? (mode & 0o111) !== 0 : null,
      times ? stat.mtimeNs : null,
    ];
  }
}

function reading<T>(path: string | Buffer, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw inputFault(path, error);
  }
}

function inputFault(path: string | Buffer, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  const isMissing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
  return new RootlessBakeError(
    isMissing ? 'RB_INPUT_NOT_FOUND' : 'RB_INPUT_UNREADABLE',
    isMissing ? `${path} does not exist` : `${path} cannot be read: ${error.code}`,
    { hint: isMissing ? 'check the path in the recipe' : 'check its permissions', cause: error },
  );
}
