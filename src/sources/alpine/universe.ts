import { type Dependency, type Provided, parseDependencies } from '../../formats/apk/index.ts';
import { bucketOf, NameWalk } from './name-order.ts';
import { PackageTable } from './package-table.ts';

/** One version of a package that is in an index or installed. */
export interface Package extends Provided {
  readonly name: Name;
  readonly version: string;
  readonly identity: string;
  readonly depends: readonly Dependency[];
  readonly provides: readonly Dependency[];
  readonly installIf: readonly Dependency[];
  readonly priority: number;
  readonly installedSize: number;
  /** Its lines in the index, or in the database of installed packages where no index has it. */
  readonly record: string;
  /** Bits of the repositories that have it, as numbered in the universe. */
  repositories: number;
  /** It is in the database of installed packages, perhaps from a repository with a tag. */
  installed: { readonly tag: string | undefined } | undefined;
}

/** Something that goes by a name. */
export interface Provider {
  readonly package: Package;
  /** Undefined when the name is provided without one. */
  readonly version: string | undefined;
  readonly identity: string;
}

/** A name that packages have or provide. */
export interface Name {
  readonly text: string;
  /** Its place in apk's table of names. */
  readonly bucket: number;
  readonly providers: readonly Provider[];
}

/** A repository that takes part in a resolution. */
export interface UniverseRepository {
  /** Its verified index. */
  readonly index: PackageTable;
  /** Packages of it are only for those who ask for this tag, and what they need. */
  readonly tag?: string | undefined;
}

/** Everything that can be chosen from: the repositories in their order, and what is installed. */
export class Universe {
  readonly installed: PackageTable;
  readonly repositories: readonly UniverseRepository[];
  readonly #tables: readonly PackageTable[];
  readonly #names = new Map<string, Name>();
  readonly #packages = new Map<string, Package>();
  /** The packages of the records of each table. */
  readonly #records: (Package | undefined)[][];

  /** @param installed text of a root's database of installed packages */
  constructor(repositories: readonly UniverseRepository[], installed: Buffer) {
    this.repositories = repositories;
    this.installed = new PackageTable(installed);
    this.#tables = [this.installed, ...repositories.map(({ index }) => index)];
    this.#records = this.#tables.map(() => []);
  }

  name(text: string): Name {
    const known = this.#names.get(text);
    if (known) return known;
    const providers: Provider[] = [];
    const name = newName(text, providers);
    this.#names.set(text, name);
    const bytes = Buffer.from(text, 'utf8');
    const seen = new Set<Package>();
    for (const item of this.#find((source) => source.providers(bytes))) {
      if (seen.has(item)) continue;
      seen.add(item);
      if (item.name.text === text)
        providers.push({ package: item, version: item.version, identity: item.identity });
      for (const provided of item.provides) {
        if (provided.name !== text) continue;
        const version = provided.version === '' ? undefined : provided.version;
        providers.push({ package: item, version, identity: item.identity });
      }
    }
    return name;
  }

  /**
   * The names of packages that are to be installed if a name is, in the order in which apk looks at them. Yields
   * after each package: thousands may wait for one name, such as `docs`.
   */
  *installedWith(name: Name): Generator<undefined, Name[]> {
    const found = new Set<Name>();
    for (const item of this.#waitingFor(name)) {
      found.add(item.name);
      for (const { name: provided } of item.provides) found.add(this.name(provided));
      yield;
    }
    return inOrder(found);
  }

  /** As {@link installedWith}, of the names that are keys of a map, and of packages that something has led to. */
  installedWithAmong(name: Name, names: ReadonlyMap<Name, unknown>): Name[] {
    const found = new Set<Name>();
    for (const item of this.#waitingFor(name, true)) {
      found.add(item.name);
      for (const provided of item.provides) {
        const known = this.#names.get(provided.name);
        if (known) found.add(known);
      }
    }
    return inOrder([...found].filter((other) => names.has(other)));
  }

  #waitingFor({ text }: Name, onlyKnown = false): Iterable<Package> {
    const bytes = Buffer.from(text, 'utf8');
    return this.#find((source) => source.installedWith(bytes), onlyKnown);
  }

  installedPackages(): Package[] {
    return Array.from({ length: this.installed.size }, (_, index) => this.#package(0, index));
  }

  /** The names of all packages, for suggestions. */
  packageNames(): Set<string> {
    return new Set(this.#tables.flatMap((table) => [...table.packageNames()]));
  }

  *#find(look: (table: PackageTable) => readonly number[], onlyKnown = false): Generator<Package> {
    for (let table = 0; table < this.#tables.length; table += 1) {
      for (const index of look(this.#tables[table]!)) {
        if (!onlyKnown || this.#records[table]![index]) yield this.#package(table, index);
      }
    }
  }

  /** The same package in several places is one. */
  #package(table: number, index: number): Package {
    const known = this.#records[table]![index];
    if (known) return known;
    const record = this.#tables[table]!.record(index);
    const fields = recordFields(record);
    const identity = fields.get('C') ?? '';
    let item = this.#packages.get(identity);
    if (!item) {
      item = this.#newPackage(fields, identity, record);
      this.#packages.set(identity, item);
    }
    if (table === 0) item.installed ??= { tag: fields.get('s') };
    else item.repositories |= 1 << table;
    this.#records[table]![index] = item;
    return item;
  }

  #newPackage(fields: ReadonlyMap<string, string>, identity: string, record: string): Package {
    const list = (field: string) => {
      const text = fields.get(field);
      return text === undefined ? [] : parseDependencies(text);
    };
    const find = (text: string) => this.name(text);
    const nameText = fields.get('P') ?? '';
    let name: Name | undefined;
    return {
      get name() {
        name ??= find(nameText);
        return name;
      },
      version: fields.get('V') ?? '',
      identity,
      depends: list('D'),
      provides: list('p'),
      installIf: list('i'),
      priority: Number(fields.get('k') ?? 0),
      installedSize: Number(fields.get('I') ?? 0),
      record,
      repositories: 0,
      installed: undefined,
    };
  }
}

function newName(text: string, providers: readonly Provider[]): Name {
  let bucket: number | undefined;
  return {
    text,
    providers,
    get bucket() {
      bucket ??= bucketOf(text);
      return bucket;
    },
  };
}

/** The fields of a record up to those of its files. */
export function recordFields(record: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < record.length; ) {
    const end = record.indexOf('\n', at);
    const stop = end < 0 ? record.length : end;
    if (record[at] === 'F') break;
    if (record[at + 1] === ':') fields.set(record[at]!, record.slice(at + 2, stop));
    at = stop + 1;
  }
  return fields;
}

/** Above this many names, buckets are faster than a sort. */
const MANY = 2000;

/** Names in the order of apk's table. */
function inOrder(names: Iterable<Name>): Name[] {
  const sorted = [...names];
  if (sorted.length < 2) return sorted;
  if (sorted.length < MANY) return sorted.sort((a, b) => a.bucket - b.bucket);
  const walk = new NameWalk<Name>();
  for (const name of sorted) walk.add(name, name);
  return [...walk];
}
