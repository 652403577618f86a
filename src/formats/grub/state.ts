import type { Statement } from './parser.ts';
import { known, type Value } from './value.ts';

/** What an entry hands to Linux. Paths may have their device in front. */
export interface GrubBoot {
  kernel?: Value;
  /** As written behind the kernel. */
  options: Value;
  initrds: readonly Value[];
  /** Device that paths without one are on. */
  root: Value;
  /** Another thing than Linux: the command that starts it. */
  other?: string;
}

/** An entry or a submenu, before it is chosen. */
export interface GrubItem {
  readonly kind: 'entry' | 'submenu';
  readonly title: Value;
  readonly id: Value;
  readonly args: readonly Value[];
  readonly body: readonly Statement[];
  /** Why it may not be in the menu. */
  readonly conditions: readonly string[];
}

/** Variables beyond this are none that a person or a tool sets. */
const MAXIMUM_VARIABLES = 512;

/** All that a script changes; branches that may or may not be taken have one each. */
export class GrubState {
  readonly variables: Map<string, Value>;
  readonly exported: Set<string>;
  /** Undefined where it is not known which function a name means. */
  readonly functions: Map<string, readonly Statement[] | undefined>;
  menu: readonly GrubItem[];
  boot: GrubBoot | undefined;

  constructor(from?: GrubState) {
    this.variables = new Map(from?.variables);
    this.exported = new Set(from?.exported ?? ['root', 'prefix']);
    this.functions = new Map(from?.functions);
    this.menu = from?.menu ?? [];
    this.boot = from?.boot && { ...from.boot };
  }

  set(name: string, value: Value): void {
    if (this.variables.size < MAXIMUM_VARIABLES || this.variables.has(name)) this.variables.set(name, value);
  }

  /** What an entry begins with. */
  branch(): GrubState {
    const branch = new GrubState(this);
    branch.boot = undefined;
    return branch;
  }

  /** What a submenu begins with: the variables that are exported. */
  inner(): GrubState {
    const inner = new GrubState(this);
    for (const name of inner.variables.keys()) if (!inner.exported.has(name)) inner.variables.delete(name);
    inner.menu = [];
    inner.boot = undefined;
    return inner;
  }

  /** Takes over what holds in both of two branches; `why` says why it is not known which of them is taken. */
  merge(one: GrubState, two: GrubState, why: string): void {
    const before = this.menu.length;
    const names = new Set([...one.variables.keys(), ...two.variables.keys()]);
    for (const name of names) {
      const [a, b] = [one.variables.get(name), two.variables.get(name)];
      if (a && b && isSame(a, b)) this.variables.set(name, a);
      else this.variables.set(name, { text: `$${name}`, unknown: [`$${name}: ${why}`] });
    }
    for (const name of this.variables.keys()) if (!names.has(name)) this.variables.delete(name);
    for (const state of [one, two]) {
      for (const name of state.exported) this.exported.add(name);
    }
    for (const name of new Set([...one.functions.keys(), ...two.functions.keys()])) {
      const body = one.functions.get(name);
      this.functions.set(name, body === two.functions.get(name) ? body : undefined);
    }
    const added = [...one.menu.slice(before), ...two.menu.slice(before)];
    this.menu = [
      ...this.menu,
      ...added.map((item) => ({ ...item, conditions: [...item.conditions, `in the menu or not: ${why}`] })),
    ];
    this.boot = mergedBoot(one.boot, two.boot, why);
  }
}

function isSame(a: Value, b: Value): boolean {
  return a.text === b.text && a.unknown.join('\n') === b.unknown.join('\n');
}

function mergedBoot(a: GrubBoot | undefined, b: GrubBoot | undefined, why: string): GrubBoot | undefined {
  if (JSON.stringify(a) === JSON.stringify(b)) return a;
  return {
    kernel: { text: '', unknown: [`the kernel: ${why}`] },
    options: known(''),
    initrds: [],
    root: known(''),
  };
}
