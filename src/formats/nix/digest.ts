/** The digits of Nix's base 32: no e, o, u and t (nix, src/libutil/hash.cc). */
export const DIGITS = '0123456789abcdfghijklmnpqrsvwxyz';

const SHA256_BYTES = 32;

/** Bytes in Nix's base 32: 5 bits for each digit, from the end of the bytes to their beginning. */
export function nix32(bytes: Uint8Array): string {
  let text = '';
  for (let digit = Math.ceil((bytes.length * 8) / 5) - 1; digit >= 0; digit -= 1) {
    const [byte, bit] = [Math.floor((digit * 5) / 8), (digit * 5) % 8];
    const pair = bytes[byte]! | ((bytes[byte + 1] ?? 0) << 8);
    text += DIGITS[(pair >> bit) & 31];
  }
  return text;
}

/**
 * A sha256 as Nix writes it: `sha256:` and base 16, 32 or 64, or the SRI form `sha256-` and base64.
 *
 * @returns hex; undefined for anything else
 */
export function parseDigest(text: string): string | undefined {
  const digits = /^sha256[:-](.+)$/.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const isSri = text.startsWith('sha256-');
  if (!isSri && /^[0-9a-f]{64}$/i.test(digits)) return digits.toLowerCase();
  if (/^[A-Za-z0-9+/]{43}=$/.test(digits)) {
    const bytes = Buffer.from(digits, 'base64');
    return bytes.toString('base64') === digits ? bytes.toString('hex') : undefined;
  }
  return isSri ? undefined : fromNix32(digits);
}

function fromNix32(text: string): string | undefined {
  const bytes = new Uint8Array(SHA256_BYTES);
  if (text.length !== 52) return undefined;
  for (const [index, character] of [...text].reverse().entries()) {
    const value = DIGITS.indexOf(character);
    if (value < 0) return undefined;
    const [byte, bit] = [Math.floor((index * 5) / 8), (index * 5) % 8];
    const pair = value << bit;
    bytes[byte]! |= pair & 0xff;
    if (pair <= 0xff) continue;
    if (byte + 1 >= bytes.length) return undefined;
    bytes[byte + 1]! |= pair >> 8;
  }
  return Buffer.from(bytes).toString('hex');
}
