/**
 * A table of all names in package indexes. An index of Alpine has 10 MB and 100,000 names, of which a resolution
 * looks at a few hundred: the bytes are walked once, names are kept as places in them, and nothing is decoded
 * before it is asked for.
 */

/** Field letters and marks of an index (apk-package(5)), as bytes. */
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const BANG = 0x21;
const COLON = 0x3a;
const NAME = 0x50; // P
const PROVIDES = 0x70; // p
const INSTALL_IF = 0x69; // i

/** True for the bytes that may end a name: a space, a line feed, `<`, `=`, `>`, `~`. */
const ENDS_NAME = new Uint8Array(256);
for (const byte of [SPACE, LINE_FEED, 0x3c, 0x3d, 0x3e, 0x7e]) ENDS_NAME[byte] = 1;

/** Names by their hash, each with the byte where it stands and the record it stands in. */
class NameIndex {
  #heads = new Int32Array(1 << 16).fill(-1);
  #next = new Int32Array(1 << 14);
  #hashes = new Int32Array(1 << 14);
  #places = new Int32Array(1 << 14);
  #records = new Int32Array(1 << 14);
  #count = 0;

  add(hash: number, place: number, record: number): void {
    if (this.#count === this.#next.length) this.#grow();
    const entry = this.#count++;
    this.#hashes[entry] = hash;
    this.#places[entry] = place;
    this.#records[entry] = record;
    this.#link(entry, hash);
  }

  /** The records in which a name stands, in their order; one that has it twice comes twice. */
  find(name: Uint8Array, text: Uint8Array): number[] {
    const hash = hashOf(name);
    const found: number[] = [];
    for (let entry = this.#heads[hash & (this.#heads.length - 1)]!; entry >= 0; entry = this.#next[entry]!) {
      if (this.#hashes[entry] === hash && standsAt(name, text, this.#places[entry]!)) {
        found.push(this.#records[entry]!);
      }
    }
    return found.reverse();
  }

  #link(entry: number, hash: number): void {
    const bucket = hash & (this.#heads.length - 1);
    this.#next[entry] = this.#heads[bucket]!;
    this.#heads[bucket] = entry;
  }

  #grow(): void {
    const length = this.#next.length * 2;
    this.#next = copyInto(new Int32Array(length), this.#next);
    this.#hashes = copyInto(new Int32Array(length), this.#hashes);
    this.#places = copyInto(new Int32Array(length), this.#places);
    this.#records = copyInto(new Int32Array(length), this.#records);
    if (length <= this.#heads.length * 2) return;
    this.#heads = new Int32Array(length).fill(-1);
    for (let entry = 0; entry < this.#count; entry += 1) this.#link(entry, this.#hashes[entry]!);
  }
}

/** The records of one index or of one database of installed packages. */
export class PackageTable {
  readonly text: Buffer;
  /** Where each record begins, and behind the last one where it ends. */
  #starts: Int32Array<ArrayBuffer> = new Int32Array(1 << 10);
  #names: Int32Array<ArrayBuffer> = new Int32Array(1 << 10);
  #count = 0;
  readonly #providers = new NameIndex();
  readonly #dependents = new NameIndex();

  /** @param text of an index or an installed database, in UTF-8 */
  constructor(text: Buffer) {
    this.text = text;
    this.#scan();
  }

  /** How many records there are. */
  get size(): number {
    return this.#count;
  }

  /** The records that have a name or provide it; one that does so twice comes twice. */
  providers(name: Uint8Array): number[] {
    return this.#providers.find(name, this.text);
  }

  /** The records that are to be installed if a name is, among other conditions. */
  installedWith(name: Uint8Array): number[] {
    return this.#dependents.find(name, this.text);
  }

  /** The lines of a record. */
  record(index: number): string {
    return this.text.toString('utf8', this.#starts[index]!, this.#starts[index + 1]!);
  }

  /** The names of all packages. */
  *packageNames(): Generator<string> {
    for (let index = 0; index < this.#count; index += 1) {
      const start = this.#names[index]!;
      yield this.text.toString('utf8', start, this.text.indexOf(LINE_FEED, start));
    }
  }

  #scan(): void {
    const { text } = this;
    const { length } = text;
    let at = 0;
    let start = -1;
    let name = -1;
    while (at < length) {
      const field = text[at]!;
      if (field === LINE_FEED) {
        if (name >= 0) this.#push(start, name);
        start = -1;
        name = -1;
        at += 1;
        continue;
      }
      if (start < 0) start = at;
      if (text[at + 1] === COLON) {
        if (field === NAME) {
          name = at + 2;
          at = this.#addNames(this.#providers, name);
        } else if (field === PROVIDES) at = this.#addNames(this.#providers, at + 2);
        else if (field === INSTALL_IF) at = this.#addNames(this.#dependents, at + 2);
      }
      while (at < length && text[at] !== LINE_FEED) at += 1;
      at += 1;
    }
    if (name >= 0) this.#push(start, name);
    this.#starts[this.#count] = length;
  }

  /** Adds the names of a line to an index; gives the line's end. */
  #addNames(index: NameIndex, from: number): number {
    const { text } = this;
    const { length } = text;
    let at = from;
    while (at < length && text[at] !== LINE_FEED) {
      if (text[at] === SPACE || text[at] === BANG) {
        at += 1;
        continue;
      }
      const place = at;
      let hash = FNV_OFFSET;
      for (let byte = text[at]!; at < length && ENDS_NAME[byte] === 0; byte = text[at]!) {
        hash = Math.imul(hash ^ byte, FNV_PRIME);
        at += 1;
      }
      index.add(hash, place, this.#count);
      while (at < length && text[at] !== SPACE && text[at] !== LINE_FEED) at += 1;
    }
    return at;
  }

  #push(start: number, name: number): void {
    if (this.#count + 1 === this.#starts.length) {
      this.#starts = copyInto(new Int32Array(this.#starts.length * 2), this.#starts);
      this.#names = copyInto(new Int32Array(this.#names.length * 2), this.#names);
    }
    this.#starts[this.#count] = start;
    this.#names[this.#count] = name;
    this.#count += 1;
  }
}

/** FNV-1a in 32 bits (Fowler, Noll and Vo). */
const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

function hashOf(name: Uint8Array): number {
  let hash = FNV_OFFSET;
  for (const byte of name) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash;
}

function standsAt(name: Uint8Array, text: Uint8Array, place: number): boolean {
  for (let index = 0; index < name.length; index += 1) {
    if (text[place + index] !== name[index]) return false;
  }
  const end = text[place + name.length];
  return end === undefined || ENDS_NAME[end] === 1;
}

function copyInto(target: Int32Array<ArrayBuffer>, source: Int32Array): Int32Array<ArrayBuffer> {
  target.set(source);
  return target;
}
