import { damaged } from './packet.ts';

/** All that gpg passes over at the end of a line. */
const WHITE_SPACE = /[ \t\r]+$/;
const LINE = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * The bytes of an armored block (RFC 9580, section 6.2). A checksum is checked where there is one.
 *
 * @param lines between `-----BEGIN …-----` and `-----END …-----`
 * @throws RB_SIGNATURE_INVALID when it does not decode
 */
export function dearmor(lines: readonly string[], what: string): Uint8Array {
  const blank = lines.findIndex((line) => line.replace(WHITE_SPACE, '') === '');
  const isArmor = blank >= 0 && lines.slice(0, blank).every((line) => /^[A-Za-z]+: /.test(line));
  if (!isArmor) throw damaged(what);
  const body = lines.slice(blank + 1).map((line) => line.replace(WHITE_SPACE, ''));
  while (body.at(-1) === '') body.pop();
  const checksum = body.at(-1)?.startsWith('=') ? body.pop()!.slice(1) : undefined;
  const text = body.join('');
  if (!LINE.test(text) || text.length % 4 !== 0) throw damaged(what);
  const bytes = Buffer.from(text, 'base64');
  if (checksum !== undefined && checksum !== crc24(bytes)) throw damaged(what);
  return bytes;
}

/** The checksum of an armored block, in base64. */
function crc24(bytes: Uint8Array): string {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) {
      crc <<= 1;
      if (crc & 0x1000000) crc ^= 0x1864cfb;
    }
  }
  return Buffer.from([(crc >> 16) & 0xff, (crc >> 8) & 0xff, crc & 0xff]).toString('base64');
}
