import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RootlessBakeError } from '../../errors.ts';
import { breather, type Host, type Pause } from '../../host.ts';
import { makeFolders } from '../../store/folder.ts';
import type { Content } from '../../tree/content.ts';
import type { Entry } from '../../tree/entry.ts';
import { isSameContent } from '../../tree/same-content.ts';
import type { Tree } from '../../tree/tree.ts';
import { type DiskNode, type DiskState, readDiskNode, readDiskState } from '../ledger/disk-state.ts';
import { removeTree } from './remove-tree.ts';
import { ScratchContent } from './scratch-content.ts';
import { linkNode, removeNode, writeNode } from './scratch-write.ts';

/** What lies at a path of the scratch root, and the entry of the tree that it stands for. */
export interface MirrorNode {
  readonly disk: DiskNode;
  readonly entry: Entry;
  /** The content that was written, for files. */
  readonly content?: Content;
}

/**
 * The scratch root as it was when tree and disk last agreed. Devices and sockets of the tree have no node,
 * unless a guest has put something at their path.
 */
export type Mirror = ReadonlyMap<string, MirrorNode>;

/**
 * A root file system on disk that scripts run in, and a control folder beside it, both in one private folder
 * (0700) of the temporary directory.
 */
export class Scratch {
  /** The private folder: everything is below it. */
  readonly directory: string;
  readonly root: string;
  /** Folder for scripts, logs and status files. */
  readonly control: string;
  #mirror: Map<string, MirrorNode> = new Map();

  constructor(temporaryDirectory: string) {
    makeFolders(temporaryDirectory);
    this.directory = mkdtempSync(join(realpathSync(temporaryDirectory), 'rootless-bake-'));
    this.root = join(this.directory, 'root');
    this.control = join(this.directory, 'control');
    mkdirSync(this.root);
    mkdirSync(this.control);
  }

  get mirror(): Mirror {
    return this.#mirror;
  }

  /**
   * Lists the disk as it is now.
   *
   * @param hidden paths that are left out
   */
  read(hidden?: ReadonlySet<string>): DiskState {
    return readDiskState(this.root, { known: (path) => this.#mirror.get(path)?.disk, hidden });
  }

  /** The content of a file that lies here, readable until it changes or the scratch root is removed. */
  content(path: string, node: DiskNode): Content {
    return new ScratchContent(this.root, path, node.size);
  }

  /**
   * True when the file at a path has the same bytes as a content. False for contents that lie in the scratch
   * root themselves: what they were is no longer known.
   */
  holds(path: string, node: DiskNode, content: Content): boolean {
    if (content instanceof ScratchContent || content.size !== node.size) return false;
    return isSameContent(content, this.content(path, node));
  }

  /** Declares that the disk's state and the tree agree. */
  agree(tree: Tree, disk: DiskState): void {
    this.#mirror = new Map();
    for (const { path, entry } of tree.walk()) {
      const node = disk.get(path);
      if (node) this.#mirror.set(path, mirrorNode(node, entry));
    }
  }

  /**
   * Makes the disk equal to the tree, writing only what differs from what lies there already. Devices and
   * sockets are not made. Modes are the tree's plus what we need ourselves; owners, times and xattrs are not written.
   *
   * @throws RB_PATH_INVALID when an entry's name could lead out of its directory.
   */
  async synchronise(tree: Tree, host: Host): Promise<void> {
    const breathe = breather(host);
    const { kept, missing } = await this.#compare(tree, breathe);
    const folders = new Set(missing.flatMap(({ path, entry }) => (entry.type === 'directory' ? path : [])));
    const gone = [...this.#mirror].filter(
      ([path, { disk }]) => !kept.has(path) && !(disk.type === 'directory' && folders.has(path)),
    );
    // What lies below a folder has the longer path.
    gone.sort(([a], [b]) => b.length - a.length);
    for (const [path, { disk }] of gone) removeNode(this.root, path, disk);
    const places = new Map<Entry, string[]>();
    for (const [path, { entry }] of kept) addPlace(places, entry, path);
    /** Files that have got another name. */
    const linked = new Set<Entry>();
    for (const { path, entry } of missing) {
      const [first] = places.get(entry) ?? [];
      if (first === undefined) {
        const exists = this.#mirror.get(path)?.disk.type === 'directory';
        kept.set(path, mirrorNode(writeNode(this.root, path, entry, exists), entry));
      } else {
        linkNode(this.root, first, path);
        linked.add(entry);
      }
      addPlace(places, entry, path);
      await breathe();
    }
    // Each link changes the ctime of what it leads to.
    for (const entry of linked) {
      for (const path of places.get(entry)!) kept.set(path, mirrorNode(readDiskNode(this.root, path), entry));
    }
    this.#mirror = kept;
  }

  /** What lies on disk as the tree has it, and what does not, parents before children. */
  async #compare(
    tree: Tree,
    pause: Pause,
  ): Promise<{ kept: Map<string, MirrorNode>; missing: { path: string; entry: Entry }[] }> {
    const kept = new Map<string, MirrorNode>();
    const missing: { path: string; entry: Entry }[] = [];
    for (const { path, name, entry } of tree.walk()) {
      if (path !== '/') checkName(name, path);
      const before = this.#mirror.get(path);
      const isNode = entry.type !== 'char' && entry.type !== 'block' && entry.type !== 'socket';
      if (before && isSame(before, entry)) kept.set(path, before);
      else if (isNode) missing.push({ path, entry });
      const paused = pause();
      if (paused) await paused;
    }
    return { kept, missing };
  }

  /** Removes everything, whatever permissions guests have left. */
  async remove(): Promise<void> {
    await removeTree(this.directory);
  }

  /** Removes the control folder only, for users who want to look at the root. */
  removeControl(): void {
    rmSync(this.control, { recursive: true, force: true });
  }
}

function addPlace(places: Map<Entry, string[]>, entry: Entry, path: string): void {
  if (entry.type === 'directory') return;
  const known = places.get(entry);
  if (known) known.push(path);
  else places.set(entry, [path]);
}

function mirrorNode(disk: DiskNode, entry: Entry): MirrorNode {
  return entry.type === 'file' ? { disk, entry, content: entry.content } : { disk, entry };
}

function isSame(node: MirrorNode, entry: Entry): boolean {
  return node.entry === entry && (entry.type !== 'file' || node.content === entry.content);
}

function checkName(name: string, path: string): void {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)) return;
  throw new RootlessBakeError('RB_PATH_INVALID', `path ${JSON.stringify(path)} cannot be put on disk`);
}
