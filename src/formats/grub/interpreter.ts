import type { GrubMachine } from './machine.ts';
import { parseGrubScript, type Statement } from './parser.ts';
import { GrubState } from './state.ts';
import { expand, isKnown, join, known, unknownValue, type Value } from './value.ts';

/** What a command needs of the run that it is part of. */
export interface GrubRun {
  readonly machine: GrubMachine;
  /** Of the branch that is followed. */
  state: GrubState;
  value(name: string): Value;
  /** Runs a script in place; undefined when it is too deep in others, or ends in the middle. */
  source(text: string, name: string): boolean | undefined;
  /** Ends the script as a whole. */
  end(): void;
  /** Counts work, in characters that are read; false when it is too much for one script. */
  charge(characters: number): boolean;
  tell(problem: string): void;
}

/** Success, failure, or undefined when it is not known. */
export type GrubCommand = (
  run: GrubRun,
  args: readonly Value[],
  block: readonly Statement[] | undefined,
) => boolean | undefined;

/** Features of GRUB 2.06, which its scripts ask for. */
const FEATURES = [
  ...['200_final', 'all_video_module', 'chainloader_bpb', 'default_font_path', 'menuentry_id'],
  ...['menuentry_options', 'nativedisk_cmd', 'ntldr', 'platform_search_hint', 'timeout_style'],
];
/** Set by the core or by what is built into it, so that nothing is known of them here. */
const FROM_OUTSIDE = /^(?:cmdpath|fwname|lockdown|net_\w+|package_version|pxe_\w+|shim_lock|check_\w+)$/;

/** Commands, and the words that they are given. */
const MAXIMUM_STEPS = 200_000;
const CHARACTERS_PER_STEP = 16;
const MAXIMUM_FORKS = 300;
const MAXIMUM_CALLS = 24;
const MAXIMUM_PROBLEMS = 20;

type Leaving = 'break' | 'continue' | 'return' | 'end';

/** Follows a script without a disk that is written, a screen or a keyboard: nobody presses a key. */
export class Interpreter implements GrubRun {
  readonly machine: GrubMachine;
  readonly problems: string[] = [];
  /** Why it is not known which of the statements of the last run were run; their outcome is then a guess. */
  doubt: string | undefined;
  state: GrubState;
  readonly #commands: ReadonlyMap<string, GrubCommand>;
  #arguments: readonly Value[] = [];
  #status: boolean | undefined = true;
  #leaving: Leaving | undefined;
  #steps = 0;
  #forks = 0;
  #calls = 0;
  /** Loops around the command. */
  #loops = 0;

  constructor(machine: GrubMachine, commands: ReadonlyMap<string, GrubCommand>) {
    this.machine = machine;
    this.#commands = commands;
    this.state = new GrubState();
    const { platform, device, folder } = machine;
    const initial: Record<string, string> = {
      root: device,
      prefix: `(${device})${folder}`,
      config_directory: `(${device})${folder}`,
      ...Object.fromEntries(FEATURES.map((name) => [`feature_${name}`, 'y'])),
      ...(platform && { grub_platform: platform, grub_cpu: platform === 'pc' ? 'i386' : 'x86_64' }),
    };
    for (const [name, value] of Object.entries(initial)) {
      this.state.set(name, known(value));
      this.state.exported.add(name);
    }
  }

  /** Runs statements, in a state of their own when there is one, with arguments as a function has them. */
  run(
    statements: readonly Statement[],
    state: GrubState = this.state,
    args: readonly Value[] = [],
  ): GrubState {
    [this.state, this.#arguments, this.#leaving, this.doubt] = [state, args, undefined, undefined];
    this.#all(statements);
    return this.state;
  }

  value(name: string): Value {
    const found = this.state.variables.get(name);
    if (found) return found;
    if (/^grub_(?:platform|cpu)$/.test(name) && !this.machine.platform) {
      return unknownValue(name, `$${name}: the image does not tell whether a BIOS or EFI runs GRUB`);
    }
    return FROM_OUTSIDE.test(name) ? unknownValue(name, `$${name}: known at boot only`) : known('');
  }

  source(text: string, name: string): boolean | undefined {
    if (!this.charge(text.length)) return undefined;
    const { statements, problem } = parseGrubScript(text);
    const status = this.#call(statements, this.#arguments, name);
    if (problem !== undefined) this.unsure(`${name}, ${problem}`);
    return status;
  }

  end(): void {
    this.#leaving = 'end';
  }

  charge(characters: number): boolean {
    this.#steps += Math.ceil(characters / CHARACTERS_PER_STEP);
    return this.#steps <= MAXIMUM_STEPS;
  }

  tell(problem: string): void {
    if (this.problems.length < MAXIMUM_PROBLEMS && !this.problems.includes(problem))
      this.problems.push(problem);
  }

  /** Tells a problem by which it is not known what else is run, or not. */
  unsure(problem: string): void {
    this.doubt ??= problem;
    this.tell(problem);
  }

  #all(statements: readonly Statement[]): void {
    for (const statement of statements) {
      this.#steps += 1;
      if (this.#steps > MAXIMUM_STEPS) {
        this.unsure(`line ${statement.line}: the script does not come to an end`);
        this.#leaving = 'end';
      }
      if (this.#leaving) return;
      this.#one(statement);
    }
  }

  #one(statement: Statement): void {
    switch (statement.kind) {
      case 'command':
        this.#command(statement);
        return;
      case 'if':
        this.#if(statement);
        return;
      case 'for':
        this.#loop(() => this.#for(statement));
        return;
      case 'function':
        this.state.functions.set(statement.name, statement.body);
        return;
      default:
        this.#loop(() => this.#while(statement));
    }
  }

