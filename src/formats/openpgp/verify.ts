import { RootlessBakeError } from '../../errors.ts';
import { parseCleartext } from './cleartext.ts';
import type { KeyringKey } from './keyring.ts';
import { ALGORITHM } from './public-key.ts';
import { isSignedBy, isStrong, type Signature, TYPE } from './signature.ts';

/** A document that a key of a keyring has signed. */
export interface VerifiedText {
  /** What is signed, its lines ended by LF. */
  readonly text: string;
  /** The keys that have signed it, in the order of their signatures. */
  readonly signedBy: readonly KeyringKey[];
}

export interface VerifyOptions {
  /** Names the document in errors. */
  readonly what: string;
  /** The time by which keys and signatures expire, in milliseconds since 1970. */
  readonly now: number;
  /** Keys need only have been valid when they signed: for what is old by intent. */
  readonly atSigning?: boolean;
}

/** As `gpg` and `apt` have it: shorter moduli can be factored. In bytes. */
const SHORTEST_RSA = 256;

/** Clocks differ; a signature may be from so many seconds ahead. */
const AHEAD = 3600;

/**
 * Verifies a cleartext-signed document: at least one signature is good, by a key of the keyring that is valid, and
 * none by such a key is bad. Signatures by other keys do not count.
 *
 * @throws RB_SIGNATURE_INVALID when it is not so, with what is wrong with each signature
 */
export function verifyCleartext(
  bytes: Uint8Array,
  keyring: readonly KeyringKey[],
  options: VerifyOptions,
): VerifiedText {
  const { what } = options;
  const { canonical, text, signatures } = parseCleartext(bytes, what);
  const good: KeyringKey[] = [];
  const faults: string[] = [];
  for (const signature of signatures) {
    const key = keyring.find(({ fingerprint }) => signature.issuers.some((id) => fingerprint.endsWith(id)));
    const fault = key ? faultOf(signature, key, canonical, options) : 'the keyring does not have the key';
    if (!fault) good.push(key!);
    else faults.push(`key ${key?.fingerprint ?? signature.issuers[0] ?? 'without a name'}: ${fault}`);
    if (fault === BAD) throw invalid(what, faults.slice(-1));
  }
  if (good.length > 0) return { text, signedBy: good };
  throw invalid(what, faults.length > 0 ? faults : ['it has no signature that is read']);
}

const BAD = 'the signature is bad';

function faultOf(
  signature: Signature,
  key: KeyringKey,
  document: Uint8Array,
  { now, atSigning = false }: VerifyOptions,
): string | undefined {
  const { created = Number.NaN, expires = Number.POSITIVE_INFINITY } = signature;
  const seconds = Math.floor(now / 1000);
  if (signature.type !== TYPE.text) return 'it is no signature of a text';
  if (!isStrong(signature)) return `its digest algorithm (${signature.hashAlgorithm}) can be forged`;
  if (signature.isBeyond) return 'it asks for what is not known here';
  if (!key.key) return `its algorithm (${key.algorithm}) is not read`;
  if (!isSignedBy(signature, key, [document])) return BAD;
  if (key.algorithm === ALGORITHM.rsa && key.bytes < SHORTEST_RSA)
    return `${key.bytes * 8} bits are too short`;
  if (!key.maySign) return 'the key is not meant to sign';
  if (key.isRevoked) return 'the key is revoked';
  if (!(created >= key.created && created <= seconds + AHEAD))
    return 'the signature is of a time that cannot be';
  if (expires <= seconds) return `the signature expired on ${day(expires)}`;
  const end = key.expires ?? Number.POSITIVE_INFINITY;
  return end <= (atSigning ? created : seconds) ? `the key expired on ${day(end)}` : undefined;
}

function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

function invalid(what: string, faults: readonly string[]): RootlessBakeError {
  return new RootlessBakeError(
    'RB_SIGNATURE_INVALID',
    [`${what} is not to be trusted:`, ...faults].join('\n  '),
    {
      hint: 'name the keyring of the repository, in its newest version; if that is right, the mirror was changed',
    },
  );
}
