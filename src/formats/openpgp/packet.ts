import { RootlessBakeError } from '../../errors.ts';

/** A packet of OpenPGP (RFC 9580, section 4). */
export interface Packet {
  readonly tag: number;
  readonly body: Uint8Array;
}

/** Packet types (RFC 9580, section 5). */
export const TAG = { signature: 2, publicKey: 6, userId: 13, publicSubkey: 14, userAttribute: 17 } as const;

/**
 * Splits bytes into packets.
 *
 * @throws RB_SIGNATURE_INVALID when they are none, are cut off, or are of lengths that only streams have
 */
export function readPackets(bytes: Uint8Array, what: string): Packet[] {
  const reader = new ByteReader(bytes, what);
  const packets: Packet[] = [];
  while (reader.left > 0) {
    const header = reader.number(1);
    if ((header & 0x80) === 0) throw damaged(what);
    const isNew = (header & 0x40) !== 0;
    const length = isNew ? newLength(reader) : oldLength(reader, header & 3);
    packets.push({ tag: isNew ? header & 0x3f : (header >> 2) & 0xf, body: reader.bytes(length) });
  }
  return packets;
}

/** Reads big-endian fields one behind the other. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #position = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  get position(): number {
    return this.#position;
  }

  get left(): number {
    return this.#bytes.length - this.#position;
  }

  /** An unsigned number of at most 4 bytes. */
  number(length: number): number {
    return this.bytes(length).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** @throws RB_SIGNATURE_INVALID when there are fewer */
  bytes(length: number): Uint8Array {
    if (length < 0 || length > this.left) throw damaged(this.#what);
    this.#position += length;
    return this.#bytes.subarray(this.#position - length, this.#position);
  }

  /** A multiprecision integer: a count of bits, and the bytes that hold them. */
  integer(): Uint8Array {
    return this.bytes((this.number(2) + 7) >> 3);
  }
}

/** The error for OpenPGP data that does not parse. */
export function damaged(what: string): RootlessBakeError {
  return new RootlessBakeError('RB_SIGNATURE_INVALID', `${what} is damaged: it does not parse as OpenPGP`, {
    hint: 'download it again',
  });
}

/** The one, two or five bytes of a length; partial ones (224 to 254) are for streams. */
export function newLength(reader: ByteReader): number {
  const first = reader.number(1);
  if (first < 192) return first;
  if (first < 224) return (first - 192) * 256 + reader.number(1) + 192;
  return first === 255 ? reader.number(4) : Number.POSITIVE_INFINITY;
}

function oldLength(reader: ByteReader, type: number): number {
  return type === 3 ? Number.POSITIVE_INFINITY : reader.number(1 << type);
}
