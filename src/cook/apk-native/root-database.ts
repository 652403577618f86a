import {
  type Dependency,
  formatDependency,
  formatInstalled,
  type InstalledDirectory,
  type InstalledFile,
  type InstalledPackage,
  type InstalledScript,
  parseDependencies,
  parseInstalled,
  readScripts,
  SCRIPT_TYPES,
  writeScripts,
} from '../../formats/apk/index.ts';
import { bytesContent, readContent } from '../../tree/content.ts';
import { fileEntry, metadata } from '../../tree/entry.ts';
import { encodeName } from '../../tree/name.ts';
import type { Tree } from '../../tree/tree.ts';
import { readText } from '../ledger/identities.ts';

const FOLDER = '/lib/apk/db';
const WORLD = '/etc/apk/world';
const ARCHITECTURE = '/etc/apk/arch';

/** A path that a package owns. */
export interface OwnedFile {
  readonly package: InstalledPackage;
  readonly directory: InstalledDirectory;
  readonly file: InstalledFile;
}

/** What apk keeps of a root: the packages, their files, scripts and triggers, and the world. */
export class RootDatabase {
  /** Text of the installed database as it was read. */
  readonly text: string;
  world: readonly Dependency[];
  /** By name; packages that are new come last. */
  readonly packages: Map<string, InstalledPackage> = new Map();
  /** By path without a slash in front. */
  readonly files: Map<string, OwnedFile> = new Map();
  /** Patterns of folders by the identity of a package. */
  readonly triggers: Map<string, string> = new Map();
  readonly #scripts = new Map<string, InstalledScript[]>();
  readonly #tree: Tree;

  constructor(tree: Tree) {
    this.#tree = tree;
    this.text = readText(tree, `${FOLDER}/installed`) ?? '';
    this.world = parseDependencies(readText(tree, WORLD) ?? '');
    for (const item of parseInstalled(this.text)) {
      this.packages.set(item.name, item);
      for (const directory of item.directories) {
        for (const file of directory.files) {
          this.files.set(pathOf(directory, file), { package: item, directory, file });
        }
      }
    }
    for (const line of (readText(tree, `${FOLDER}/triggers`) ?? '').split('\n')) {
      const space = line.indexOf(' ');
      if (space > 0) this.triggers.set(line.slice(0, space), line.slice(space + 1));
    }
    const scripts = tree.resolve(`${FOLDER}/scripts.tar`)?.entry;
    if (scripts?.type !== 'file') return;
    for (const script of readScripts(readContent(scripts.content))) this.addScripts([script]);
  }

  /** In the order in which apk keeps them. */
  scripts({ identity }: InstalledPackage): readonly InstalledScript[] {
    const scripts = this.#scripts.get(identity) ?? [];
    return [...scripts].sort((a, b) => SCRIPT_TYPES.indexOf(a.type) - SCRIPT_TYPES.indexOf(b.type));
  }

  addScripts(scripts: readonly InstalledScript[]): void {
    for (const script of scripts) {
      const known = this.#scripts.get(script.identity) ?? [];
      this.#scripts.set(script.identity, [...known.filter(({ type }) => type !== script.type), script]);
    }
  }

  /** Forgets a package; its files are dealt with by the caller. */
  remove(item: InstalledPackage): void {
    if (this.packages.get(item.name) === item) this.packages.delete(item.name);
    this.#scripts.delete(item.identity);
    this.triggers.delete(item.identity);
  }

  /**
   * Writes everything into the root.
   *
   * @param architecture for roots that do not say it yet
   * @param mtime nanoseconds
   */
  write(architecture: string, mtime: bigint, origin: string): void {
    const items = [...this.packages.values()];
    const world = [...this.world].sort((a, b) => (a.name < b.name ? -1 : 1)).map(formatDependency);
    const triggers = items.flatMap(({ identity }) => {
      const patterns = this.triggers.get(identity);
      return patterns === undefined ? [] : [`${identity} ${patterns}\n`];
    });
    const put = (path: string, bytes: Uint8Array, mode = 0o644) =>
      this.#put(path, bytes, mode, mtime, origin);
    if (!this.#tree.resolve(ARCHITECTURE)) put(ARCHITECTURE, Buffer.from(`${architecture}\n`));
    if (!this.#tree.resolve(`${FOLDER}/lock`)) put(`${FOLDER}/lock`, new Uint8Array(0), 0o600);
    put(WORLD, Buffer.from(`${world.join('\n')}\n`));
    put(`${FOLDER}/installed`, encodeName(formatInstalled(items)));
    put(`${FOLDER}/scripts.tar`, writeScripts(items.flatMap((item) => this.scripts(item))));
    put(`${FOLDER}/triggers`, Buffer.from(triggers.join('')));
  }

  /** An existing file keeps its owner and mode. */
  #put(path: string, bytes: Uint8Array, mode: number, mtime: bigint, origin: string): void {
    const existing = this.#tree.resolve(path)?.entry;
    if (existing?.type === 'file') {
      if (Buffer.compare(readContent(existing.content), bytes) === 0) return;
      existing.content = bytesContent(bytes);
      existing.mtime = mtime;
      existing.origin = origin;
      return;
    }
    const meta = metadata({ mode, mtime, origin });
    this.#tree.set(path, fileEntry(bytesContent(bytes), meta), metadata({ mode: 0o755, mtime, origin }));
  }
}

export function pathOf({ path }: InstalledDirectory, { name }: InstalledFile): string {
  return path === '' ? name : `${path}/${name}`;
}
