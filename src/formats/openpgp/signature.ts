import { createHash, verify } from 'node:crypto';
import { ByteReader, newLength } from './packet.ts';
import { ALGORITHM, type PublicKey } from './public-key.ts';

/** Signature types (RFC 9580, section 5.2.1). */
export const TYPE = {
  text: 0x01,
  certifications: [0x10, 0x11, 0x12, 0x13],
  subkeyBinding: 0x18,
  primaryKeyBinding: 0x19,
  directKey: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
} as const;

/** A signature packet of version 4 (RFC 9580, section 5.2.3). Times are in seconds since 1970. */
export interface Signature {
  readonly type: number;
  readonly keyAlgorithm: number;
  readonly hashAlgorithm: number;
  /** When it was made; as the rest, from what is signed. */
  readonly created: number | undefined;
  readonly expires: number | undefined;
  /** How long the key is valid from when it was made, in seconds. */
  readonly keyLifetime: number | undefined;
  readonly keyFlags: number | undefined;
  /** Whether it asks for something that is not known here, and must not be believed then. */
  readonly isBeyond: boolean;
  /** The key's fingerprint or its last 8 bytes, in upper-case hex. */
  readonly issuers: readonly string[];
  /** The signature of a subkey on its primary key. */
  readonly embedded: Uint8Array | undefined;
  /** What of the packet is signed itself. */
  readonly hashed: Uint8Array;
  /** The first two bytes of the digest. */
  readonly check: Uint8Array;
  /** The rest: the algorithm's own numbers. */
  readonly value: Uint8Array;
}

/** Digest algorithms that are believed (RFC 9580, section 9.5). MD5, SHA-1 and RIPEMD-160 can be forged. */
const HASHES: ReadonlyMap<number, string> = new Map([
  [8, 'sha256'],
  [9, 'sha384'],
  [10, 'sha512'],
]);

const SHA1 = 2;

/** Subpacket types (RFC 9580, section 5.2.3.7). */
const SUBPACKET = {
  created: 2,
  expires: 3,
  keyLifetime: 9,
  issuer: 16,
  keyFlags: 27,
  embedded: 32,
  issuerFingerprint: 33,
} as const;

/** Others that may be marked as critical: they do not change what a signature says of a document or a key. */
const HARMLESS = new Set([4, 7, 11, 21, 22, 23, 24, 25, 26, 28, 29, 30]);

/**
 * Parses a signature packet.
 *
 * @returns undefined for versions other than 4
 * @throws RB_SIGNATURE_INVALID when it is cut off
 */
export function parseSignature(body: Uint8Array, what: string): Signature | undefined {
  const reader = new ByteReader(body, what);
  if (reader.number(1) !== 4) return undefined;
  const [type, keyAlgorithm, hashAlgorithm] = [reader.number(1), reader.number(1), reader.number(1)];
  const signed = readSubpackets(reader.bytes(reader.number(2)), what);
  const hashed = body.subarray(0, reader.position);
  const unsigned = readSubpackets(reader.bytes(reader.number(2)), what);
  const seconds = (id: number) => number(signed.values.get(id));
  const created = seconds(SUBPACKET.created);
  const lifetime = seconds(SUBPACKET.expires);
  const keyLifetime = seconds(SUBPACKET.keyLifetime);
  return {
    type,
    keyAlgorithm,
    hashAlgorithm,
    created,
    expires: created !== undefined && lifetime ? created + lifetime : undefined,
    keyLifetime: keyLifetime || undefined,
    keyFlags: signed.values.get(SUBPACKET.keyFlags)?.[0],
    isBeyond: signed.isBeyond,
    issuers: [...issuersOf(signed.values), ...issuersOf(unsigned.values)],
    embedded: signed.values.get(SUBPACKET.embedded) ?? unsigned.values.get(SUBPACKET.embedded),
    hashed,
    check: reader.bytes(2),
    value: reader.bytes(reader.left),
  };
}

/** Whether a digest algorithm is one that is believed. */
export function isStrong({ hashAlgorithm }: Signature): boolean {
  return HASHES.has(hashAlgorithm);
}

/**
 * Whether a key has made a signature over some data. Weak digest algorithms count as no.
 *
 * @param revoking takes SHA-1 as well: to forge the end of a key helps nobody
 */
export function isSignedBy(
  signature: Signature,
  key: PublicKey,
  data: readonly Uint8Array[],
  { revoking = false }: { revoking?: boolean } = {},
): boolean {
  const { hashed, hashAlgorithm, keyAlgorithm, check } = signature;
  const name = HASHES.get(hashAlgorithm) ?? (revoking && hashAlgorithm === SHA1 ? 'sha1' : undefined);
  if (name === undefined || !key.key || !isFor(keyAlgorithm, key)) return false;
  const trailer = Buffer.from([4, 0xff, 0, 0, 0, 0]);
  trailer.writeUInt32BE(hashed.length, 2);
  const message = Buffer.concat([...data, hashed, trailer]);
  const digest = createHash(name).update(message).digest();
  if (digest[0] !== check[0] || digest[1] !== check[1]) return false;
  const value = signatureValue(signature, key);
  if (!value) return false;
  return key.algorithm === ALGORITHM.rsa
    ? verify(name, message, key.key, value)
    : verify(null, digest, key.key, value);
}

/** RSA has an old number for keys that only sign. */
function isFor(algorithm: number, key: PublicKey): boolean {
  return (algorithm === ALGORITHM.rsaSign ? ALGORITHM.rsa : algorithm) === key.algorithm;
}

/** As Node takes it: RSA's number as long as the modulus, Ed25519's 64 bytes. */
function signatureValue({ value }: Signature, key: PublicKey): Uint8Array | undefined {
  const reader = new ByteReader(value, 'the signature');
  if (key.algorithm === ALGORITHM.ed25519) return reader.left === 64 ? value : undefined;
  const parts: Uint8Array[] = [];
  while (reader.left > 0) parts.push(reader.integer());
  const [count, length] = key.algorithm === ALGORITHM.rsa ? [1, key.bytes] : [2, 32];
  if (parts.length !== count || parts.some((part) => part.length > length)) return undefined;
  return Buffer.concat(parts.flatMap((part) => [Buffer.alloc(length - part.length), part]));
}

interface Subpackets {
  readonly values: ReadonlyMap<number, Uint8Array>;
  readonly isBeyond: boolean;
}

function readSubpackets(area: Uint8Array, what: string): Subpackets {
  const reader = new ByteReader(area, what);
  const values = new Map<number, Uint8Array>();
  const known = new Set<number>([...Object.values(SUBPACKET), ...HARMLESS]);
  let isBeyond = false;
  while (reader.left > 0) {
    const length = newLength(reader);
    const head = reader.number(1);
    const id = head & 0x7f;
    values.set(id, reader.bytes(length - 1));
    if (head & 0x80 && !known.has(id)) isBeyond = true;
  }
  return { values, isBeyond };
}

/** The fingerprint has the key's version in front. */
function issuersOf(values: ReadonlyMap<number, Uint8Array>): string[] {
  const [keyId, fingerprint] = [
    values.get(SUBPACKET.issuer),
    values.get(SUBPACKET.issuerFingerprint)?.subarray(1),
  ];
  return [fingerprint, keyId]
    .filter((id) => id !== undefined)
    .map((id) => Buffer.from(id).toString('hex').toUpperCase());
}

function number(bytes: Uint8Array | undefined): number | undefined {
  return bytes?.reduce((value, byte) => value * 256 + byte, 0);
}
