import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { RootlessBakeError } from '../../errors.ts';
import { nix32 } from './digest.ts';
import type { NarInfo } from './narinfo.ts';
import { STORE } from './store-path.ts';

/** Public keys by their names. */
export type NixKeys = ReadonlyMap<string, KeyObject>;

const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/**
 * A public key as Nix writes it: `NAME:BASE64`, of ed25519.
 *
 * @returns undefined for anything else
 */
export function parsePublicKey(text: string): readonly [name: string, key: KeyObject] | undefined {
  const [, name, base64] = /^([^\s:]+):([A-Za-z0-9+/]{43}=)$/.exec(text) ?? [];
  if (name === undefined || base64 === undefined) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length !== PUBLIC_KEY_BYTES) return undefined;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') };
  return [name, createPublicKey({ key: jwk, format: 'jwk' })];
}

/** What is signed: path, digest, size and references (nix, src/libstore/path-info.cc). */
export function fingerprint({ path, narHash, narSize, references }: NarInfo): string {
  const digest = `sha256:${nix32(Buffer.from(narHash, 'hex'))}`;
  const paths = references.map(({ base }) => `${STORE}/${base}`).join(',');
  return `1;${STORE}/${path.base};${digest};${narSize};${paths}`;
}

/**
 * Checks that one of the keys has signed a narinfo.
 *
 * @param what names it in errors
 * @returns the name of the key
 * @throws RB_SIGNATURE_INVALID naming the path, who signed it and the keys that were tried
 */
export function verifyNarInfo(info: NarInfo, keys: NixKeys, what: string): string {
  const signed = Buffer.from(fingerprint(info));
  const signers: string[] = [];
  for (const signature of info.signatures) {
    const [, name = '', base64 = ''] = /^([^:]+):(.*)$/.exec(signature) ?? [];
    signers.push(name);
    const key = keys.get(name);
    const bytes = Buffer.from(base64, 'base64');
    if (!key || bytes.length !== SIGNATURE_BYTES || bytes.toString('base64') !== base64) continue;
    if (verify(null, signed, key, bytes)) return name;
  }
  throw invalid(info, signers, keys, what);
}

function invalid(
  { path }: NarInfo,
  signers: readonly string[],
  keys: NixKeys,
  what: string,
): RootlessBakeError {
  const by = signers.length === 0 ? 'has no signature' : `is signed by ${signers.join(', ')}`;
  const isKnown = signers.some((name) => keys.has(name));
  const tried = `the keys tried: ${[...keys.keys()].join(', ') || 'none'}`;
  return new RootlessBakeError(
    'RB_SIGNATURE_INVALID',
    `${STORE}/${path.base} ${by}${isKnown ? ', but the signature is wrong' : ''} (${what}; ${tried})`,
    {
      hint: isKnown
        ? 'it was changed, or the key is not that of the cache: do not use it'
        : 'name the public key of the cache under keys, if you trust it',
    },
  );
}
