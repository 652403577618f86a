import type { MachineRoot } from './machine-root.ts';

/**
 * Sets a variable in a file of shell assignments, such as those of /etc/conf.d and /etc/default: in its line, or in
 * the one that is commented out, else at the end.
 *
 * @param value without anything that a shell would expand
 */
export function setVariable(root: MachineRoot, path: string, name: string, value: string): void {
  const line = `${name}="${value}"`;
  const lines = (root.read(path) ?? '').replace(/\n$/, '').split('\n');
  const isSet = (text: string): boolean => text.trimStart().startsWith(`${name}=`);
  const isComment = (text: string): boolean => new RegExp(`^\\s*#\\s*${name}=`).test(text);
  const at = lines.findIndex(isSet) >= 0 ? lines.findIndex(isSet) : lines.findIndex(isComment);
  const changed =
    at >= 0 ? lines.with(at, line) : [...lines.filter((text, index) => index > 0 || text), line];
  root.write(path, `${changed.join('\n')}\n`);
}
