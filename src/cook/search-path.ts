import { quoteWord } from '../shell-words.ts';
import { bytesContent, readContent, textContent } from '../tree/content.ts';
import { fileEntry, metadata } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';

const PROFILE = '/etc/profile';
const ORIGIN = 'path';

/**
 * Puts folders at the front of PATH in the root's /etc/profile, by a line at its end; makes the file when
 * there is none.
 *
 * @param mtime nanoseconds
 */
export function prependSearchPath(tree: Tree, folders: readonly string[], mtime: bigint): void {
  if (folders.length === 0) return;
  const line = `export PATH=${folders.map(quote).join(':')}:"$PATH"\n`;
  const profile = tree.resolve(PROFILE)?.entry;
  if (profile?.type !== 'file') {
    const meta = metadata({ mode: 0o644, mtime, origin: ORIGIN });
    tree.set(PROFILE, fileEntry(textContent(line), meta), metadata({ ...meta, mode: 0o755 }));
    return;
  }
  const before = Buffer.from(readContent(profile.content));
  const gap = before.length === 0 || before.at(-1) === 0x0a ? '' : '\n';
  profile.content = bytesContent(Buffer.concat([before, Buffer.from(gap + line)]));
  profile.mtime = mtime;
  profile.origin = ORIGIN;
}

function quote(folder: string): string {
  return /^[\w@%+./-]+$/.test(folder) ? folder : quoteWord(folder);
}
