import type { Host } from '../../host.ts';
import type { Content } from '../../tree/content.ts';
import type { Tree } from '../../tree/tree.ts';
import { APK_DATABASE, type PackageRecord, readApkDatabase } from '../apk/apk-database.ts';
import { applyPackageMetadata, newPackages } from '../apk/apk-metadata.ts';
import { type PathXattrs, readPackageXattrs } from '../apk/apk-xattrs.ts';
import type { Scratch } from '../scratch/scratch.ts';
import { applyShimCalls } from '../shims/shim-apply.ts';
import type { ShimCall } from '../shims/shim-log.ts';
import { applyHomes } from './homes.ts';
import { type Identities, readIdentities } from './identities.ts';
import { type Changes, reconcile } from './reconcile.ts';
import { applyBackupOwners, normalizeShadowDays, shadowTexts } from './shadow.ts';

export interface StepRecord {
  /** Origin of what the step made, in words for people. */
  readonly origin: string;
  /** Nanoseconds by the clock of the scratch root's file system. */
  readonly started: bigint;
  /** Calls that the shims have recorded, for guests. */
  readonly calls?: readonly ShimCall[];
  /** Folders of the host where .apk files may lie. */
  readonly packageFolders?: readonly string[];
  /** Paths of the scratch root where something lies that is not the step's. */
  readonly placeholders?: ReadonlySet<string>;
}

/**
 * The truth about a root file system that is being cooked. An ordinary user's disk holds bytes and no owners,
 * devices or capabilities; these live in the tree. After each step the ledger takes over what the step did on
 * disk, and completes it with what the disk cannot say: the packages' metadata, the homes of new users and
 * the calls that the shims recorded, in this order.
 */
export class Ledger {
  readonly tree: Tree;
  readonly scratch: Scratch;
  /** Seconds since 1970: the time of all that steps make or change. */
  readonly epoch: number;
  /** What was read last, and what of. */
  #database: { content: Content | undefined; packages: ReadonlyMap<string, PackageRecord> } | undefined;
  #identities: Identities;
  #packages: ReadonlyMap<string, PackageRecord>;
  #shadow: ReadonlyMap<string, string>;

  constructor(tree: Tree, scratch: Scratch, epoch: number) {
    this.tree = tree;
    this.scratch = scratch;
    this.epoch = epoch;
    this.#identities = readIdentities(tree);
    this.#packages = this.#readPackages();
    this.#shadow = shadowTexts(tree);
  }

  /** Puts the tree on disk, for a step to work on. */
  async materialize(host: Host): Promise<void> {
    await this.scratch.synchronise(this.tree, host);
    this.#remember();
  }

  /** Takes over what a step did. Nothing may be running in the root any more. */
  async settle(step: StepRecord): Promise<Changes> {
    const { tree, scratch } = this;
    const mtime = BigInt(this.epoch) * 1_000_000_000n;
    const disk = scratch.read(step.placeholders);
    const changes = reconcile(tree, scratch.mirror, disk, {
      origin: step.origin,
      mtime,
      content: (path, node) => scratch.content(path, node),
      holds: (path, node, content) => scratch.holds(path, node, content),
    });
    const identities = readIdentities(tree);
    const packages = newPackages(this.#packages, this.#readPackages());
    const xattrs = new Map<string, PathXattrs>();
    for (const record of packages.filter(({ files }) => files.some((file) => file.hasXattrs))) {
      xattrs.set(record.name, await readPackageXattrs(record, step.packageFolders ?? []));
    }
    applyPackageMetadata(tree, packages, changes, { started: step.started, xattrs });
    applyHomes(tree, this.#identities, identities, changes);
    applyBackupOwners(tree, changes);
    normalizeShadowDays(tree, changes, this.#shadow, this.epoch);
    applyShimCalls(step.calls ?? [], { tree, identities, disk, origin: step.origin, mtime });
    scratch.agree(tree, disk);
    this.#remember();
    return changes;
  }

  #remember(): void {
    this.#identities = readIdentities(this.tree);
    this.#packages = this.#readPackages();
    this.#shadow = shadowTexts(this.tree);
  }

  /** Most steps leave the database as it is. */
  #readPackages(): ReadonlyMap<string, PackageRecord> {
    const entry = this.tree.resolve(APK_DATABASE)?.entry;
    const content = entry?.type === 'file' ? entry.content : undefined;
    if (content === undefined || content !== this.#database?.content) {
      this.#database = { content, packages: readApkDatabase(this.tree) };
    }
    return this.#database.packages;
  }
}
