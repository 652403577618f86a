/**
 * apk keeps names in a hash table and walks it bucket by bucket, which decides in what order it looks at packages
 * that depend on one name. To install in the same order, the same walk is made here: MurmurHash3 (Austin Appleby,
 * public domain; the 32-bit variant) over the name, 20,000 buckets, the latest name first in each.
 */

const SEED = 5381;
const BUCKETS = 20_000;

/** The place of a name in the walk; names with the same one follow each other, the later known first. */
export function bucketOf(name: string): number {
  return murmur3(Buffer.from(name, 'utf8')) % BUCKETS;
}

/** Gathers what goes by names, to give it in the order of apk's table: what is added earlier to a bucket comes first. */
export class NameWalk<T> {
  readonly #buckets = new Array<T[] | undefined>(BUCKETS);

  add(name: { readonly bucket: number }, value: T): void {
    const bucket = this.#buckets[name.bucket];
    if (bucket) bucket.push(value);
    else this.#buckets[name.bucket] = [value];
  }

  *[Symbol.iterator](): Generator<T> {
    for (const bucket of this.#buckets) if (bucket) yield* bucket;
  }
}

function murmur3(key: Uint8Array): number {
  const whole = key.length & ~3;
  let hash = SEED;
  for (let at = 0; at < whole; at += 4) {
    const word = key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24);
    hash ^= scramble(word);
    hash = (Math.imul(rotate(hash, 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = key.length - 1; at >= whole; at -= 1) tail = (tail << 8) | key[at]!;
  if (key.length > whole) hash ^= scramble(tail);
  hash ^= key.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(word: number): number {
  return Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
