import { dearmor } from './armor.ts';
import { damaged, type Packet, readPackets, TAG } from './packet.ts';
import { type PublicKey, parsePublicKey } from './public-key.ts';
import { isSignedBy, parseSignature, type Signature, TYPE } from './signature.ts';

/** A key of a keyring with what its owner says of it. Times are in seconds since 1970. */
export interface KeyringKey extends PublicKey {
  /** The first of its owner's names; of a subkey, that of its primary key. */
  readonly userId: string | undefined;
  readonly expires: number | undefined;
  readonly isRevoked: boolean;
  /** Whether its owner means it to sign documents. */
  readonly maySign: boolean;
}

/** Key flags (RFC 9580, section 5.2.3.29): it may be used to sign data. */
const MAY_SIGN = 0x02;

const ARMOR =
  /^-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*$([\s\S]*?)^-----END PGP PUBLIC KEY BLOCK-----[ \t]*$/gm;

/**
 * Reads a keyring: public keys in binary form, or one or several armored blocks. Keys of versions other than 4,
 * and subkeys without their primary key's valid word for them, are left out.
 *
 * @param what names it in errors
 * @throws RB_SIGNATURE_INVALID when it is no keyring
 */
export function readKeyring(bytes: Uint8Array, what: string): KeyringKey[] {
  const isBinary = ((bytes[0] ?? 0) & 0x80) !== 0;
  const blocks = isBinary ? [bytes] : armored(bytes, what);
  const keys = blocks.flatMap((block) => transferableKeys(readPackets(block, what), what));
  if (keys.length === 0) throw damaged(what);
  return keys;
}

function armored(bytes: Uint8Array, what: string): Uint8Array[] {
  const text = Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n');
  return [...text.matchAll(ARMOR)].map(([, body]) => dearmor(body!.split('\n').slice(1), what));
}

/** A packet with the signatures that follow it. */
interface Signed extends Packet {
  readonly signatures: Signature[];
}

function transferableKeys(packets: readonly Packet[], what: string): KeyringKey[] {
  const groups: Signed[][] = [];
  for (const packet of packets) {
    if (packet.tag === TAG.publicKey) groups.push([]);
    const group = groups.at(-1);
    if (packet.tag === TAG.signature) {
      const signature = parseSignature(packet.body, what);
      if (signature) group?.at(-1)?.signatures.push(signature);
    } else {
      group?.push({ ...packet, signatures: [] });
    }
  }
  return groups.flatMap((group) => transferableKey(group, what));
}

/** A primary key and its subkeys (RFC 9580, section 10.1). */
function transferableKey([first, ...rest]: readonly Signed[], what: string): KeyringKey[] {
  const primary = parsePublicKey(first!.body, what);
  if (!primary) return [];
  const names = rest.filter(({ tag }) => tag === TAG.userId);
  const direct = newest(
    first!.signatures.filter(
      (signature) => signature.type === TYPE.directKey && isSignedBy(signature, primary, [primary.signed]),
    ),
  );
  const certification = newest(
    names.flatMap((name) =>
      name.signatures.filter((signature) => isCertification(signature, primary, name.body)),
    ),
  );
  const userId = names[0] && Buffer.from(names[0].body).toString('utf8');
  const isRevoked = first!.signatures.some(
    (signature) =>
      signature.type === TYPE.keyRevocation &&
      isSignedBy(signature, primary, [primary.signed], { revoking: true }),
  );
  const key: KeyringKey = {
    ...primary,
    userId,
    // What the key says of itself as a whole goes before what it says with a name.
    expires: endOf(primary, direct?.keyLifetime ?? certification?.keyLifetime),
    isRevoked,
    maySign: Boolean(direct || certification) && maySign(direct?.keyFlags ?? certification?.keyFlags),
  };
  const subkeys = rest
    .filter(({ tag }) => tag === TAG.publicSubkey)
    .flatMap((packet) => readSubkey(packet, key, what));
  return [key, ...subkeys];
}

function isCertification(signature: Signature, primary: PublicKey, name: Uint8Array): boolean {
  const length = Buffer.alloc(5);
  length[0] = 0xb4;
  length.writeUInt32BE(name.length, 1);
  return (
    (TYPE.certifications as readonly number[]).includes(signature.type) &&
    isSignedBy(signature, primary, [primary.signed, length, name])
  );
}

function readSubkey(packet: Signed, primary: KeyringKey, what: string): KeyringKey[] {
  const subkey = parsePublicKey(packet.body, what);
  if (!subkey) return [];
  const data = [primary.signed, subkey.signed];
  const isBinding = (signature: Signature) =>
    signature.type === TYPE.subkeyBinding && isSignedBy(signature, primary, data);
  const binding = newest(packet.signatures.filter(isBinding));
  if (!binding) return [];
  const back = binding.embedded && parseSignature(binding.embedded, what);
  const isBack = back?.type === TYPE.primaryKeyBinding && isSignedBy(back, subkey, data);
  const isRevoked = packet.signatures.some(
    (signature) =>
      signature.type === TYPE.subkeyRevocation && isSignedBy(signature, primary, data, { revoking: true }),
  );
  return [
    {
      ...subkey,
      userId: primary.userId,
      expires: earliest(endOf(subkey, binding.keyLifetime), primary.expires),
      isRevoked: isRevoked || primary.isRevoked,
      maySign: isBack && maySign(binding.keyFlags),
    },
  ];
}

function newest(signatures: readonly Signature[]): Signature | undefined {
  return signatures
    .filter(({ isBeyond, created }) => !isBeyond && created !== undefined)
    .sort((a, b) => b.created! - a.created!)[0];
}

/** Without flags a key may do whatever its algorithm can. */
function maySign(flags: number | undefined): boolean {
  return flags === undefined || (flags & MAY_SIGN) !== 0;
}

function endOf({ created }: PublicKey, lifetime: number | undefined): number | undefined {
  return lifetime === undefined ? undefined : created + lifetime;
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
