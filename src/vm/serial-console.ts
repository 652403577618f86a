import { RootlessBakeError } from '../errors.ts';

/** Characters of transcript that are kept; older ones go. */
const KEPT = 4 << 20;

/** Longer than any escape sequence that may be cut in two between chunks. */
const LONGEST_ESCAPE = 64;

/** What came before and with a match. */
export interface ConsoleMatch {
  /** All text since the previous match, this one included. */
  readonly text: string;
  /** The match itself; groups where the pattern has them. */
  readonly match: readonly string[];
}

interface Waiter {
  readonly pattern: RegExp;
  readonly resolve: (match: ConsoleMatch) => void;
  readonly reject: (error: RootlessBakeError) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * A serial console as a conversation, in the manner of expect(1): each `expect` looks at what came after
 * the previous match. Control sequences are left out and line ends are `\n`, so that patterns match what a
 * person reads.
 */
export class SerialConsole {
  readonly #write: (text: string) => void;
  readonly #decoder = new TextDecoder();
  #text = '';
  /** Where the previous match ended in {@link #text}. */
  #seen = 0;
  /** The beginning of an escape sequence whose rest has not come. */
  #cut = '';
  #waiter: Waiter | undefined;
  #end: string | undefined;

  /** @param write sends text to the machine */
  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** All that the machine has printed, but for what is older than 4 MiB. */
  get transcript(): string {
    return this.#text;
  }

  /** The last lines that hold anything. */
  lastLines(count = 15): string[] {
    return this.#text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-count);
  }

  /** Types into the console. A line needs its `\n`. */
  send(text: string): void {
    this.#write(text);
  }

  /**
   * Waits until the console shows a text, or something that a pattern matches, after the previous match.
   *
   * @param milliseconds how long
   * @throws RB_BOOT_TIMEOUT, with the last lines, when it does not show in time, or the machine ends first
   */
  expect(wanted: string | RegExp, milliseconds: number): Promise<ConsoleMatch> {
    if (this.#waiter) throw new RootlessBakeError('RB_ARGUMENT', 'the console already waits for something');
    return new Promise((resolve, reject) => {
      const pattern = toPattern(wanted);
      const timer = setTimeout(() => {
        this.#waiter = undefined;
        reject(this.#unseen(`did not show ${name(pattern)} within ${milliseconds / 1000} s`));
      }, milliseconds);
      this.#waiter = { pattern, resolve, reject, timer };
      this.#look();
    });
  }

  /** Takes what the machine printed. */
  feed(chunk: Uint8Array): void {
    const raw = this.#cut + this.#decoder.decode(chunk, { stream: true });
    const start = raw.lastIndexOf('\u001b');
    const open = start >= 0 && raw.length - start < LONGEST_ESCAPE && !COMPLETE.test(raw.slice(start));
    this.#cut = open ? raw.slice(start) : '';
    this.#text += plainText(open ? raw.slice(0, start) : raw);
    const surplus = Math.min(this.#text.length - KEPT, this.#seen);
    if (surplus > 0) {
      this.#text = this.#text.slice(surplus);
      this.#seen -= surplus;
    }
    this.#look();
  }

  /** Says that nothing more will come, and why. Who waits, waits in vain. */
  end(reason: string): void {
    this.#end ??= reason;
    this.#look();
  }

  #look(): void {
    const waiter = this.#waiter;
    if (!waiter) return;
    const pending = this.#text.slice(this.#seen);
    const match = waiter.pattern.exec(pending);
    if (!match && this.#end === undefined) return;
    this.#waiter = undefined;
    clearTimeout(waiter.timer);
    if (!match) {
      waiter.reject(this.#unseen(`ended before it showed ${name(waiter.pattern)}: ${this.#end}`));
      return;
    }
    const end = match.index + match[0].length;
    this.#seen += end;
    waiter.resolve({ text: pending.slice(0, end), match: [...match] });
  }

  #unseen(what: string): RootlessBakeError {
    const lines = this.lastLines();
    const shown =
      lines.length > 0 ? `; its last lines:\n${lines.map((line) => `  | ${line}`).join('\n')}` : '';
    return new RootlessBakeError('RB_BOOT_TIMEOUT', `the machine ${what}${shown || ' and printed nothing'}`, {
      hint: this.#advice(),
    });
  }

  #advice(): string {
    if (this.#text.includes("IO-APIC + timer doesn't work"))
      return 'a busy host made the emulated timer look broken: put no_timer_check among bake.options, or boot again';
    if (this.#text.trim() === '')
      return 'console=ttyS0 among the options of the kernel puts its messages here';
    return 'give it more time with --timeout, or boot it without --expect and watch';
  }
}

/** CSI, OSC, character set and two-character sequences of a VT100 and xterm. */
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what it is about
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[()*+#%][ -~]|[0-Z\\^-~])/g;
const COMPLETE = new RegExp(`^(?:${ESCAPES.source})`);

function plainText(raw: string): string {
  return (
    raw
      .replaceAll(ESCAPES, '')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: all but tab and line feed
      .replaceAll(/[\u0000-\u0008\u000b-\u001f]/g, '')
  );
}

function toPattern(wanted: string | RegExp): RegExp {
  if (typeof wanted === 'string') return new RegExp(wanted.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(wanted.source, wanted.flags.replaceAll(/[gy]/g, ''));
}

function name(pattern: RegExp): string {
  return JSON.stringify(pattern.source.replaceAll(/\\([\\^$.*+?()[\]{}|/])/g, '$1'));
}