  #command({ words, block, line }: Statement & { kind: 'command' }): void {
    const [first, ...rest] = this.#expand(words);
    if (!first) return;
    const isInverted = first.text === '!' && rest.length > 0;
    const command = isInverted ? rest[0]! : first;
    const args = isInverted ? rest.slice(1) : rest;
    const status = this.#named(command, args, block, line);
    this.#status = isInverted && status !== undefined ? !status : status;
  }

  #named(
    { text: name, unknown }: Value,
    args: readonly Value[],
    block: readonly Statement[] | undefined,
    line: number,
  ): boolean | undefined {
    if (name === 'return' || ((name === 'break' || name === 'continue') && this.#loops > 0)) {
      this.#leaving = name;
      return name !== 'return' || args.length === 0 ? this.#status : args[0]!.text === '0';
    }
    const command = this.#commands.get(name);
    if (command) return command(this, args, block);
    const body = this.state.functions.get(name);
    if (body) return this.#call(body, args, `line ${line}`);
    if (this.state.functions.has(name)) {
      this.unsure(`line ${line}: which function ${name} is, is not known here`);
      return undefined;
    }
    const [, variable, value] = /^([^=]*)=(.*)$/s.exec(name) ?? [];
    if (variable === undefined) {
      this.tell(`line ${line}: ${name} is not known here`);
      return undefined;
    }
    this.state.set(variable, { text: value!, unknown });
    return true;
  }

  #call(body: readonly Statement[], args: readonly Value[], name: string): boolean | undefined {
    if (this.#calls >= MAXIMUM_CALLS) {
      this.tell(`${name}: functions and files call each other without an end`);
      return undefined;
    }
    const [before, loops] = [this.#arguments, this.#loops];
    [this.#arguments, this.#loops] = [args, 0];
    this.#calls += 1;
    this.#all(body);
    this.#calls -= 1;
    [this.#arguments, this.#loops] = [before, loops];
    if (this.#leaving === 'return') this.#leaving = undefined;
    return this.#status;
  }

  #if({ condition, then, otherwise, line }: Statement & { kind: 'if' }): void {
    this.#all(condition);
    if (this.#leaving) return;
    if (this.#status !== undefined) {
      this.#all(this.#status ? then : otherwise);
      return;
    }
    const why = `what line ${line} asks for is not known here`;
    this.#forks += 1;
    if (this.#forks > MAXIMUM_FORKS) {
      this.unsure(`line ${line}: too many conditions are not known`);
      this.#leaving = 'end';
      return;
    }
    const start = this.state;
    const ends = [then, otherwise].map((branch) => {
      this.state = new GrubState(start);
      this.#status = undefined;
      this.#all(branch);
      const left = this.#leaving;
      this.#leaving = undefined;
      return { state: this.state, left };
    });
    this.state = start;
    start.merge(ends[0]!.state, ends[1]!.state, why);
    this.#status = undefined;
    if (ends[0]!.left === ends[1]!.left) this.#leaving = ends[0]!.left;
    else this.unsure(`line ${line}: whether the script goes on behind it is not known here`);
  }

  #for({ name, words, body }: Statement & { kind: 'for' }): void {
    for (const value of this.#expand(words)) {
      this.state.set(name, value);
      this.#all(body);
      if (this.#isLeft()) return;
    }
  }

  #while({ kind, condition, body, line }: Statement & { kind: 'while' | 'until' }): void {
    for (;;) {
      this.#all(condition);
      if (this.#status === undefined) this.unsure(`line ${line}: how often it is repeated is not known here`);
      if (this.#leaving || this.#status !== (kind === 'while')) return;
      this.#all(body);
      if (this.#isLeft()) return;
    }
  }

  #loop(work: () => void): void {
    this.#loops += 1;
    work();
    this.#loops -= 1;
    if (this.#leaving === 'break' || this.#leaving === 'continue') this.#leaving = undefined;
  }

  /** Whether a loop ends here. */
  #isLeft(): boolean {
    if (this.#leaving === 'continue') this.#leaving = undefined;
    return this.#leaving !== undefined;
  }

  #expand(words: Parameters<typeof expand>[0]): Value[] {
    const expanded = expand(words, (name) => this.#values(name));
    this.#steps += words.reduce((sum, { parts }) => sum + parts.length, 0);
    this.charge(expanded.reduce((sum, { text }) => sum + text.length, 0) >> 4);
    return expanded;
  }

  #values(name: string): readonly Value[] {
    if (name === '?') return [this.#statusValue()];
    if (name === '#') return [known(`${this.#arguments.length}`)];
    if (name === '@') return this.#arguments;
    if (name === '*') return [join(this.#arguments, ' ')];
    if (/^\d+$/.test(name)) return [this.#arguments[Number(name) - 1] ?? known('')];
    return [this.value(name)];
  }

  #statusValue(): Value {
    if (this.#status === undefined) return unknownValue('?', '$?: the outcome of a command is not known');
    return known(this.#status ? '0' : '1');
  }
}

/** A value that has to be known to go on. */
export function knownText(value: Value | undefined): string | undefined {
  return value && isKnown(value) ? value.text : undefined;
}
