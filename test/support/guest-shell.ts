import type { SerialConsole } from '../../src/vm/serial-console.ts';

const MINUTE = 60_000;

/** Lines that the kernel and systemd write to the console whenever they like, also in the midst of others. */
const ASIDE = /\[ *\d+\.\d{6}\] [^\n]*\n|^\[ *(?:OK|FAILED) *\] [^\n]*\n|^ {9}\w+ing [^\n]*\n/gm;

/** Who logs in, and behind which prompt. */
export interface LogIn {
  /** The end of what the login prompt says. */
  readonly prompt: string | RegExp;
  readonly user: string;
  readonly password?: string;
  /** Milliseconds until the prompt is there. */
  readonly patience?: number;
}

/**
 * A shell on the console of a guest. What a command prints stands between two marks that are in the output
 * alone: the terminal may echo what is typed once, or, when the shell was not yet back at its prompt, twice.
 */
export class GuestShell {
  readonly #console: SerialConsole;
  #commands = 0;

  /** @param console one that shows a shell's prompt, or will read what is typed for it */
  constructor(console: SerialConsole) {
    this.#console = console;
  }

  /** Logs in on the console. */
  static async logIn(console: SerialConsole, account: LogIn): Promise<GuestShell> {
    await console.expect(account.prompt, account.patience ?? 5 * MINUTE);
    console.send(`${account.user}\n`);
    if (account.password !== undefined) {
      await console.expect('assword:', 5 * MINUTE);
      console.send(`${account.password}\n`);
    }
    await console.expect(/[#$] /, 5 * MINUTE);
    return new GuestShell(console);
  }

  /** Runs a command line of sh; gives what it printed on the console, whatever its exit status is. */
  async run(command: string, patience = 5 * MINUTE): Promise<string> {
    this.#commands += 1;
    const mark = `mark-${this.#commands}`;
    // printf makes the angle brackets, so what is echoed has none.
    this.#console.send(`printf '\\074%s\\076\\n' ${mark}; ${command}; printf '\\074/%s\\076\\n' ${mark}\n`);
    await this.#console.expect(`<${mark}>\n`, patience);
    const end = `</${mark}>\n`;
    const { text } = await this.#console.expect(end, patience);
    return text.slice(0, -end.length).replaceAll(ASIDE, '');
  }
}
