import { counted } from '../../counted.ts';
import type { CheckResult, CheckStatus } from '../../doctor/check.ts';
import { doctor } from '../../setup.ts';
import type { CommandResult, CommonOptions, Context } from '../command.ts';
import { type Colors, printable } from '../terminal.ts';

/** Tells what works on this machine, and what to do about the rest. */
export async function doctorCommand(_: CommonOptions, { host, colors }: Context): Promise<CommandResult> {
  const { healthy, checks } = await doctor(host);
  return {
    text: `${checks.map((check) => checkLines(check, checks, colors)).join('')}\n${verdict(checks)}\n`,
    brief: checks
      .filter(({ status }) => status !== 'ok')
      .map(({ id }) => `${id}\n`)
      .join(''),
    json: { healthy, checks },
    exitCode: healthy ? 0 : 1,
  };
}

/** A line for what was found, and one for each of what it is needed for and the remedy where it is not well. */
function checkLines(check: CheckResult, all: readonly CheckResult[], colors: Colors): string {
  const { status, title, found, neededFor, remedy } = check;
  const width = Math.max(...all.map((one) => one.title.length));
  const indent = ' '.repeat('warning  '.length + width + 2);
  const paint: Record<CheckStatus, (text: string) => string> = {
    ok: colors.green,
    warning: colors.yellow,
    failed: colors.red,
  };
  const block = (text: string) => printable(text).trim().replaceAll('\n', `\n${indent}`);
  const lines = [`${paint[status](status.padEnd(7))}  ${title.padEnd(width)}  ${block(found)}`];
  lines.push(`${indent}${colors.dim(`needed for ${neededFor}`)}`);
  if (remedy !== undefined) lines.push(`${indent}${colors.cyan('remedy:')} ${block(remedy)}`);
  return `${lines.join('\n')}\n`;
}

function verdict(checks: readonly CheckResult[]): string {
  const count = (wanted: CheckStatus) => checks.filter(({ status }) => status === wanted).length;
  if (count('failed') > 0) return `${count('failed')} failed: rootless-bake cannot work here`;
  if (count('warning') === 0) return 'all good';
  return `${counted(count('warning'), 'warning')}: all that is required works`;
}
