import { describe, expect, test } from 'vitest';
import { readKeyring, verifyCleartext } from '../../src/formats/openpgp/index.ts';

/** `gpg --quick-gen-key 'Test archive <test@example.org>' ed25519 sign never` on 1 January 2024. */
const KEY = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEZZIAgBYJKwYBBAHaRw8BAQdA0IiH04eY5X9IEb6J0F8HUi60O7ZCebP028ps
P0VPbZi0H1Rlc3QgYXJjaGl2ZSA8dGVzdEBleGFtcGxlLm9yZz6IkAQTFggAOBYh
BO21Sgd5q98Gn8rwy7OfS9cn602CBQJlkgCAAhsDBQsJCAcCBhUKCQgLAgQWAgMB
Ah4BAheAAAoJELOfS9cn602CO+IBAPECSJv0HslQje3Q96bM5GmKQv8y4QdWsBya
fywFuCDcAP49z+/hf+ya5ucGk5O96+3Pisvf4xLDAB5G/w8U7/ExDw==
=DnK8
-----END PGP PUBLIC KEY BLOCK-----
`;

/** `gpg --clearsign` of {@link TEXT} by that key on 2 January 2024, with white space at the end of a line. */
const SIGNED = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

Origin: Test
Suite: stable
- - dashed
- -- two
- From here
trailing \t

last
-----BEGIN PGP SIGNATURE-----

iHUEARYKAB0WIQTttUoHeavfBp/K8Muzn0vXJ+tNggUCZZNSAAAKCRCzn0vXJ+tN
gm23AP9rhtm7j9pkvo+9xf/DTIYpINHUZxGO9ji9ehl/BrPIUgD+PJQR7YqNU1G2
gFmY7AShSe5zjdosz9/xt6WidjhaPQM=
=y+FJ
-----END PGP SIGNATURE-----
`;

const TEXT = 'Origin: Test\nSuite: stable\n- dashed\n-- two\nFrom here\ntrailing\n\nlast\n';

const FINGERPRINT = 'EDB54A0779ABDF069FCAF0CBB39F4BD727EB4D82';

const keyring = readKeyring(Buffer.from(KEY), 'the keyring');
const verify = (text: string, now = Date.UTC(2025, 0, 1)) =>
  verifyCleartext(Buffer.from(text, 'latin1'), keyring, { what: 'the file', now });

describe('a keyring', () => {
  test('is read from armor and from binary', () => {
    const body = KEY.split('\n\n')[1]!.split('\n').slice(0, -3).join('');
    for (const bytes of [Buffer.from(KEY), Buffer.from(body, 'base64'), Buffer.from(`${KEY}\r\n`)]) {
      expect(readKeyring(bytes, 'the keyring')).toMatchObject([
        {
          fingerprint: FINGERPRINT,
          userId: 'Test archive <test@example.org>',
          maySign: true,
          isRevoked: false,
        },
      ]);
    }
    expect(readKeyring(Buffer.from(KEY + KEY), 'the keyring')).toHaveLength(2);
  });

  test.each([
    ['nothing', ''],
    ['text', 'no keyring'],
    ['a wrong checksum', KEY.replace('=DnK8', '=DnK9')],
    ['a damaged line', KEY.replace('mDMEZZ', 'mDME*Z')],
    ['one cut off', KEY.replace(/fywF.*\n/, '')],
  ])('that is %s is refused', (_, text) => {
    expect(() => readKeyring(Buffer.from(text), 'the keyring')).toThrow(
      expect.objectContaining({ code: 'RB_SIGNATURE_INVALID' }),
    );
  });

  test('whose key does not vouch for itself signs nothing', () => {
    const binary = Buffer.from(KEY.split('\n\n')[1]!.split('\n').slice(0, -3).join(''), 'base64');
    const at = binary.indexOf('Test archive');
    binary[at] = 0x74;
    const [key] = readKeyring(binary, 'the keyring');
    expect(key).toMatchObject({ maySign: false });
    const options = { what: 'the file', now: Date.UTC(2025, 0, 1) };
    expect(() => verifyCleartext(Buffer.from(SIGNED), [key!], options)).toThrow(/not meant to sign/);
  });
});

describe('a cleartext signature', () => {
  test('gives what is signed: no dashes before lines, no white space behind them', () => {
    const { text, signedBy } = verify(SIGNED);
    expect(text).toBe(TEXT);
    expect(signedBy.map(({ fingerprint }) => fingerprint)).toEqual([FINGERPRINT]);
  });

  test('holds whatever the ends of lines are', () => {
    expect(verify(SIGNED.replaceAll('\n', '\r\n')).text).toBe(TEXT);
    expect(verify(SIGNED.replaceAll('\n', ' \t\n')).text).toBe(TEXT);
    expect(verify(`${SIGNED}\n\n`).text).toBe(TEXT);
  });

  test('no byte of what is signed, or of the signature, can be another', () => {
    const start = SIGNED.indexOf('Origin');
    const lines = SIGNED.split('\n');
    const end = SIGNED.indexOf(lines.at(-4)!);
    const accepted: string[] = [];
    for (let at = start; at < end; at += 1) {
      if ('\n\t '.includes(SIGNED[at]!)) continue;
      const other = String.fromCharCode(SIGNED.charCodeAt(at) ^ 1);
      const changed = SIGNED.slice(0, at) + other + SIGNED.slice(at + 1);
      try {
        verify(changed);
        accepted.push(`${at} ${other}`);
      } catch (error) {
        expect(error).toMatchObject({ code: 'RB_SIGNATURE_INVALID', hint: expect.any(String) });
      }
    }
    expect(accepted).toEqual([]);
  });

  test.each([
    ['is missing', TEXT],
    ['has something before it', `Origin: Evil\n${SIGNED}`],
    ['has something behind it', `${SIGNED}Origin: Evil\n`],
    ['has something in its head', SIGNED.replace('Hash: SHA512', 'Hash: SHA512\nOrigin: Evil')],
    ['has digests without a comma in its head', SIGNED.replace('Hash: SHA512', 'Hash: SHA256 SHA512')],
    ['has a comment in its head', SIGNED.replace('Hash: SHA512', 'Comment: Evil')],
    ['is there twice', SIGNED + SIGNED],
    ['has a line that is not escaped', SIGNED.replace('- - dashed', '-dashed')],
    ['has a dash in the place of an empty line', SIGNED.replace('\n\nlast', '\n-\nlast')],
    ['has a vertical tab in its signature', SIGNED.replace(/\n(?=-----END)/, '\v\n')],
    ['is cut off', SIGNED.slice(0, -30)],
    ['has no end of its head', SIGNED.replace('SHA512\n\n', 'SHA512\n')],
    ['has another line', SIGNED.replace('last\n', 'last\nOrigin: Evil\n')],
  ])('that %s is refused', (_, text) => {
    expect(() => verify(text)).toThrow(expect.objectContaining({ code: 'RB_SIGNATURE_INVALID' }));
  });

  test('of the future, or by a key that is not there, is refused', () => {
    expect(() => verify(SIGNED, Date.UTC(2024, 0, 1))).toThrow(/a time that cannot be/);
    expect(() =>
      verifyCleartext(Buffer.from(SIGNED), [], { what: 'the file', now: Date.UTC(2025, 0, 1) }),
    ).toThrow(/the file is not to be trusted:\n {2}key EDB5\w+: the keyring does not have the key/);
  });
});
