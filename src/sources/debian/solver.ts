import type { Pause } from '../../host.ts';

/** A package by its number, from 1 on: positive when it is installed, negative when it is not. */
export type Literal = number;

/** One of its literals must hold. */
export interface Rule<T> {
  readonly literals: readonly Literal[];
  /** Where it comes from; undefined for what the solver has concluded itself. */
  readonly origin: T | undefined;
  /** True: when only one of its packages is left, that one waits for its turn in {@link Problem.next}. */
  readonly isPatient?: boolean;
  /** What it was concluded from. */
  readonly from?: readonly Rule<T>[];
}

/** Why nothing fulfils all rules. */
export class Contradiction<T> extends Error {
  /** Rules that cannot hold together, the one that failed first; those that were concluded are left out. */
  readonly rules: readonly Rule<T>[];

  constructor(rules: readonly Rule<T>[]) {
    super('no set of packages fulfils all rules');
    this.rules = rules;
  }
}

/** What the solver asks while it works. */
export interface Problem<T> {
  /** The rules that come with a package once it is installed. They must hold whether it is or not. */
  rulesOf(item: number): readonly Rule<T>[];
  /** The next package to install where some rule is open; undefined when all is well. */
  next(value: (literal: Literal) => boolean | undefined): number | undefined;
  /** Called when packages that were installed are taken back. */
  restart(): void;
}

/**
 * Finds packages that fulfil all rules: what follows is done, what does not is chosen by the problem, and what leads
 * to a contradiction is never chosen again (conflict-driven clause learning, as in MiniSat). Packages that no rule
 * and no choice asks for are not installed.
 */
export class Solver<T> {
  readonly #problem: Problem<T>;
  /** By package: 1 installed, -1 not, 0 open. */
  readonly #values: number[] = [0];
  readonly #levels: number[] = [0];
  readonly #reasons: (Rule<T> | undefined)[] = [undefined];
  /** By literal: the rules that hold it. */
  readonly #rules = new Map<Literal, Rule<T>[]>();
  /** What was decided, in this order. */
  readonly #trail: Literal[] = [];
  /** Where each choice stands in the trail. */
  readonly #choices: number[] = [];
  readonly #expanded = new Set<number>();
  #propagated = 0;

  constructor(problem: Problem<T>) {
    this.#problem = problem;
  }

  /**
   * @param rules that hold from the beginning
   * @param pause called after each package
   * @returns the packages that are installed, in the order in which that was found
   * @throws Contradiction
   */
  async solve(rules: readonly Rule<T>[], pause: Pause): Promise<number[]> {
    for (const rule of rules) this.#take(rule);
    while (true) {
      this.#propagate();
      if (await this.#expand(pause)) continue;
      const item = this.#problem.next((literal) => this.#value(literal));
      if (item === undefined) return this.#trail.filter((literal) => literal > 0);
      this.#choices.push(this.#trail.length);
      this.#assign(item, undefined);
      await pause();
    }
  }

  /** Adds the rules of what was installed since; tells whether there were any such packages. */
  async #expand(pause: Pause): Promise<boolean> {
    const fresh = this.#trail.filter((literal) => literal > 0 && !this.#expanded.has(literal));
    for (const item of fresh) {
      this.#expanded.add(item);
      for (const rule of this.#problem.rulesOf(item)) this.#take(rule);
      await pause();
    }
    return fresh.length > 0;
  }

  #take(rule: Rule<T>): void {
    for (const literal of rule.literals) {
      const rules = this.#rules.get(literal);
      if (rules) rules.push(rule);
      else this.#rules.set(literal, [rule]);
    }
    this.#check(rule);
  }

  #propagate(): void {
    while (this.#propagated < this.#trail.length) {
      const at = this.#propagated;
      this.#propagated += 1;
      for (const rule of this.#rules.get(-this.#trail[at]!) ?? []) {
        if (this.#check(rule)) continue;
        // The literal may have outlived the choices: the rest of its rules is still to be looked at.
        this.#propagated = Math.min(this.#propagated, at);
        break;
      }
    }
  }

