import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { nix32 } from '../../src/formats/nix/index.ts';

/** A key pair as `nix key generate-secret` makes it. */
export interface NixKeyPair {
  readonly name: string;
  /** `NAME:BASE64` */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export function nixKeyPair(name: string): NixKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  return { name, publicKey: `${name}:${raw.toString('base64')}`, privateKey };
}

export interface PathToPublish {
  readonly base: string;
  readonly nar: Uint8Array;
  /** Bases of store paths. */
  readonly references?: readonly string[];
  readonly compression?: string;
  /** The archive as it lies in the cache; the NAR itself unless told. */
  readonly file?: Uint8Array;
  /** Over the fields as they should be; undefined leaves one out. */
  readonly over?: Readonly<Record<string, string | undefined>>;
}

/** The files of a binary cache that hold one path, by their names. The signature is of the fields as they should be. */
export function publish(
  { base, nar, references = [], compression = 'none', file = nar, over = {} }: PathToPublish,
  key?: NixKeyPair,
): Map<string, Buffer> {
  const digest = (bytes: Uint8Array) => `sha256:${nix32(createHash('sha256').update(bytes).digest())}`;
  const url = `nar/${base.slice(0, 32)}.nar`;
  const paths = references.map((name) => `/nix/store/${name}`).join(',');
  const signed = `1;/nix/store/${base};${digest(nar)};${nar.length};${paths}`;
  const signature = key && sign(null, Buffer.from(signed), key.privateKey).toString('base64');
  const fields: Record<string, string | undefined> = {
    StorePath: `/nix/store/${base}`,
    URL: url,
    Compression: compression,
    FileHash: digest(file),
    FileSize: String(file.length),
    NarHash: digest(nar),
    NarSize: String(nar.length),
    References: references.join(' '),
    Sig: key && `${key.name}:${signature}`,
    ...over,
  };
  const lines = Object.entries(fields).filter(([, value]) => value !== undefined);
  const text = lines.map(([name, value]) => `${name}: ${value}\n`).join('');
  return new Map([
    [`${base.slice(0, 32)}.narinfo`, Buffer.from(text)],
    [url, Buffer.from(file)],
  ]);
}
