import fc from 'fast-check';

/** One change to some bytes; places and lengths are parts of their count, from 0 to 1. */
type Edit =
  | { readonly kind: 'flip'; readonly at: number; readonly mask: number }
  | { readonly kind: 'put' | 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'remove' | 'repeat' | 'zero'; readonly at: number; readonly length: number }
  | { readonly kind: 'cut'; readonly at: number };

/** What parsers stumble over: ends of lines and strings, signs, lengths at the edges of their types, other formats. */
const WORDS = [
  '\0',
  '\n',
  '\n\n',
  ' ',
  ':',
  '=',
  '/',
  '../',
  '-1',
  '0',
  '1e99',
  '0x10',
  '4294967296',
  '9007199254740993',
  '9'.repeat(40),
  '77777777777',
  'null',
  'true',
  '[]',
  '{}',
  '"',
  '\\u0000',
  '__proto__',
  '\xff\xff\xff\xff\xff\xff\xff\x7f',
  '\xff\xff\xff\xff',
  '\x80\0\0\0\0\0\0\0',
  '\xc0\xaf',
  '\xed\xa0\x80',
  '\x1f\x8b\x08',
  '(\xb5/\xfd',
  '\xfd7zXZ\0',
].map((text) => Buffer.from(text, 'latin1'));

/** Between one and a few changes. */
export function edits(): fc.Arbitrary<readonly Edit[]> {
  const at = fc.double({ min: 0, max: 1, noNaN: true });
  const length = fc.oneof(at, fc.constantFrom(0.001, 0.01, 0.1));
  const bytes = fc.oneof(fc.constantFrom(...WORDS), fc.uint8Array({ minLength: 1, maxLength: 9 }));
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at, mask: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ kind: fc.constantFrom('put' as const, 'insert' as const), at, bytes }),
    fc.record({ kind: fc.constantFrom('remove' as const, 'repeat' as const, 'zero' as const), at, length }),
    fc.record({ kind: fc.constant('cut' as const), at }),
  );
  return fc.array(edit, { minLength: 1, maxLength: 4 });
}

/** The bytes with the changes made to them, one after the other. */
export function mutate(bytes: Uint8Array, changes: readonly Edit[]): Buffer {
  return changes.reduce<Buffer>((before, change) => apply(before, change), Buffer.from(bytes));
}

function apply(bytes: Buffer, edit: Edit): Buffer {
  const at = Math.floor(edit.at * bytes.length);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (edit.kind) {
    case 'flip':
      return Buffer.concat([head, tail.subarray(0, 1).map((byte) => byte ^ edit.mask), tail.subarray(1)]);
    case 'put':
      return Buffer.concat([head, edit.bytes, tail.subarray(edit.bytes.length)]);
    case 'insert':
      return Buffer.concat([head, edit.bytes, tail]);
    case 'cut':
      return Buffer.from(head);
    default: {
      const part = tail.subarray(0, Math.ceil(edit.length * tail.length));
      const instead = {
        remove: Buffer.alloc(0),
        zero: Buffer.alloc(part.length),
        repeat: Buffer.concat([part, part]),
      };
      return Buffer.concat([head, instead[edit.kind], tail.subarray(part.length)]);
    }
  }
}
