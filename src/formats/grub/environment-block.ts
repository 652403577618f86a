const SIGNATURE = '# GRUB Environment Block\n';
const MAXIMUM_VARIABLES = 256;

/**
 * The variables of a `grubenv`, which GRUB keeps from one boot to the next: lines of `name=value`, a backslash before
 * backslashes and ends of lines in values (grub-core/lib/envblk.c). Empty without the signature.
 */
export function parseEnvironmentBlock(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  if (!text.startsWith(SIGNATURE)) return variables;
  const lines = text.slice(SIGNATURE.length).match(/(?:[^\\\n]|\\.)+/gs) ?? [];
  for (const line of lines) {
    const equals = line.indexOf('=');
    if (line.startsWith('#') || equals < 0 || variables.size >= MAXIMUM_VARIABLES) continue;
    variables.set(line.slice(0, equals), line.slice(equals + 1).replaceAll(/\\(.)/gs, '$1'));
  }
  return variables;
}
