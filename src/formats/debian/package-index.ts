import { pacer } from '../../host.ts';
import { parseStanza } from '../deb/control.ts';
import { IndexedPackage } from './indexed-package.ts';

/** In characters of an index, between two turns of the event loop. */
const BREATH = 4 << 20;
const STRETCH = 1 << 20;

/**
 * A `Packages` file, of any size: one pass finds where its stanzas are and what they provide; a stanza is
 * parsed when its package is asked for.
 */
export class PackageIndex {
  readonly #text: string;
  /** Of the stanzas, by the package's name. */
  readonly #starts = new Map<string, number | number[]>();
  readonly #providers = new Map<string, number[]>();
  readonly #parsed = new Map<number, IndexedPackage>();

  private constructor(text: string) {
    this.#text = text;
  }

  /** Reads an index; the event loop turns meanwhile. */
  static async read(bytes: Uint8Array): Promise<PackageIndex> {
    // Everything that is looked at is ASCII; descriptions need not be.
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const index = new PackageIndex(text);
    const breathe = pacer(BREATH);
    await breathe(BREATH);
    for (const length of index.#scan()) await breathe(length);
    return index;
  }

  /** How many names there are. */
  get size(): number {
    return this.#starts.size;
  }

  names(): IterableIterator<string> {
    return this.#starts.keys();
  }

  /** All packages of a name, in the order of the file. */
  named(name: string): IndexedPackage[] {
    const starts = this.#starts.get(name);
    if (starts === undefined) return [];
    return typeof starts === 'number' ? [this.#at(starts)] : starts.map((start) => this.#at(start));
  }

  /** All packages that provide a name, in the order of the file. */
  providing(name: string): IndexedPackage[] {
    return (this.#providers.get(name) ?? []).map((start) => this.#at(start));
  }

  /** Gives the lengths of stretches that it has gone through. */
  *#scan(): Generator<number> {
    const text = this.#text;
    let provides = text.indexOf('\nProvides:');
    let told = 0;
    for (let start = 0; start < text.length; ) {
      if (start - told >= STRETCH) {
        yield start - told;
        told = start;
      }
      const found = text.indexOf('\n\n', start);
      const end = found < 0 ? text.length : found;
      const name = this.#nameAt(start, end);
      if (name !== undefined) this.#add(name, start);
      for (; provides >= 0 && provides < end; provides = text.indexOf('\nProvides:', provides + 1)) {
        if (provides > start) this.#addProvider(start, provides + '\nProvides:'.length);
      }
      start = end;
      while (text.charCodeAt(start) === 10) start += 1;
    }
  }

  #nameAt(start: number, end: number): string | undefined {
    const text = this.#text;
    const field = text.startsWith('Package:', start) ? start : text.indexOf('\nPackage:', start) + 1;
    if (field < start || field >= end) return undefined;
    const newline = text.indexOf('\n', field);
    return text.slice(field + 'Package:'.length, newline < 0 ? end : newline).trim();
  }

  #add(name: string, start: number): void {
    const before = this.#starts.get(name);
    if (before === undefined) this.#starts.set(name, start);
    else this.#starts.set(name, typeof before === 'number' ? [before, start] : [...before, start]);
  }

  #addProvider(start: number, at: number): void {
    const field = /[^\n]*(?:\n[ \t][^\n]*)*/y;
    field.lastIndex = at;
    for (const relation of field.exec(this.#text)![0].split(',')) {
      const name = /^\s*([^\s:(]+)/.exec(relation)?.[1];
      if (name === undefined) continue;
      const starts = this.#providers.get(name);
      if (!starts) this.#providers.set(name, [start]);
      else if (starts.at(-1) !== start) starts.push(start);
    }
  }

  #at(start: number): IndexedPackage {
    let parsed = this.#parsed.get(start);
    if (!parsed) {
      const end = this.#text.indexOf('\n\n', start);
      parsed = new IndexedPackage(parseStanza(this.#text.slice(start, end < 0 ? undefined : end)));
      this.#parsed.set(start, parsed);
    }
    return parsed;
  }
}
