/**
 * Linux names are bytes. In memory they are strings: valid UTF-8 as itself, every other byte 0x80..0xFF as
 * the lone surrogate U+DC80..U+DCFF (the "surrogateescape" of Python's PEP 383), so that any name survives
 * the way through a string and back.
 */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes of a name, path or link target to the string that stands for them. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return escapeInvalid(bytes);
  }
}

/** The inverse of {@link decodeName}. */
export function encodeName(name: string): Uint8Array {
  if (!isEscaped(name)) return Buffer.from(name, 'utf8');
  const parts: Uint8Array[] = [];
  for (const character of name) {
    const code = character.codePointAt(0)!;
    const escaped = code >= 0xdc80 && code <= 0xdcff;
    parts.push(escaped ? Uint8Array.of(code - 0xdc00) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** True when the name holds bytes that are not UTF-8. */
export function isEscaped(name: string): boolean {
  return /\p{Surrogate}/u.test(name);
}

/** Orders names by their bytes, as `LC_ALL=C sort` does. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  // UTF-16 order and byte order agree below the surrogates.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is the point
  if (/^[\u0000-\ud7ff]*$/.test(a) && /^[\u0000-\ud7ff]*$/.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(encodeName(a), encodeName(b));
}

/** Sorts names in place by their bytes. */
export function sortNames(names: string[]): string[] {
  // The order of UTF-16 units, which sorting is fast in, is that of the bytes below the surrogates.
  return names.some((name) => /[\ud800-\uffff]/.test(name)) ? names.sort(compareNames) : names.sort();
}

function escapeInvalid(bytes: Uint8Array): string {
  let result = '';
  let start = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      result += strict.decode(bytes.subarray(start, at)) + String.fromCharCode(0xdc00 + bytes[at]!);
      start = at + 1;
    }
    at += length || 1;
  }
  return result + strict.decode(bytes.subarray(start));
}

/** Bytes of the well-formed UTF-8 sequence at a place (RFC 3629, section 4), 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const second = bytes[at + 1] ?? 0;
  // Not overlong, no surrogate, nothing above U+10FFFF.
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let next = at + 2; next < at + length; next += 1) {
    if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}
