import type { Maintainer } from './component.ts';

/** `Name <user@host>`, or either of the two; undefined when there is nothing. */
export function parseMaintainer(text: string | undefined): Maintainer | undefined {
  const said = (text ?? '').trim();
  if (said === '') return undefined;
  const [, name = said, email] = /^(.*?)\s*<([^\s<>@()]+@[^\s<>@()]+)>/.exec(said) ?? [];
  const unquoted = name.replace(/^"(.*)"$/, '$1');
  return { name: unquoted === '' ? email! : unquoted, ...(email !== undefined && { email }) };
}

/** Whether a name is that of many: SPDX tells persons from organisations. */
export function isTeam({ name, email = '' }: Maintainer): boolean {
  return (
    /\b(?:team|group|project|maintainers|developers|packagers|task force)\b/i.test(name) ||
    /@lists\./.test(email)
  );
}
