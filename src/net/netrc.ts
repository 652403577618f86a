/** A user and password. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Reads the entry for a host out of a `.netrc` (the format of ftp(1), as curl reads it): `machine`, `default`,
 * `login`, `password`, `account`, `macdef`; words may be in double quotes, `#` at a word's start begins a comment.
 * The first entry that fits counts.
 *
 * @returns undefined when there is none with a login or a password
 */
export function netrcEntry(text: string, host: string): Credentials | undefined {
  const words = wordsOf(text);
  let fits = false;
  let found: { username: string; password: string } | undefined;
  for (let word = words.next(); !word.done; word = words.next()) {
    switch (word.value) {
      case 'machine':
      case 'default':
        if (found?.username || found?.password) return found;
        fits = word.value === 'default' || nextWord(words).toLowerCase() === host.toLowerCase();
        found = fits ? { username: '', password: '' } : undefined;
        break;
      case 'login':
        assign(found, 'username', nextWord(words));
        break;
      case 'password':
        assign(found, 'password', nextWord(words));
        break;
      case 'account':
        nextWord(words);
        break;
    }
  }
  return found?.username || found?.password ? found : undefined;
}

function assign(
  found: { username: string; password: string } | undefined,
  field: 'username' | 'password',
  value: string,
): void {
  if (found) found[field] = value;
}

function nextWord(words: Generator<string, void, undefined>): string {
  const { value } = words.next();
  return value ?? '';
}

/** The words without comments, and without macros, which go on to the next empty line. */
function* wordsOf(text: string): Generator<string, void, undefined> {
  let inMacro = false;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') inMacro = false;
    if (inMacro) continue;
    for (const [, quoted, plain] of line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)) {
      if (plain?.startsWith('#')) break;
      if (plain === 'macdef') {
        inMacro = true;
        break;
      }
      yield plain ?? quoted!.replaceAll(/\\(.)/g, '$1');
    }
  }
}
