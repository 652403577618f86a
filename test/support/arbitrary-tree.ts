import fc from 'fast-check';
import { decodeName } from '../../src/tree/name.ts';
import { arbitraryMetadata } from './arbitrary-metadata.ts';
import type { DirectoryRecipe, EntryRecipe, FileRecipe, MetadataRecipe } from './tree-recipe.ts';

/**
 * Everything that a Linux root can hold, small enough that a thousand trees take minutes.
 *
 * @param blockSize of the file system that is to hold it: what sets the bounds of targets and attributes
 */
export function arbitraryTree(blockSize: number): fc.Arbitrary<MetadataRecipe & DirectoryRecipe> {
  const { directory } = fc.letrec<{ entry: EntryRecipe; directory: MetadataRecipe & DirectoryRecipe }>(
    (tie) => ({
      entry: fc.oneof(
        { depthSize: 'small', maxDepth: 6 },
        { weight: 4, arbitrary: file(blockSize) },
        { weight: 2, arbitrary: symlink(blockSize) },
        { weight: 2, arbitrary: special(blockSize) },
        { weight: 2, arbitrary: fc.record({ type: fc.constant('link' as const), to: fc.nat(20) }) },
        { weight: 3, arbitrary: tie('directory') },
      ),
      directory: withMetadata(
        fc.record({
          type: fc.constant('directory' as const),
          children: fc.uniqueArray(fc.tuple(name(), tie('entry')), {
            maxLength: 12,
            selector: ([own]) => own,
            depthIdentifier: 'children',
          }),
        }),
        blockSize,
        'directory',
      ),
    }),
  );
  return fc.oneof(
    { weight: 20, arbitrary: directory },
    { weight: 1, arbitrary: crowded(directory) },
    { weight: 1, arbitrary: deep(directory) },
  );
}

/** Bytes but for `/` and NUL, as a name of src/tree/name.ts. */
function name(): fc.Arbitrary<string> {
  const byte = fc.integer({ min: 1, max: 255 }).map((value) => (value === 0x2f ? 0x5f : value));
  const anyBytes = fc.uint8Array({ min: 1, max: 255, minLength: 1, maxLength: 255 });
  return fc
    .oneof(
      { weight: 4, arbitrary: fc.string({ minLength: 1, maxLength: 20 }).map(utf8) },
      { weight: 2, arbitrary: fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }).map(utf8) },
      {
        weight: 2,
        arbitrary: fc.array(byte, { minLength: 1, maxLength: 30 }).map((list) => Uint8Array.from(list)),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(byte, fc.constantFrom(254, 255))
          .map(([value, length]) => new Uint8Array(length).fill(value)),
      },
      { weight: 1, arbitrary: anyBytes },
      {
        weight: 1,
        arbitrary: fc.constantFrom('lost+found', '...', ' ', '-n', '\n', '"', '\\', '\x7f').map(utf8),
      },
    )
    .map((bytes) =>
      decodeName(bytes.map((value) => (value === 0x2f || value === 0 ? 0x5f : value)).subarray(0, 255)),
    )
    .map((text) => (text === '.' || text === '..' ? `${text}dot` : text));
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function symlink(blockSize: number): fc.Arbitrary<EntryRecipe> {
  const longest = Math.min(4095, blockSize - 1);
  const length = fc.oneof(
    fc.integer({ min: 1, max: 70 }),
    fc.constantFrom(59, 60, 61, longest - 1, longest),
    fc.integer({ min: 1, max: longest }),
  );
  const bytes = fc.uint8Array({ min: 1, max: 255, minLength: 1, maxLength: 8 });
  const target = fc.tuple(bytes, length).map(([unit, count]) => {
    return decodeName(Uint8Array.from({ length: count }, (_, at) => unit[at % unit.length]!));
  });
  return withMetadata(fc.record({ type: fc.constant('symlink' as const), target }), blockSize, 'other');
}

