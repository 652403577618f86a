/** Gives the new mode bits for the old ones. */
export type ModeChange = (mode: number, isDirectory: boolean) => number;

const CLASSES: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007 };
const ALL = 0o7777;

/**
 * Parses a mode as chmod(1) takes it: octal digits, or symbolic clauses such as `u+rwX,go=r` (POSIX, "chmod").
 * Without `ugoa` the bits of umask 022 are left alone. Octal digits set all bits, as busybox does; GNU keeps
 * setuid and setgid of directories.
 *
 * @returns undefined when the word is no mode.
 */
export function parseMode(word: string): ModeChange | undefined {
  if (/^[0-7]{1,4}$/.test(word)) {
    const digits = Number.parseInt(word, 8);
    return () => digits;
  }
  const clauses = word.split(',').map(parseClause);
  if (clauses.some((clause) => clause === undefined)) return undefined;
  return (mode, isDirectory) => clauses.reduce((bits, clause) => clause!(bits, isDirectory), mode);
}

function parseClause(clause: string): ModeChange | undefined {
  const match = /^([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)$/.exec(clause);
  if (!match) return undefined;
  const who = match[1]!;
  const classes = who === '' || who.includes('a') ? 'ugo' : who;
  const reach = [...classes].reduce((bits, name) => bits | CLASSES[name]!, 0);
  const limit = who === '' ? reach & ~0o022 : reach;
  const actions = [...match[2]!.matchAll(/([-+=])([ugo]|[rwxXst]*)/g)];
  return (mode, isDirectory) =>
    actions.reduce((bits, [, operator, permissions]) => {
      const wanted = permissionBits(permissions!, bits, isDirectory) & limit;
      if (operator === '+') return bits | wanted;
      if (operator === '-') return bits & ~wanted;
      return ((bits & ~reach) | wanted) & ALL;
    }, mode);
}

function permissionBits(permissions: string, mode: number, isDirectory: boolean): number {
  const copied = { u: mode >> 6, g: mode >> 3, o: mode }[permissions];
  if (copied !== undefined) return (copied & 7) * 0o111;
  let bits = 0;
  for (const letter of permissions) {
    if (letter === 'r') bits |= 0o444;
    if (letter === 'w') bits |= 0o222;
    if (letter === 'x' || (letter === 'X' && (isDirectory || (mode & 0o111) !== 0))) bits |= 0o111;
    if (letter === 's') bits |= 0o6000;
    if (letter === 't') bits |= 0o1000;
  }
  return bits;
}
