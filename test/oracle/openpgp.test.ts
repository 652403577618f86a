import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readKeyring, verifyCleartext } from '../../src/formats/openpgp/index.ts';
import { GpgHome } from '../support/gpg.ts';
import { findTool, oracle } from '../support/oracle.ts';
import { runs } from '../support/seed.ts';

const KEYRINGS = '/usr/share/keyrings';
const LISTS = '/var/lib/apt/lists';

const TEXT =
  'Origin: Test\n- dashed\n-----BEGIN PGP\nFrom here\n\ttab and spaces  \n\n\näöü \u0080\nlast line\n';

oracle({ tools: ['gpg', 'gpgconf', 'gpgv'] })('OpenPGP, as gpgv has it', () => {
  const gpg = new GpgHome();
  const folder = mkdtempSync(join(tmpdir(), 'rb-openpgp-'));
  const ring = join(folder, 'ring.gpg');
  const keys: Record<string, string> = {};

  beforeAll(() => {
    const old = { at: '20230101T000000' };
    keys['ed25519'] = gpg.makeKey('ed25519@example.org', 'ed25519', 'never', old);
    keys['rsa2048'] = gpg.makeKey('rsa2048@example.org', 'rsa2048', 'never', old);
    keys['rsa3072'] = gpg.makeKey('rsa3072@example.org', 'rsa3072', 'never', old);
    keys['expired'] = gpg.makeKey('expired@example.org', 'ed25519', 'seconds=8640000', old);
    keys['short'] = gpg.makeKey('short@example.org', 'rsa1024', 'never', old);
    keys['revoked'] = gpg.makeKey('revoked@example.org', 'ed25519', 'never', old);
    keys['weak'] = gpg.makeKey('weak@example.org', 'rsa2048', 'never', {
      ...old,
      options: ['--cert-digest-algo', 'SHA1'],
    });
    keys['other'] = gpg.makeKey('other@example.org', 'ed25519', 'never', old);
    for (const [name, expires] of [
      ['subkey', 'never'],
      ['subkeyExpired', 'seconds=8640000'],
    ] as const) {
      const primary = gpg.makeKey(`${name}@example.org`, 'rsa2048', 'never', old);
      gpg.run(['--passphrase', '', '--quick-add-key', primary, 'ed25519', 'sign', expires], old);
      keys[name] = primary;
    }
  });
  afterAll(() => {
    gpg.remove();
    rmSync(folder, { recursive: true });
  });

  /** Whether gpgv takes a signature for good: it says so, and ends without an error. */
  function gpgv(signed: Uint8Array): boolean {
    const path = join(folder, 'signed');
    writeFileSync(path, signed);
    const { status, stdout } = spawnSync(findTool('gpgv')!, ['--status-fd', '1', '--keyring', ring, path]);
    return status === 0 && /^\[GNUPG:\] GOODSIG/m.test(stdout.toString('latin1'));
  }

  function ours(signed: Uint8Array): string {
    try {
      const keyring = readKeyring(readFileSync(ring), 'the keyring');
      return verifyCleartext(signed, keyring, { what: 'the file', now: Date.now() }).text;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** The keyring of all keys but one. */
  function exportAll(): void {
    writeFileSync(
      ring,
      gpg.export(Object.entries(keys).flatMap(([name, key]) => (name === 'other' ? [] : [key]))),
    );
  }

  const signedText = TEXT.replaceAll(/[ \t]+$/gm, '');
  const at = '20230102T000000';

  test('good signatures of all kinds of keys and digests', () => {
    exportAll();
    for (const name of ['ed25519', 'rsa2048', 'rsa3072', 'subkey']) {
      for (const digest of ['SHA256', 'SHA384', 'SHA512']) {
        const signed = gpg.clearsign(TEXT, [keys[name]!], { options: ['--digest-algo', digest], at });
        expect([name, digest, gpgv(signed), ours(signed)]).toEqual([name, digest, true, signedText]);
      }
    }
    const both = gpg.clearsign(TEXT, [keys['other']!, keys['rsa2048']!, keys['ed25519']!], { at });
    expect(ours(both)).toBe(signedText);
  });

  test.each([
    ['expired', [], /the key expired on 2023-04-11/],
    ['subkeyExpired', [], /the key expired on 2023-04-11/],
    ['other', [], /the keyring does not have the key/],
    ['ed25519', ['--default-sig-expire', '1d'], /the signature expired on 2023-01-03/],
  ])('what gpgv does not call good is not good: %s', (name, options, says) => {
    exportAll();
    const signed = gpg.clearsign(TEXT, [keys[name]!], { at, options });
    expect([gpgv(signed), ours(signed)]).toEqual([false, expect.stringMatching(says)]);
  });

  test('a revoked key', () => {
    exportAll();
    const signed = gpg.clearsign(TEXT, [keys['revoked']!], { at });
    expect([gpgv(signed), ours(signed)]).toEqual([true, signedText]);
    const certificate = readFileSync(
      join(gpg.folder, 'openpgp-revocs.d', `${keys['revoked']}.rev`),
      'latin1',
    );
    gpg.run(['--import'], { input: certificate.replace(/^:-----/m, '-----') });
    exportAll();
    expect([gpgv(signed), ours(signed)]).toEqual([false, expect.stringMatching(/the key is revoked/)]);
  });

  test.each([
    ['short', [], /1024 bits are too short/],
    ['ed25519', ['--digest-algo', 'SHA1'], /its digest algorithm \(2\) can be forged/],
    ['weak', [], /the key is not meant to sign/],
  ])('what gpgv lets pass and can be forged is refused: %s', (name, options, says) => {
    exportAll();
    const signed = gpg.clearsign(TEXT, [keys[name]!], { at, options });
    expect(ours(signed)).toMatch(says);
  });

  test('damage: never good here where gpgv calls it bad', () => {
    exportAll();
    const signed = gpg.clearsign(TEXT, [keys['ed25519']!, keys['rsa2048']!], { at });
    const damage = fc.record({
      position: fc.nat(signed.length - 1),
      action: fc.constantFrom('change', 'remove', 'insert', 'cut'),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(...[...'\n\r\t -='].map((c) => c.charCodeAt(0)))),
    });
    let refused = 0;
    fc.assert(
      fc.property(damage, ({ position, action, byte }) => {
        const [before, after] = [signed.subarray(0, position), signed.subarray(position)];
        const middle = action === 'remove' || action === 'cut' ? [] : [byte];
        const rest = action === 'insert' ? after : action === 'cut' ? [] : after.subarray(1);
        const changed = Buffer.concat([before, Buffer.from(middle), Buffer.from(rest)]);
        const text = ours(changed);
        if (!text.startsWith('Origin: Test\n')) refused += 1;
        else expect([text, gpgv(changed)]).toEqual([signedText, true]);
      }),
      { numRuns: runs(400) },
    );
    expect(refused).toBeGreaterThan(runs(400) / 2);
  });

  test.each([
    ['- ', true],
    ['-', false],
    ['-\t', false],
    ['-\r', false],
  ])('%j in the place of an empty line: %s', (line, isGood) => {
    exportAll();
    const signed = gpg.clearsign('Origin: Test\n\nlast line\n', [keys['ed25519']!], { at });
    const changed = Buffer.from(signed.toString('latin1').replace('\n\nlast', `\n${line}\nlast`), 'latin1');
    expect([gpgv(changed), ours(changed).startsWith('Origin: Test\n\nlast')]).toEqual([isGood, isGood]);
  });

  test.each([
    ['Hash: SHA256, SHA512', true],
    ['Hash:SHA512', false],
    ['Hash: SHA512\nHash: SHA256', true],
    ['Hash: SHA256  SHA512', false],
    ['Hash: ,SHA512', false],
    ['Hash:', false],
  ])('the head %j: %s', (head, isGood) => {
    exportAll();
    const signed = gpg.clearsign('Origin: Test\n', [keys['rsa2048']!], { at }).toString('latin1');
    const changed = Buffer.from(signed.replace(/^Hash: .*$/m, head), 'latin1');
    expect([gpgv(changed), ours(changed).startsWith('Origin: Test\n')]).toEqual([isGood, isGood]);
  });

  test("keyrings in armor, and this machine's own", () => {
    const armored = gpg.export([keys['rsa2048']!, keys['ed25519']!], ['--armor']);
    expect(readKeyring(armored, 'it').map(({ fingerprint }) => fingerprint)).toEqual(
      [keys['rsa2048'], keys['ed25519']].sort((a, b) => armoredOrder(gpg, a!, b!)),
    );
    // The keys that were removed vouch for themselves by SHA-1, if at all.
    for (const name of readdirSync(KEYRINGS).filter(
      (file) => /^debian-archive.*\.gpg$/.test(file) && !file.includes('removed'),
    )) {
      const path = join(KEYRINGS, name);
      const listing = gpg
        .run(['--no-default-keyring', '--keyring', path, '--with-colons', '--list-keys'])
        .toString();
      const wanted = [...listing.matchAll(/^(?:pub|sub):(\S):\d+:(?:1|22):([0-9A-F]{16}):\d+:(\d*):/gm)];
      const found = readKeyring(readFileSync(path), name);
      const shown = wanted.map(([, , id, expires]) => `${id} ${expires}`);
      expect(
        found
          .map((key) => `${key.fingerprint.slice(-16)} ${key.expires ?? ''}`)
          .filter((line) => shown.includes(line)),
      ).toEqual(shown);
    }
  });

  test("this machine's InRelease files", () => {
    const keyring = join(KEYRINGS, 'debian-archive-keyring.gpg');
    if (!existsSync(keyring)) return;
    writeFileSync(ring, readFileSync(keyring));
    const files = readdirSync(LISTS).filter((name) => name.endsWith('_InRelease'));
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) {
      const signed = readFileSync(join(LISTS, name));
      expect(/^Origin: /m.test(ours(signed))).toBe(gpgv(signed));
    }
  });
});

/** The order in which gpg has two keys in its keyring. */
function armoredOrder(gpg: GpgHome, a: string, b: string): number {
  const listing = gpg.run(['--list-keys', '--with-colons']).toString();
  return listing.indexOf(a) - listing.indexOf(b);
}
