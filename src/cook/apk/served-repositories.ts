import { copyFileSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../../errors.ts';
import { GUEST_CONTROL } from '../../sandbox/guest.ts';
import { INDEX_FILE, type PlannedInstall, type RepositoryLine } from '../../sources/alpine/index.ts';

/** Folder of the control folder. */
const FOLDER = 'served';

/** Repositories that are made for one guest out of what is on this machine, so that its apk asks no network. */
export class ServedRepositories {
  readonly #control: string;
  readonly #architecture: string;

  constructor(control: string, architecture: string) {
    this.#control = control;
    this.#architecture = architecture;
    rmSync(join(control, FOLDER), { recursive: true, force: true });
  }

  /** The folder on the host of one repository's packages. */
  folder(repository: number): string {
    return join(this.#control, FOLDER, String(repository), this.#architecture);
  }

  /** Makes a repository with this index. Gives its line, as the guest sees it. */
  add(repository: number, { tag }: Pick<RepositoryLine, 'tag'>, index: Uint8Array): string {
    const folder = this.folder(repository);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, INDEX_FILE), index);
    const place = `${GUEST_CONTROL}/${FOLDER}/${repository}`;
    return tag === undefined ? place : `@${tag} ${place}`;
  }

  /** Puts a package into its repository. */
  put({ name, version, repository, file }: PlannedInstall): void {
    const target = join(this.folder(repository), `${name}-${version}.apk`);
    try {
      linkSync(file.path, target);
    } catch (error) {
      // Another file system, or one without links.
      if (!isSystemError(error)) throw error;
      copyFileSync(file.path, target);
    }
  }
}
