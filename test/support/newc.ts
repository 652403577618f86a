import type { Description } from './describe-tree.ts';

/**
 * What newc holds: no xattrs, and whole seconds between 1970 and 2106. cpio sets the time of a directory
 * before it fills it and that of a link not at all, so these times say nothing.
 */
export function newc(lines: Description): Description {
  return new Map(
    [...lines].map(([path, line]) => [
      path,
      line
        .replace(/mtime=(-?\d+)/, (_, time: string) => {
          const seconds = BigInt(time) / 1_000_000_000n;
          const bounded = seconds < 0n ? 0n : seconds > 0xffffffffn ? 0xffffffffn : seconds;
          return `mtime=${bounded}`;
        })
        .replace(/^(directory|symlink)(.*) mtime=\d+/, '$1$2')
        .replaceAll(/ [a-z]+\.\S+=[0-9a-f]*/g, ''),
    ]),
  );
}
