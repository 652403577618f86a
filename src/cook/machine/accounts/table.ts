import type { FileDefaults, MachineRoot } from '../machine-root.ts';

/** A file of /etc with a record on each line and fields between colons: passwd(5), shadow(5), group(5), gshadow(5). */
export class AccountTable {
  readonly #root: MachineRoot;
  readonly #path: string;
  readonly #defaults: FileDefaults;
  readonly #lines: string[];
  #isChanged = false;

  constructor(root: MachineRoot, path: string, defaults: FileDefaults = {}) {
    this.#root = root;
    this.#path = path;
    this.#defaults = defaults;
    this.#lines = (root.read(path) ?? '').split('\n').filter((line) => line !== '');
  }

  /** The fields of all records, their names first. */
  get records(): string[][] {
    return this.#lines.map((line) => line.split(':'));
  }

  find(name: string): string[] | undefined {
    return this.records.find(([first]) => first === name);
  }

  /** Puts a record in the place of the one of its name, or at the end. */
  set(record: readonly string[]): void {
    const line = record.join(':');
    const at = this.#lines.findIndex((other) => other.startsWith(`${record[0]}:`));
    if (this.#lines[at] === line) return;
    if (at >= 0) this.#lines[at] = line;
    else this.#lines.push(line);
    this.#isChanged = true;
  }

  /** Changes one field of a record that is there. */
  setField(name: string, field: number, value: string): void {
    const record = this.find(name);
    if (record) this.set(record.with(field, value));
  }

  /** Writes the file when something has changed. */
  save(): void {
    if (!this.#isChanged) return;
    this.#root.write(this.#path, `${this.#lines.join('\n')}\n`, this.#defaults);
  }
}
