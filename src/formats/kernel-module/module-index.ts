import { aliasMatcher } from './alias.ts';
import { builtinModinfoNames, parseModulesBuiltin, parseModulesBuiltinModinfo } from './builtin.ts';
import { type ModuleInfo, readModuleInfo } from './modinfo.ts';
import { moduleNameOf, normalizeModuleName } from './name.ts';

/** What the order of insertion needs to know about a kernel's modules. Names are normalised (`_`). */
export interface ModuleIndex {
  /** Names of all loadable modules. */
  names(): Iterable<string>;
  /** Where a loadable module lies, or undefined. */
  path(name: string): string | undefined;
  /** What a loadable module says about itself. */
  info(name: string): ModuleInfo | Promise<ModuleInfo>;
  /** Whether the kernel has the module inside. */
  isBuiltin(name: string): boolean;
  /** Names of modules, loadable or built in, that answer to an alias; sorted. */
  byAlias(alias: string): readonly string[] | Promise<readonly string[]>;
}

export interface ModuleIndexOptions {
  /** Paths of the kernel's module files; others (`modules.dep`) are passed over. */
  readonly paths: Iterable<string>;
  /** Reads one of these, unpacked. Called once for a module at most, and only when its turn comes. */
  readonly read: (path: string) => Uint8Array | Promise<Uint8Array>;
  /** Text of the kernel's `modules.builtin`; default none. */
  readonly builtin?: string | undefined;
  /** Bytes of its `modules.builtin.modinfo`, for the aliases of built-ins; default none. */
  readonly builtinModinfo?: Uint8Array | undefined;
  /**
   * Text of its `modules.alias`, as depmod makes it: `alias PATTERN MODULE` a line. Spares reading every
   * module when an alias is looked up; default none, as in Debian's kernel packages.
   */
  readonly aliasTable?: string | undefined;
}

/**
 * Indexes the modules of one kernel. A module is read when it is asked for; without a table of aliases,
 * all are, once, when an alias is looked up.
 *
 * @throws RootlessBakeError `RB_MODULE_INVALID` when a module that is read is none
 */
export function moduleIndex(options: ModuleIndexOptions): ModuleIndex {
  const paths = new Map<string, string>();
  for (const path of options.paths) {
    const name = moduleNameOf(path);
    if (name !== undefined && !paths.has(name)) paths.set(name, path);
  }
  const { builtinModinfo = new Uint8Array(0) } = options;
  const builtin = new Set([
    ...parseModulesBuiltin(options.builtin ?? ''),
    ...builtinModinfoNames(builtinModinfo),
  ]);
  const infos = new Map<string, Promise<ModuleInfo>>();

  const read = async (path: string): Promise<ModuleInfo> => readModuleInfo(await options.read(path), path);
  const info = (name: string): Promise<ModuleInfo> => {
    const known = infos.get(name) ?? read(paths.get(name) ?? name);
    infos.set(name, known);
    return known;
  };

  let matchers: Promise<readonly AliasEntry[]> | undefined;
  const readAliases = async (): Promise<readonly AliasEntry[]> => {
    const entries = [...parseModulesBuiltinModinfo(builtinModinfo).values()].flatMap(aliasEntries);
    if (options.aliasTable !== undefined) return [...entries, ...parseModulesAlias(options.aliasTable)];
    for (const name of paths.keys()) entries.push(...aliasEntries(await info(name)));
    return entries;
  };

  return {
    names: () => paths.keys(),
    path: (name) => paths.get(name),
    info,
    isBuiltin: (name) => builtin.has(normalizeModuleName(name)),
    byAlias: async (alias) => {
      matchers ??= readAliases();
      const names = (await matchers).filter(({ matches }) => matches(alias)).map(({ name }) => name);
      return [...new Set(names)].sort();
    },
  };
}

interface AliasEntry {
  readonly name: string;
  readonly matches: (name: string) => boolean;
}

function aliasEntries({ name, aliases }: ModuleInfo): AliasEntry[] {
  return aliases.map((alias) => ({ name, matches: aliasMatcher(alias) }));
}

function parseModulesAlias(text: string): AliasEntry[] {
  return [...text.matchAll(/^alias (\S+) (\S+)$/gm)].map(([, alias = '', name = '']) => {
    return { name: normalizeModuleName(name), matches: aliasMatcher(alias) };
  });
}