  /** Does what follows from a rule; false when it was broken, and choices were taken back for it. */
  #check(rule: Rule<T>): boolean {
    let open: Literal | undefined;
    for (const literal of rule.literals) {
      const value = this.#value(literal);
      if (value === true) return true;
      if (value === false) continue;
      if (open !== undefined) return true;
      open = literal;
    }
    if (open !== undefined) {
      if (open < 0 || !rule.isPatient) this.#assign(open, rule);
      return true;
    }
    this.#learn(rule);
    return false;
  }

  /** Takes back choices until a broken rule can hold, and remembers what they have led to. */
  #learn(broken: Rule<T>): void {
    const level = Math.max(0, ...broken.literals.map((literal) => this.#levels[Math.abs(literal)]!));
    if (level === 0) throw new Contradiction(this.#involved(broken));
    this.#undo(level);
    const { literals, from } = this.#conclude(broken);
    const below = literals.slice(1).map((literal) => this.#levels[Math.abs(literal)]!);
    this.#undo(Math.max(0, ...below));
    const learned: Rule<T> = { literals, origin: undefined, from };
    for (const literal of literals) {
      const rules = this.#rules.get(literal);
      if (rules) rules.push(learned);
      else this.#rules.set(literal, [learned]);
    }
    this.#assign(literals[0]!, learned);
  }

  /** The first unique implication point: first one literal of the newest choice, then what it stood upon. */
  #conclude(broken: Rule<T>): { literals: Literal[]; from: Rule<T>[] } {
    const level = this.#choices.length;
    const seen = new Set<number>();
    const rest: Literal[] = [];
    const from: Rule<T>[] = [];
    let rule: Rule<T> | undefined = broken;
    let pending = 0;
    for (let at = this.#trail.length - 1; ; at -= 1) {
      if (rule) from.push(rule);
      for (const literal of rule?.literals ?? []) {
        const item = Math.abs(literal);
        if (seen.has(item) || this.#value(literal) !== false) continue;
        seen.add(item);
        if (this.#levels[item] === level) pending += 1;
        else if (this.#levels[item]! > 0) rest.push(literal);
      }
      while (!seen.has(Math.abs(this.#trail[at]!))) at -= 1;
      const found = this.#trail[at]!;
      pending -= 1;
      if (pending === 0) return { literals: [-found, ...rest], from };
      rule = this.#reasons[Math.abs(found)];
    }
  }

  /** The rules behind a broken one. */
  #involved(broken: Rule<T>): Rule<T>[] {
    const rules = new Set([broken]);
    for (const rule of rules) {
      for (const earlier of rule.from ?? []) rules.add(earlier);
      for (const literal of rule.literals) {
        const reason = this.#reasons[Math.abs(literal)];
        if (reason) rules.add(reason);
      }
    }
    return [...rules].filter(({ origin }) => origin !== undefined);
  }

  #value(literal: Literal): boolean | undefined {
    const value = this.#values[Math.abs(literal)] ?? 0;
    return value === 0 ? undefined : value > 0 === literal > 0;
  }

  #assign(literal: Literal, reason: Rule<T> | undefined): void {
    const item = Math.abs(literal);
    this.#values[item] = Math.sign(literal);
    this.#levels[item] = this.#choices.length;
    this.#reasons[item] = reason;
    this.#trail.push(literal);
  }

  /** Back to a number of choices. */
  #undo(level: number): void {
    if (this.#choices.length <= level) return;
    this.#problem.restart();
    const length = this.#choices[level]!;
    for (const literal of this.#trail.splice(length)) {
      const item = Math.abs(literal);
      this.#values[item] = 0;
      this.#reasons[item] = undefined;
      this.#levels[item] = 0;
    }
    this.#choices.length = level;
    this.#propagated = Math.min(this.#propagated, length);
  }
}
