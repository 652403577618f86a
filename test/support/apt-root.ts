import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool, judge } from './oracle.ts';

/** The package index of this machine's apt that has the most packages, decompressed. */
export function largestIndex(): Buffer {
  const listed = judge('apt-get', ['indextargets', '--format', '$(FILENAME)', 'Created-By: Packages']);
  const contents = listed
    .split('\n')
    .filter((path) => path !== '')
    .map((path) => spawnSync('/usr/lib/apt/apt-helper', ['cat-file', path], { maxBuffer: 1 << 30 }).stdout);
  return contents.sort((a, b) => b.length - a.length)[0]!;
}

/** An apt of its own, in whose root nothing is installed, with one index of packages. */
export class AptRoot {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rb-apt-'));
  readonly #config: string;

  constructor(packages: Uint8Array) {
    const at = (...names: string[]) => join(this.#folder, ...names);
    for (const path of ['repository', 'lists/partial', 'cache/archives/partial'])
      mkdirSync(at(path), { recursive: true });
    writeFileSync(at('repository/Packages'), packages);
    writeFileSync(at('status'), '');
    writeFileSync(at('sources.list'), `deb [trusted=yes] copy:${at('repository')} ./\n`);
    const settings = {
      'Dir::State': this.#folder,
      'Dir::State::status': at('status'),
      'Dir::State::lists': at('lists'),
      'Dir::Cache': at('cache'),
      'Dir::Etc::sourcelist': at('sources.list'),
      'Dir::Etc::sourceparts': '-',
      'Dir::Etc::preferences': '-',
      'Dir::Etc::preferencesparts': '-',
      'APT::Install-Recommends': 'false',
      'APT::Architecture': 'amd64',
      'APT::Architectures': 'amd64',
      'APT::Sandbox::User': 'root',
      'Acquire::Languages': 'none',
      'Debug::NoLocking': 'true',
    };
    this.#config = at('apt.conf');
    writeFileSync(
      this.#config,
      Object.entries(settings)
        .map(([key, value]) => `${key} "${value}";\n`)
        .join(''),
    );
    this.#run(['update']);
  }

  /** What apt would install for these names, `NAME VERSION`, sorted; undefined when it would not. */
  simulate(names: readonly string[]): string[] | undefined {
    const { status, stdout } = this.#run(['-s', '-qq', 'install', ...names]);
    if (status !== 0) return undefined;
    return [...stdout.matchAll(/^Inst (\S+) \((\S+)/gm)]
      .map(([, name, version]) => `${name} ${version}`)
      .sort();
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #run(args: readonly string[]): { status: number | null; stdout: string } {
    const env = { ...process.env, APT_CONFIG: this.#config, LC_ALL: 'C' };
    return spawnSync(findTool('apt-get')!, args, { encoding: 'utf8', env, maxBuffer: 1 << 28 });
  }
}
