/** The tests' own conversation with a guest: however a terminal echoes what is typed, answers are the same. */
import { expect, test } from 'vitest';
import { SerialConsole } from '../../src/vm/serial-console.ts';
import { GuestShell } from '../support/guest-shell.ts';

/** A terminal that shows each command line in some way, and then what the shell says to it. */
function terminal(echo: (line: string) => string, answer: string): SerialConsole {
  const console = new SerialConsole((line) => {
    const [mark] = /mark-\d+/.exec(line)!;
    console.feed(Buffer.from(`${echo(line)}<${mark}>\r\n${answer}</${mark}>\r\n~ $ `));
  });
  return console;
}

test.each<[string, (line: string) => string]>([
  ['echoed once', (line) => line],
  ['echoed before the prompt and behind it', (line) => `${line}web:~$ ${line}`],
  ['not echoed', () => ''],
])('a command line that is %s', async (_name, echo) => {
  const shell = new GuestShell(terminal(echo, 'one\r\ntwo\r\n'));
  expect(await shell.run('cat numbers', 100)).toBe('one\ntwo\n');
  expect(await shell.run('cat numbers', 100)).toBe('one\ntwo\n');
});

test('what kernel and systemd say meanwhile is no answer', async () => {
  const kernel = '[    4.096012] random: crng init done\r\n';
  const systemd =
    '[  OK  ] Started \u001b[0;1;39mcron.service\u001b[0m.\r\n         Starting a-job.service\r\n';
  const console = terminal((line) => line, `run${kernel}ning\r\n${systemd}`);
  expect(await new GuestShell(console).run('systemctl is-system-running', 100)).toBe('running\n');
});

test('an answer without an end of line, and none', async () => {
  const echo = (line: string) => line;
  expect(await new GuestShell(terminal(echo, 'text')).run('printf text', 100)).toBe('text');
  expect(await new GuestShell(terminal(echo, '')).run('true', 100)).toBe('');
});
