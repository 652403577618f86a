import { describe, expect, test } from 'vitest';
import {
  fingerprint,
  nix32,
  parseDigest,
  parseNarInfo,
  parsePublicKey,
  storePath,
  verifyNarInfo,
} from '../../src/formats/nix/index.ts';
import { DEFAULT_KEYS } from '../../src/sources/nix/index.ts';
import { nixKeyPair, publish } from '../support/nix-cache.ts';

const HASH = '0123456789abcdfghijklmnpqrsvwxyz';
const BASE = `${HASH}-thing-1.0`;
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** What cache.nixos.org says of hello 2.10 in Nixpkgs. */
const HELLO = `StorePath: /nix/store/w9yy7v61ipb5rx6i35zq1mvc2iqfmps1-hello-2.10
URL: nar/15zk4zszw9lgkdkkwy7w11m5vag11n5dhv2i6hj308qpxczvdddx.nar.xz
Compression: xz
FileHash: sha256:15zk4zszw9lgkdkkwy7w11m5vag11n5dhv2i6hj308qpxczvdddx
FileSize: 41232
NarHash: sha256:1mi14cqk363wv368ffiiy01knardmnlyphi6h9xv6dkjz44hk30i
NarSize: 205968
References: 9df65igwjmf2wbw0gbrrgair6piqjgmi-glibc-2.31 w9yy7v61ipb5rx6i35zq1mvc2iqfmps1-hello-2.10
Sig: cache.nixos.org-1:uP5KU8MCmyRnKGlN5oEv6xWJBI5EO/Pf5aFztZuLSz8BpCcZ1fdBnJkVXhBAlxkdm/CemsgQskhwvyd2yghTAg==
`;

const key = nixKeyPair('cache.example.org-1');
const keys = new Map([parsePublicKey(key.publicKey)!]);

function narInfoText(over: Record<string, string | undefined> = {}): string {
  const references = [BASE, `${HASH}-zlib`];
  const files = publish({ base: BASE, nar: Buffer.from('nar'), references, over }, key);
  return files.get(`${HASH}.narinfo`)!.toString();
}

