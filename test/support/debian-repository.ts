import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { judge } from './oracle.ts';

/** A package to be made. */
export interface DebSpec {
  readonly name: string;
  readonly version?: string;
  readonly architecture?: string;
  /** More fields of its control file. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Contents by path, from the root on. */
  readonly files?: Readonly<Record<string, string>>;
  /** Targets by path. */
  readonly links?: Readonly<Record<string, string>>;
  /** Such as postinst, by name. */
  readonly scripts?: Readonly<Record<string, string>>;
}

/** A Debian package, made by dpkg-deb in a folder; gives its path. */
export function makeDeb(
  folder: string,
  { name, version = '1.0', architecture = 'all', ...spec }: DebSpec,
): string {
  const work = mkdtempSync(join(tmpdir(), 'rb-deb-'));
  try {
    const control = { Package: name, Version: version, Architecture: architecture, ...spec.fields };
    const fields = { ...control, Maintainer: 'Nobody <nobody@example.org>', Description: `the ${name}` };
    const place = (path: string): string => {
      mkdirSync(dirname(join(work, path)), { recursive: true });
      return join(work, path);
    };
    writeFileSync(
      place('DEBIAN/control'),
      Object.entries(fields)
        .map(([key, value]) => `${key}: ${value}\n`)
        .join(''),
    );
    for (const [path, text] of Object.entries(spec.files ?? {}))
      writeFileSync(place(path), text, { mode: 0o755 });
    for (const [path, target] of Object.entries(spec.links ?? {})) symlinkSync(target, place(path));
    for (const [path, text] of Object.entries(spec.scripts ?? {})) {
      writeFileSync(place(`DEBIAN/${path}`), text, { mode: 0o755 });
    }
    const path = join(folder, `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`);
    judge('dpkg-deb', ['--root-owner-group', '-Zxz', '-b', work, path]);
    return path;
  } finally {
    rmSync(work, { recursive: true });
  }
}

export interface RepositoryOptions {
  readonly suite?: string;
  readonly codename?: string;
  readonly architectures?: string;
  /** Such as `.xz` and `.gz`; empty for not compressed. */
  readonly compressions?: readonly string[];
  /** More fields of the Release file. */
  readonly fields?: Readonly<Record<string, string>>;
  /** What the Packages file says, changed. */
  readonly edit?: (packages: string) => string;
}

/** A repository of one component, `main`, as apt-ftparchive describes it. */
export interface Repository {
  /** By their path from its root on, but for the InRelease file. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** What is to be signed. */
  readonly release: string;
}

/** Lays a repository out of all packages in a folder. */
export function makeRepository(folder: string, options: RepositoryOptions = {}): Repository {
  const {
    suite = 'stable',
    codename = 'test',
    architectures = 'amd64',
    compressions = ['.xz', '.gz', ''],
  } = options;
  const work = mkdtempSync(join(tmpdir(), 'rb-repository-'));
  try {
    const debs = readdirSync(folder).filter((name) => name.endsWith('.deb'));
    const files = new Map(debs.map((name) => [`pool/${name}`, readFileSync(join(folder, name))]));
    mkdirSync(join(work, 'pool'));
    for (const [path, bytes] of files) writeFileSync(join(work, path), bytes);
    const listed = judge('sh', ['-c', 'cd "$1" && apt-ftparchive packages pool', '-', work]);
    const packages = (options.edit ?? ((text) => text))(listed);
    const index = `dists/${codename}/main/binary-amd64`;
    mkdirSync(join(work, index), { recursive: true });
    writeFileSync(join(work, index, 'Packages'), packages);
    judge('xz', ['--keep', join(work, index, 'Packages')]);
    writeFileSync(join(work, index, 'Packages.gz'), gzipSync(packages));
    for (const end of ['.xz', '.gz', '']) {
      if (!compressions.includes(end)) rmSync(join(work, index, `Packages${end}`));
      else files.set(`${index}/Packages${end}`, readFileSync(join(work, index, `Packages${end}`)));
    }
    const fields = {
      Suite: suite,
      Codename: codename,
      Architectures: architectures,
      Components: 'main',
    };
    const settings = Object.entries(fields).flatMap(([key, value]) => [
      '-o',
      `APT::FTPArchive::Release::${key}=${value}`,
    ]);
    const release = judge('apt-ftparchive', [...settings, 'release', join(work, `dists/${codename}`)]);
    const more = Object.entries(options.fields ?? {}).map(([key, value]) => `${key}: ${value}\n`);
    return { files, release: more.join('') + release };
  } finally {
    rmSync(work, { recursive: true });
  }
}
