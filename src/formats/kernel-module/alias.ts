import { normalizeAlias } from './name.ts';

/**
 * A test for names that a module alias stands for. Aliases are shell patterns with `*`, `?` and
 * `[…]` (fnmatch without flags, as kmod and modprobe use it); `-` and `_` are the same.
 */
export function aliasMatcher(pattern: string): (name: string) => boolean {
  const normal = normalizeAlias(pattern);
  if (!/[*?[\\]/.test(normal)) return (name) => normalizeAlias(name) === normal;
  const source = normal.replace(/\[([!^]?)([^\]]+)\]|\\(.)|[\s\S]/g, (part, not, set, escaped) => {
    if (set !== undefined) return `[${not === '' ? '' : '^'}${set.replace(/[\\[\]^]/g, '\\$&')}]`;
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return (escaped ?? part).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  });
  const expression = new RegExp(`^${source}$`, 's');
  return (name) => expression.test(normalizeAlias(name));
}