describe('digests', () => {
  // `nix hash to-base32`, `to-base64` and `to-sri` of Nix itself.
  const forms = [
    `sha256:${EMPTY}`,
    'sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73',
    'sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  ];

  test.each(forms)('%s is read', (text) => expect(parseDigest(text)).toBe(EMPTY));

  test('base 32 is written', () => expect(`sha256:${nix32(Buffer.from(EMPTY, 'hex'))}`).toBe(forms[1]));

  test.each([
    '',
    EMPTY,
    `md5:${EMPTY}`,
    `sha256-${EMPTY}`,
    'sha256:1mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c7',
    'sha256:zmdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73',
    'sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c7e',
    'sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=',
  ])('%j is none', (text) => expect(parseDigest(text)).toBeUndefined());
});

describe('store paths', () => {
  test('in full and from the hash on', () => {
    const path = { base: BASE, hash: HASH, name: 'thing-1.0' };
    expect([storePath(BASE), storePath(`/nix/store/${BASE}`)]).toEqual([path, path]);
  });

  test.each([
    '',
    HASH,
    `${HASH}-`,
    `${HASH}-.a`,
    `${HASH}-a/b`,
    `e${BASE.slice(1)}`,
    `/gnu/store/${BASE}`,
    `${HASH}-a b`,
    `${HASH}-${'a'.repeat(212)}`,
    `${BASE}\n`,
  ])('%j is none', (text) => expect(storePath(text)).toBeUndefined());
});

describe('narinfo', () => {
  test('is read, and its signature verified', () => {
    const info = parseNarInfo(narInfoText(), 'x');
    expect(info).toMatchObject({ path: { base: BASE }, compression: 'none', narSize: 3, fileSize: 3 });
    expect(verifyNarInfo(info, keys, 'x')).toBe('cache.example.org-1');
    expect(fingerprint(info)).toBe(
      `1;/nix/store/${BASE};sha256:${nix32(Buffer.from(info.narHash, 'hex'))};3;/nix/store/${BASE},/nix/store/${HASH}-zlib`,
    );
  });

  test('a real one of cache.nixos.org is signed by its known key', () => {
    const info = parseNarInfo(HELLO, 'x');
    expect(verifyNarInfo(info, new Map(DEFAULT_KEYS.map((text) => parsePublicKey(text)!)), 'x')).toBe(
      'cache.nixos.org-1',
    );
  });

  test('references in any order are signed in that of their bytes, each once', () => {
    const { references } = parseNarInfo(narInfoText({ References: `${HASH}-zlib ${BASE} ${BASE}` }), 'x');
    expect(references.map(({ base }) => base)).toEqual([BASE, `${HASH}-zlib`]);
  });

  test.each<[string, Record<string, string | undefined>]>([
    ['no StorePath', { StorePath: undefined }],
    ['a StorePath of another store', { StorePath: `/gnu/store/${BASE}` }],
    ['a StorePath without its folder', { StorePath: BASE }],
    ['no URL', { URL: '' }],
    ['no NarHash', { NarHash: undefined }],
    ['a NarHash of another kind', { NarHash: 'sha1:0000' }],
    ['no NarSize', { NarSize: undefined }],
    ['a NarSize of nothing', { NarSize: '0' }],
    ['a NarSize of nonsense', { NarSize: '1e3' }],
    ['a FileSize of nonsense', { FileSize: '-1' }],
    ['a FileHash of nonsense', { FileHash: 'sha256:abc' }],
    ['a reference that leads elsewhere', { References: '../../etc/passwd' }],
    ['a reference in full', { References: `/nix/store/${BASE}` }],
  ])('%s is refused', (_, over) => {
    expect(() => parseNarInfo(narInfoText(over), 'the narinfo')).toThrowError(
      expect.objectContaining({
        code: 'RB_ARCHIVE_DAMAGED',
        message: expect.stringContaining('the narinfo'),
      }),
    );
  });

  test.each(['', '<html>', 'StorePath', `${narInfoText()}NarSize: 3\n`, narInfoText().slice(0, -1)])(
    'the text %j is none',
    (text) =>
      expect(() => parseNarInfo(text, 'x')).toThrowError(
        expect.objectContaining({ code: 'RB_ARCHIVE_DAMAGED' }),
      ),
  );

  test('no bit of what is signed can be changed', () => {
    const text = narInfoText();
    const good = fingerprint(parseNarInfo(text, 'x'));
    const outcomes = { refused: 0, same: 0 };
    for (let at = 0; at < text.length; at += 1) {
      const bytes = Buffer.from(text);
      bytes[at]! ^= 1;
      try {
        const info = parseNarInfo(bytes.toString(), 'x');
        verifyNarInfo(info, keys, 'x');
        expect(fingerprint(info)).toBe(good);
        outcomes.same += 1;
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.stringMatching(/^RB_(ARCHIVE_DAMAGED|SIGNATURE_INVALID)$/),
        });
        outcomes.refused += 1;
      }
    }
    expect(outcomes.refused).toBeGreaterThan(outcomes.same);
  });
});

describe('a wrong signature names the path, who signed and what was tried', () => {
  const refusal = (text: string, tried = keys) => {
    try {
      return verifyNarInfo(parseNarInfo(text, 'x'), tried, 'the narinfo');
    } catch (error) {
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
  };

  test('none', () => {
    expect(refusal(narInfoText({ Sig: undefined }))).toBe(
      `RB_SIGNATURE_INVALID: /nix/store/${BASE} has no signature (the narinfo; the keys tried: cache.example.org-1)`,
    );
  });

  test('by an unknown key, and no keys at all', () => {
    expect(refusal(narInfoText(), new Map())).toBe(
      `RB_SIGNATURE_INVALID: /nix/store/${BASE} is signed by cache.example.org-1 (the narinfo; the keys tried: none)`,
    );
  });

  test('by another key of the same name', () => {
    const other = new Map([parsePublicKey(nixKeyPair(key.name).publicKey)!]);
    expect(refusal(narInfoText(), other)).toBe(
      `RB_SIGNATURE_INVALID: /nix/store/${BASE} is signed by cache.example.org-1, but the signature is wrong ` +
        '(the narinfo; the keys tried: cache.example.org-1)',
    );
  });

  test.each([
    'nonsense',
    'cache.example.org-1:',
    'cache.example.org-1:AAAA',
    `cache.example.org-1:${'A'.repeat(86)}==`,
  ])('%s', (signature) => expect(refusal(narInfoText({ Sig: signature }))).toMatch(/^RB_SIGNATURE_INVALID/));

  test('one good signature among others does', () => {
    const text = `Sig: cache.example.org-1:AAAA\nSig: other:AAAA\n${narInfoText()}`;
    expect(verifyNarInfo(parseNarInfo(text, 'x'), keys, 'x')).toBe('cache.example.org-1');
  });
});

test.each(['', 'a', 'a:', 'a:AAAA', `a b:${'A'.repeat(43)}=`, `:${'A'.repeat(43)}=`])(
  '%j is no public key',
  (text) => expect(parsePublicKey(text)).toBeUndefined(),
);
