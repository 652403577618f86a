/** How local changes below a folder are treated: `none` are overwritten, the others are kept. */
export type Protection = 'none' | 'changed' | 'symlinks' | 'all';

interface Rule {
  readonly parts: readonly string[];
  readonly protection: Protection;
}

const MARKS = new Map<string, Protection>([
  ['-', 'none'],
  ['+', 'changed'],
  ['@', 'symlinks'],
  ['!', 'all'],
]);

/** What apk protects unless told otherwise (apk-tools 2, src/database.c). */
const DEFAULTS = ['+etc', '@etc/init.d', '!etc/apk'];

/** The protected paths of a root: apk's own and those of /etc/apk/protected_paths.d. */
export class ProtectedPaths {
  readonly #rules: readonly Rule[];
  readonly #known = new Map<string, Protection>();

  /** @param lists texts of `*.list` files, in the order of their names */
  constructor(lists: readonly string[]) {
    this.#rules = [...DEFAULTS, ...lists.flatMap((text) => text.split('\n'))]
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(parseRule);
  }

  /** @param directory without a slash in front */
  of(directory: string): Protection {
    const known = this.#known.get(directory);
    if (known) return known;
    let protection: Protection = 'none';
    if (directory !== '') {
      const parts = directory.split('/');
      protection = this.of(parts.slice(0, -1).join('/'));
      for (const rule of this.#rules) if (isMatch(rule.parts, parts)) protection = rule.protection;
    }
    this.#known.set(directory, protection);
    return protection;
  }
}

/** A set of characters, a backslash with what it takes its meaning from, a wildcard, or any other character. */
const TOKEN = /\[([!^]?)(\]?[^\]/]*)\]|\\(.)|./gsu;

/** A pattern of fnmatch(3) with FNM_PATHNAME as a regular expression for whole paths. */
export function globToRegExp(pattern: string): RegExp {
  const source = pattern.replaceAll(TOKEN, (token: string, not?: string, set?: string, quoted?: string) => {
    if (set !== undefined) return `[${not === '' ? '' : '^'}${set.replaceAll(/[\\\][]/g, '\\$&')}]`;
    if (token === '*') return '[^/]*';
    return token === '?' ? '[^/]' : literal(quoted ?? token);
  });
  return new RegExp(`^${source}$`, 'u');
}

function literal(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function parseRule(line: string): Rule {
  const protection = MARKS.get(line[0]!);
  const path = (protection ? line.slice(1) : line).replace(/^\/+|\/+$/g, '');
  return { parts: path.split('/'), protection: protection ?? 'changed' };
}

function isMatch(pattern: readonly string[], parts: readonly string[]): boolean {
  return (
    pattern.length === parts.length && pattern.every((part, index) => globToRegExp(part).test(parts[index]!))
  );
}
