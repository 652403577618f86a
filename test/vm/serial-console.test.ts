import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SerialConsole } from '../../src/vm/serial-console.ts';

function console_(): { console: SerialConsole; typed: string[]; feed: (text: string) => void } {
  const typed: string[] = [];
  const console = new SerialConsole((text) => typed.push(text));
  return { console, typed, feed: (text) => console.feed(Buffer.from(text)) };
}

describe('serial console', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('is a conversation: each expect looks behind the previous match', async () => {
    const { console, typed, feed } = console_();
    feed('Welcome\r\nhello login: ');
    expect((await console.expect('login: ', 10)).text).toBe('Welcome\nhello login: ');
    console.send('root\n');
    const answer = console.expect(/uid=(\d+)/, 10);
    feed('root\r\n# id\r\nuid=');
    feed('0(root)\r\n');
    expect((await answer).match).toEqual(['uid=0', '0']);
    expect(typed).toEqual(['root\n']);
    const again = console.expect('login', 10);
    vi.advanceTimersByTime(11);
    await expect(again).rejects.toThrow('within 0.01 s');
  });

  test('takes text as text, whatever it means in a pattern', async () => {
    const { console, feed } = console_();
    feed('a+b [ok] $5.');
    expect((await console.expect('[ok] $5.', 10)).match).toEqual(['[ok] $5.']);
    const wait = console.expect('[/dev/sda]', 10);
    vi.advanceTimersByTime(11);
    await expect(wait).rejects.toThrow('did not show "[/dev/sda]" within');
  });

  test('leaves out control sequences, also those cut in two, and joins split UTF-8', async () => {
    const { console } = console_();
    const bytes = Buffer.from(
      '\u001b[2J\u001b[01;31mGrüße\u001b[0m\u001b]0;title\u0007 \u001b(Blogin:\u0007\r\n',
    );
    for (const byte of bytes) console.feed(Uint8Array.of(byte));
    expect(console.transcript).toBe('Grüße login:\n');
    await console.expect(/^Grüße login:$/m, 10);
  });

  test('a lone escape does not hold back what follows', () => {
    const { console, feed } = console_();
    feed(`\u001b${'\u0001'.repeat(80)}abc`);
    expect(console.transcript).toContain('abc');
  });

  test('knows the panic of a kernel that was not given the time to see its timer tick', async () => {
    const { console, feed } = console_();
    feed("[    0.4] Kernel panic - not syncing: IO-APIC + timer doesn't work!  Boot with apic=debug\r\n");
    const wait = console.expect('login:', 10);
    vi.advanceTimersByTime(11);
    await expect(wait).rejects.toMatchObject({ hint: expect.stringContaining('no_timer_check') });
  });

  test('says what it did not see, with the last lines', async () => {
    const { console, feed } = console_();
    feed('SYSLINUX\n\nKernel panic\n');
    const wait = console.expect(/login:/, 5000);
    vi.advanceTimersByTime(5001);
    await expect(wait).rejects.toMatchObject({
      code: 'RB_BOOT_TIMEOUT',
      message:
        'the machine did not show "login:" within 5 s; its last lines:\n  | SYSLINUX\n  | Kernel panic',
    });
  });

  test('the end of the machine ends the wait', async () => {
    const { console } = console_();
    const wait = console.expect('login:', 5000);
    console.end('QEMU ended with exit code 1');
    await expect(wait).rejects.toMatchObject({
      code: 'RB_BOOT_TIMEOUT',
      message: 'the machine ended before it showed "login:": QEMU ended with exit code 1 and printed nothing',
    });
    await expect(console.expect('more', 5000)).rejects.toMatchObject({ code: 'RB_BOOT_TIMEOUT' });
  });

  test('what came before the end can still be expected', async () => {
    const { console, feed } = console_();
    feed('reboot: Power down\n');
    console.end('QEMU ended with exit code 0');
    await console.expect('Power down', 10);
  });

  test('waits for one thing at a time', async () => {
    const { console, feed } = console_();
    const first = console.expect('a', 10);
    expect(() => console.expect('b', 10)).toThrow('already waits');
    feed('a');
    await first;
  });

  test('forgets what is older than 4 MiB, but nothing that was not looked at', async () => {
    const { console, feed } = console_();
    feed('first\n');
    for (let n = 0; n < 5; n += 1) feed('x'.repeat(1 << 20));
    await console.expect('first', 10);
    await console.expect(/x{100}$/, 10);
    feed('last');
    expect(console.transcript.length).toBe(4 << 20);
    await console.expect('last', 10);
  });
});
