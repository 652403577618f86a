import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { run as runCli } from '../../src/cli/run.ts';

async function run(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCli(args, {
    stdout: { isTTY: false, columns: 80, write: (text) => out.push(`${text}`) },
    stderr: { isTTY: false, columns: 80, write: (text) => err.push(`${text}`) },
    env: {},
    signal: new AbortController().signal,
    leaveInterrupts() {},
    version: '0',
  });
  return { code, out: out.join(''), err: err.join('') };
}

/** Every command, with the names that lead to it. */
function commandsOf(command: Command, above: readonly string[] = []): [string[], Command][] {
  return command.commands.flatMap((part) => {
    const path = [...above, part.name()];
    return [[path, part], ...commandsOf(part, path)] as [string[], Command][];
  });
}

const commands = commandsOf(createProgram('0', async () => {}));

describe.each(commands)('%j', (path, command) => {
  const name = path.at(-1)!;

  test('is suggested for what looks like it, on the line and behind help', async () => {
    const typo = [...path.slice(0, -1), `${name}e`];
    for (const line of [typo, ['help', ...typo]]) {
      const { code, out, err } = await run(line);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(
        new RegExp(`^error\\[RB_ARGUMENT\\]: unknown command '${name}e'\nhint: did you mean`),
      );
      expect(err.slice(err.indexOf('hint:'))).toMatch(new RegExp(`\\b${name}\\b`));
    }
  });

  test('has its help behind help, too', async () => {
    const [behind, option] = [await run(['help', ...path]), await run([...path, '--help'])];
    expect(behind).toEqual(option);
    expect(behind.out).toContain(`rootless-bake ${path.join(' ')}`);
  });

  // What help hides is for this program itself, and suggested to nobody.
  const options = command.options.flatMap(({ long, hidden }) =>
    long && long.length > 5 && !hidden ? [long] : [],
  );
  const wanted = command.options.flatMap(({ mandatory, long }) => (mandatory ? [long!, 'x'] : []));
  test.skipIf(options.length === 0).each(options)(
    '%s is suggested for what looks like it',
    async (option) => {
      const typo = `${option.slice(0, -2)}${option.at(-1)}${option.at(-2)}x`;
      const { code, err } = await run([...path, ...wanted, typo]);
      expect(code).toBe(2);
      expect(err).toContain(`unknown option '${typo}'\nhint: did you mean`);
      expect(err.slice(err.indexOf('hint:'))).toContain(option);
    },
  );
});

test('choices are suggested, of options and of arguments', async () => {
  expect((await run(['boot', 'x', '--accel', 'kmv'])).err).toContain('hint: did you mean "kvm"?');
  expect((await run(['init', '--template', 'alpin'])).err).toContain('hint: did you mean "alpine-machine"?');
  expect((await run(['completion', 'fsh'])).err).toContain('hint: did you mean "fish"');
});

test('what looks like nothing leads to the list', async () => {
  for (const line of [['quux'], ['help', 'quux'], ['cache', 'quux']]) {
    expect((await run(line)).err).toContain('hint: rootless-bake --help lists commands and options\n');
  }
  for (const [line, help] of [
    [['bake', '--quux'], 'help bake'],
    [['cache', 'prune', '--quux'], 'help cache prune'],
  ] as const) {
    const hint = `hint: rootless-bake ${help} lists its arguments and options\n`;
    expect((await run([...line])).err).toContain(hint);
  }
});

test('help alone lists the commands', async () => {
  const { code, out } = await run(['help']);
  expect(code).toBe(0);
  for (const [[name], command] of commands) if (!command.parent?.parent) expect(out).toContain(`\n  ${name}`);
});
