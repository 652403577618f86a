import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RootlessBakeError } from '../../errors.ts';
import type { InstalledPackage, InstalledScript, ScriptType } from '../../formats/apk/index.ts';
import type { Host } from '../../host.ts';
import { GUEST_CONTROL } from '../../sandbox/guest.ts';
import { GuestSession } from '../../sandbox/guest-session.ts';
import type { Proot } from '../../sandbox/proot.ts';
import { directoryEntry, metadata } from '../../tree/entry.ts';
import type { Tree } from '../../tree/tree.ts';
import { prepareRepositories } from '../apk/repositories.ts';
import { guestStep, indent } from '../guest/guest-step.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** All that apk gives to a script (apk-tools 2, src/database.c). */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

/** Where apk puts scripts to run them. The folder stays. */
const FOLDER = '/lib/apk/exec';

export interface ScriptRun {
  readonly item: InstalledPackage;
  readonly script: InstalledScript;
  /** Versions, or the folders of a trigger. */
  readonly args: readonly string[];
}

/** Runs scripts of packages in the root under proot; what they do is in the tree afterwards. */
export class ScriptRunner {
  readonly #ledger: Ledger;
  readonly #findProot: () => Promise<Proot>;
  #proot: Promise<Proot> | undefined;
  #session: GuestSession | undefined;
  readonly #host: Host;
  readonly #step: string;

  constructor(step: string, ledger: Ledger, findProot: () => Promise<Proot>, host: Host) {
    this.#step = step;
    this.#ledger = ledger;
    this.#findProot = findProot;
    this.#host = host;
  }

  /**
   * Runs one script.
   *
   * @throws RB_SCRIPT_FAILED with its last lines, but for a trigger, which only warns, as apk does
   * @returns false when a trigger has failed
   */
  async run({ item, script, args }: ScriptRun): Promise<boolean> {
    this.#proot ??= this.#findProot();
    this.#session ??= new GuestSession(await this.#proot);
    const session = this.#session;
    if (!hasRoomFor(session.placeholders, this.#ledger.tree)) await session.end();
    const name = `${item.name}-${item.version}.${script.type}`;
    this.#makeFolder();
    const prepare = (control: string) =>
      prepareRepositories(undefined, this.#ledger.tree, control, this.#host);
    const result = await guestStep(this.#step, this.#ledger, session, prepare, this.#host, (guest) => {
      const folder = join(guest.control, 'exec');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, name), script.body);
      chmodSync(join(folder, name), 0o755);
      return guest.run([`${GUEST_CONTROL}/exec/${name}`, ...args], { environment: ENVIRONMENT });
    });
    if (result.exitCode === 0) return true;
    const output =
      result.lastLines.length > 0 ? `:\n${indent(result.lastLines.join('\n'))}` : ', without output';
    const message = `the script ${name} failed with exit code ${result.exitCode}${output}`;
    if (script.type !== 'trigger') throw new RootlessBakeError('RB_SCRIPT_FAILED', message);
    this.#host.emit({ type: 'message', level: 'warning', text: message });
    return false;
  }

  /** Begins to look for a proot, which takes a while; whether there is one shows when it is needed. */
  expect(): void {
    this.#proot ??= this.#findProot();
    this.#proot.catch(() => {});
  }

  /** Ends what scripts run in. */
  async end(): Promise<void> {
    await this.#session?.end();
  }

  #makeFolder(): void {
    const { tree, epoch } = this.#ledger;
    if (tree.resolve(FOLDER)) return;
    const meta = metadata({ mode: 0o755, mtime: BigInt(epoch) * 1_000_000_000n, origin: this.#step });
    tree.set(FOLDER, directoryEntry(meta), meta);
  }
}

/** True when a root as the tree has it does not get into the way of what lies on disk for a session. */
function hasRoomFor(placeholders: ReadonlySet<string>, tree: Tree): boolean {
  return [...placeholders].every((path) => {
    const entry = tree.get(path);
    if (entry) return entry.type === 'char' || entry.type === 'block';
    return tree.get(dirname(path))?.type === 'directory';
  });
}

/** The script of a type, if a package has one. */
export function findScript(
  scripts: readonly InstalledScript[],
  type: ScriptType,
): InstalledScript | undefined {
  return scripts.find((script) => script.type === type);
}
