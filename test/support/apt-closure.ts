import { judge } from './oracle.ts';

/** A package as apt names it. */
export interface AptPackage {
  readonly name: string;
  readonly version: string;
}

/** What this machine's apt would install into an empty root, without what is only recommended. */
export function aptClosure(...names: readonly string[]): AptPackage[] {
  const root = ['Dir::State::status=/dev/null', 'Dir::Cache::pkgcache=', 'Dir::Cache::srcpkgcache='];
  const options = ['-s', '--no-install-recommends', ...root.flatMap((item) => ['-o', item])];
  const said = judge('apt-get', [...options, 'install', ...names]);
  return [...said.matchAll(/^Inst (\S+) \((\S+)/gm)].map(([, name, version]) => ({
    name: name!,
    version: version!,
  }));
}

/** Downloads that closure into a folder, which is there. */
export function downloadClosure(folder: string, ...names: readonly string[]): AptPackage[] {
  const packages = aptClosure(...names);
  const wanted = packages.map(({ name, version }) => `${name}=${version}`);
  const sandbox = ['-o', 'APT::Sandbox::User=root'];
  judge('sh', ['-c', 'cd "$0" && apt-get "$@"', folder, ...sandbox, 'download', '-q', ...wanted]);
  return packages;
}
