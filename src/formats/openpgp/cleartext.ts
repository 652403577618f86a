import { RootlessBakeError } from '../../errors.ts';
import { dearmor } from './armor.ts';
import { damaged, readPackets, TAG } from './packet.ts';
import { parseSignature, type Signature } from './signature.ts';

/** A document with the signatures below it (RFC 9580, section 7). */
export interface Cleartext {
  /** The document as it is signed: lines without trailing white space, ended by CR LF but for the last one. */
  readonly canonical: Uint8Array;
  /** The same lines, ended by LF. */
  readonly text: string;
  /** Those of version 4. */
  readonly signatures: readonly Signature[];
}

const BEGIN = '-----BEGIN PGP SIGNED MESSAGE-----';
const SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const END = '-----END PGP SIGNATURE-----';

/**
 * Takes a cleartext-signed file apart. There must be nothing before it, behind it, or between its parts: only what
 * is signed is ever given.
 *
 * @param what names it in errors
 * @throws RB_SIGNATURE_INVALID when it is not signed, or not laid out so
 */
export function parseCleartext(bytes: Uint8Array, what: string): Cleartext {
  const whole = Buffer.from(bytes).toString('latin1').split('\n');
  const lines = whole.map(trimEnd);
  if (lines[0] !== BEGIN) throw notSigned(what);
  const blank = lines.indexOf('');
  // A header of another kind, or a line in its place, would be shown to readers without being signed.
  const isHead = blank > 0 && lines.slice(1, blank).every((line) => HASH_HEADER.test(line));
  const start = lines.indexOf(SIGNATURE);
  const end = lines.indexOf(END);
  const isTail = lines.slice(end + 1).every((line) => line === '');
  if (!isHead || start < blank || end < start || !isTail) throw damaged(what);
  const signed = whole.slice(blank + 1, start).map((line) => trimEnd(unescapeDash(line, what)));
  return {
    canonical: Buffer.from(signed.join('\r\n'), 'latin1'),
    text: Buffer.from(`${signed.join('\n')}\n`, 'latin1').toString('utf8'),
    signatures: readSignatures(lines.slice(start + 1, end), what),
  };
}

function readSignatures(lines: readonly string[], what: string): Signature[] {
  const packets = readPackets(dearmor(lines, what), what);
  if (packets.some(({ tag }) => tag !== TAG.signature)) throw damaged(what);
  return packets.map(({ body }) => parseSignature(body, what)).filter((signature) => signature !== undefined);
}

/** Names of digests, as RFC 4880 has them in section 9.4; which one counts is in the signature. */
const DIGEST = '(?:MD5|SHA1|RIPEMD160|SHA(?:224|256|384|512))';
const HASH_HEADER = new RegExp(`^Hash: +${DIGEST}(?: *, *${DIGEST})*$`);

/** Of all that may stand at the end of a line, spaces, tabs and carriage returns are not signed. */
function trimEnd(line: string): string {
  let end = line.length;
  while (end > 0 && ' \t\r'.includes(line[end - 1]!)) end -= 1;
  return line.slice(0, end);
}

function unescapeDash(line: string, what: string): string {
  if (!line.startsWith('-')) return line;
  if (line.startsWith('- ')) return line.slice(2);
  throw damaged(what);
}

function notSigned(what: string): RootlessBakeError {
  return new RootlessBakeError('RB_SIGNATURE_INVALID', `${what} is not signed`, {
    hint: 'check the mirror: what it sends is no InRelease file',
  });
}
