/** Names that keep their capital at the beginning of a hint. */
const NAMES = /^(?:[A-Z][A-Z0-9_]+|Alpine|Debian|Docker|Linux|Nix|Node|PRoot|PATH)\b/;

/**
 * What is not as hints are written: one sentence, as compilers write them, beginning in lower case and without a
 * full stop. Empty when all is well.
 */
export function hintFaults(hint: string): string[] {
  const [line = ''] = hint.split('\n');
  return [
    ...(/^[A-Z]/.test(line) && !NAMES.test(line) ? ['begins in upper case'] : []),
    ...(/[^.…][.!]$/.test(line) ? ['ends with a full stop'] : []),
    ...(/[\w)`"][.!] +[A-Z]/.test(line) ? ['has several sentences'] : []),
    ...(line.trim() === '' ? ['is empty'] : []),
  ];
}
