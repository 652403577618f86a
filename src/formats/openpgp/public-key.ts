import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { ByteReader } from './packet.ts';

/** Public-key algorithms that are read (RFC 9580, section 9.1). */
export const ALGORITHM = { rsa: 1, rsaSign: 3, eddsa: 22, ed25519: 27 } as const;

/** The object identifier of Ed25519 in keys of the algorithm `eddsa`, 1.3.6.1.4.1.11591.15.1. */
const ED25519 = Buffer.from('2b06010401da470f01', 'hex');

/** A key of version 4, primary or not. */
export interface PublicKey {
  /** In upper-case hex. */
  readonly fingerprint: string;
  readonly algorithm: number;
  /** In seconds since 1970. */
  readonly created: number;
  /** Bytes of RSA's modulus, 32 for Ed25519. */
  readonly bytes: number;
  /** Absent for algorithms that are not read, and for numbers that make no key. */
  readonly key: KeyObject | undefined;
  /** As it goes into what is signed. */
  readonly signed: Uint8Array;
}

/**
 * Parses a key packet.
 *
 * @returns undefined for versions other than 4
 * @throws RB_SIGNATURE_INVALID when it is cut off
 */
export function parsePublicKey(body: Uint8Array, what: string): PublicKey | undefined {
  const reader = new ByteReader(body, what);
  if (reader.number(1) !== 4) return undefined;
  const created = reader.number(4);
  const number = reader.number(1);
  const algorithm = number === ALGORITHM.rsaSign ? ALGORITHM.rsa : number;
  const signed = Buffer.concat([Buffer.from([0x99, body.length >> 8, body.length & 0xff]), body]);
  const fingerprint = createHash('sha1').update(signed).digest('hex').toUpperCase();
  const { key, bytes } = readKey(algorithm, reader);
  return { fingerprint, algorithm, created, bytes, key, signed };
}

function readKey(algorithm: number, reader: ByteReader): Pick<PublicKey, 'key' | 'bytes'> {
  if (algorithm === ALGORITHM.rsa) {
    const [n, e] = [reader.integer(), reader.integer()];
    return { key: jwk({ kty: 'RSA', n: base64(n), e: base64(e) }), bytes: n.length };
  }
  const point = algorithm === ALGORITHM.eddsa ? readPoint(reader) : undefined;
  const x = algorithm === ALGORITHM.ed25519 ? reader.bytes(32) : point;
  return { key: x && jwk({ kty: 'OKP', crv: 'Ed25519', x: base64(x) }), bytes: 32 };
}

/** The point of a key of the algorithm `eddsa`: 0x40 and 32 bytes. */
function readPoint(reader: ByteReader): Uint8Array | undefined {
  const curve = reader.bytes(reader.number(1));
  const point = reader.integer();
  return ED25519.equals(curve) && point.length === 33 && point[0] === 0x40 ? point.subarray(1) : undefined;
}

/** Undefined for numbers that make no key. */
function jwk(key: { kty: string; n?: string; e?: string; crv?: string; x?: string }): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