function special(blockSize: number): fc.Arbitrary<EntryRecipe> {
  const major = fc.oneof(fc.nat(4095), fc.constantFrom(0, 255, 256, 4095));
  const minor = fc.oneof(fc.nat(0xf_ffff), fc.constantFrom(0, 255, 256, 0xf_ffff));
  const device = fc.record({ type: fc.constantFrom('char' as const, 'block' as const), major, minor });
  const pipe = fc.record({ type: fc.constantFrom('fifo' as const, 'socket' as const) });
  return withMetadata(fc.oneof(device, pipe), blockSize, 'other');
}

function file(blockSize: number): fc.Arbitrary<EntryRecipe> {
  const size = fc.oneof(
    { weight: 3, arbitrary: fc.nat(3 * blockSize) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.nat(14), fc.constantFrom(-1, 0, 1))
        .map(([count, more]) => Math.max(0, count * blockSize + more)),
    },
    { weight: 1, arbitrary: fc.nat(150_000) },
  );
  const dense = fc.record({ type: fc.constant('file' as const), size, seed: fc.nat(1000) });
  const content = fc.oneof(
    { weight: 5, arbitrary: dense },
    {
      weight: 3,
      arbitrary: dense.chain((whole) => ranges(whole.size).map((data) => ({ ...whole, data }))),
    },
    { weight: 1, arbitrary: comb(blockSize) },
  );
  return withMetadata<FileRecipe>(content, blockSize, 'file');
}

/** Up to six ranges with gaps between them, sorted and disjoint, of any alignment; often reaching to an end. */
function ranges(size: number): fc.Arbitrary<[number, number][]> {
  if (size === 0) return fc.constant([]);
  const edges = fc.uniqueArray(fc.oneof(fc.nat(size), fc.constantFrom(0, size)), { maxLength: 12 });
  return edges.map((list) => {
    const sorted = list.sort((a, b) => a - b);
    const pairs: [number, number][] = [];
    for (let at = 0; at + 1 < sorted.length; at += 2)
      pairs.push([sorted[at]!, sorted[at + 1]! - sorted[at]!]);
    return pairs;
  });
}

/** A far larger file of many pieces with holes between: trees of extents, and blocks of blocks of pointers. */
function comb(blockSize: number): fc.Arbitrary<FileRecipe> {
  const shape = fc.record({
    teeth: fc.integer({ min: 1, max: 400 }),
    step: fc.integer({ min: 2, max: 3000 }),
    seed: fc.nat(1000),
    tail: fc.nat(2),
  });
  return shape.map(({ teeth, step, seed, tail }) => {
    const data = Array.from({ length: teeth }, (_, at): [number, number] => [at * step * blockSize, 7]);
    return {
      type: 'file' as const,
      size: ((teeth - 1) * step + 1 + tail * step) * blockSize - 5,
      seed,
      data,
    };
  });
}

/** Enough names for an index of several blocks. */
function crowded(
  directory: fc.Arbitrary<MetadataRecipe & DirectoryRecipe>,
): fc.Arbitrary<MetadataRecipe & DirectoryRecipe> {
  return fc.tuple(directory, fc.integer({ min: 0, max: 500 })).map(([own, crowd]) => ({ ...own, crowd }));
}

/** Directories within directories, the tree at their bottom. */
function deep(
  directory: fc.Arbitrary<MetadataRecipe & DirectoryRecipe>,
): fc.Arbitrary<MetadataRecipe & DirectoryRecipe> {
  return fc.tuple(directory, fc.integer({ min: 0, max: 60 }), name()).map(([bottom, levels, own]) => {
    let top = bottom;
    for (let level = 0; level < levels; level += 1)
      top = { type: 'directory', mode: 0o755, children: [[own, top]] };
    return top;
  });
}

function withMetadata<T extends object>(
  what: fc.Arbitrary<T>,
  blockSize: number,
  kind: 'file' | 'directory' | 'other',
): fc.Arbitrary<T & MetadataRecipe> {
  return fc.tuple(what, arbitraryMetadata(blockSize, kind)).map(([own, meta]) => ({ ...own, ...meta }));
}
