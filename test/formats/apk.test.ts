import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RootlessBakeError } from '../../src/errors.ts';
import {
  compareVersions,
  formatDependency,
  formatInstalled,
  globToRegExp,
  inflateData,
  isMet,
  isVersion,
  ProtectedPaths,
  parseDependencies,
  parseDependency,
  parseInstalled,
  readIndexFile,
  readPackageFile,
} from '../../src/formats/apk/index.ts';
import { tarBlocks } from '../support/tar-blocks.ts';

const KEY = 'test@example.org-1.rsa.pub';
const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const KEYS = new Map([[KEY, publicKey]]);

function signed(
  member: Buffer,
  algorithm = 'RSA',
  keyName = KEY,
): { bytes: Buffer; signatureLength: number } {
  const body = sign(algorithm === 'RSA' ? 'RSA-SHA1' : 'RSA-SHA256', member, privateKey).toString('latin1');
  const signature = gzipSync(tarBlocks([{ name: `.SIGN.${algorithm}.${keyName}`, body }], false));
  return { bytes: Buffer.concat([signature, member]), signatureLength: signature.length };
}

function index(): Buffer {
  return gzipSync(
    tarBlocks([
      { name: 'DESCRIPTION', body: 'test' },
      { name: 'APKINDEX', body: 'P:one\nV:1-r0\n\n' },
    ]),
  );
}

function apk(): { bytes: Buffer; signatureLength: number; controlLength: number; identity: string } {
  const data = gzipSync(
    tarBlocks([
      { name: 'usr/', typeflag: '5', mode: 0o755 },
      { name: 'usr/one', body: 'bytes' },
    ]),
  );
  const datahash = createHash('sha256').update(data).digest('hex');
  const control = gzipSync(
    tarBlocks(
      [
        { name: '.PKGINFO', body: `pkgname = one\npkgver = 1-r0\ndatahash = ${datahash}\n` },
        { name: '.post-install', body: '#!/bin/sh\n', mode: 0o755 },
      ],
      false,
    ),
  );
  const { bytes, signatureLength } = signed(control);
  const identity = `Q1${createHash('sha1').update(control).digest('base64')}`;
  return { bytes: Buffer.concat([bytes, data]), signatureLength, controlLength: control.length, identity };
}

/** The code of what is thrown. */
function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof RootlessBakeError) return error.code;
    throw error;
  }
}

const REFUSED = /^RB_(SIGNATURE_INVALID|ARCHIVE_DAMAGED|ARCHIVE_UNSUPPORTED)$/;

describe('an index', () => {
  it('is read when a known key has signed it, by SHA-1 or SHA-256', () => {
    for (const algorithm of ['RSA', 'RSA256']) {
      const { bytes } = signed(index(), algorithm);
      expect(readIndexFile(bytes, KEYS, 'index').toString()).toBe('P:one\nV:1-r0\n\n');
    }
  });

  it('is refused with any byte of it flipped', () => {
    const { bytes, signatureLength } = signed(index());
    for (let at = signatureLength; at < bytes.length; at += 1) {
      const tampered = Buffer.from(bytes);
      tampered[at]! ^= 1;
      expect(
        codeOf(() => readIndexFile(tampered, KEYS, 'index')),
        `byte ${at}`,
      ).toMatch(REFUSED);
    }
  });

  it('is refused when cut off, not signed, or signed by another key', () => {
    const { bytes, signatureLength } = signed(index());
    expect(codeOf(() => readIndexFile(bytes.subarray(0, -1), KEYS, 'index'))).toMatch(REFUSED);
    expect(codeOf(() => readIndexFile(bytes.subarray(0, signatureLength), KEYS, 'index'))).toMatch(REFUSED);
    expect(codeOf(() => readIndexFile(index(), KEYS, 'index'))).toBe('RB_SIGNATURE_INVALID');
    expect(codeOf(() => readIndexFile(bytes, new Map(), 'index'))).toBe('RB_SIGNATURE_INVALID');
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
      type: 'spki',
      format: 'pem',
    });
    expect(codeOf(() => readIndexFile(bytes, new Map([[KEY, String(other)]]), 'index'))).toBe(
      'RB_SIGNATURE_INVALID',
    );
    expect(codeOf(() => readIndexFile(Buffer.from('ADB.'), KEYS, 'index'))).toBe('RB_ARCHIVE_UNSUPPORTED');
  });
});

describe('a package', () => {
  it('is read when its identity is that of the index, or a known key has signed it', async () => {
    const { bytes, identity } = apk();
    for (const trust of [{ identity }, { keys: KEYS }]) {
      const found = readPackageFile(bytes, { what: 'one', ...trust });
      expect(found.info).toMatchObject({ name: 'one', version: '1-r0' });
      expect([...found.scripts.keys()]).toEqual(['post-install']);
      expect((await inflateData(found, 'one')).includes('bytes')).toBe(true);
    }
  });

  it('is refused with any byte of its control part or data flipped', () => {
    const { bytes, signatureLength, identity } = apk();
    for (let at = signatureLength; at < bytes.length; at += 1) {
      const tampered = Buffer.from(bytes);
      tampered[at]! ^= 0x80;
      expect(
        codeOf(() => readPackageFile(tampered, { what: 'one', identity })),
        `byte ${at}`,
      ).toMatch(REFUSED);
      expect(
        codeOf(() => readPackageFile(tampered, { what: 'one', keys: KEYS })),
        `byte ${at}`,
      ).toMatch(REFUSED);
    }
  });

  it('is refused when it is another one, or cut off', () => {
    const { bytes, identity } = apk();
    const other = `Q1${createHash('sha1').update('other').digest('base64')}`;
    expect(codeOf(() => readPackageFile(bytes, { what: 'one', identity: other }))).toBe(
      'RB_SIGNATURE_INVALID',
    );
    for (const length of [0, 1, 20, bytes.length - 1]) {
      expect(codeOf(() => readPackageFile(bytes.subarray(0, length), { what: 'one', identity }))).toMatch(
        REFUSED,
      );
    }
  });

  it('that unpacks to more than is allowed is refused', async () => {
    const found = readPackageFile(apk().bytes, { what: 'one', keys: KEYS });
    await expect(inflateData(found, 'one', 1000)).rejects.toMatchObject({ code: 'RB_LIMIT_EXCEEDED' });
  });
});

describe('versions', () => {
  it.each([
    ['1.2.3', '<', '1.2.4'],
    ['1.10', '>', '1.9'],
    ['1.0_rc1', '<', '1.0'],
    ['1.0_alpha', '<', '1.0_beta'],
    ['1.0_p1', '>', '1.0'],
    ['1.0-r1', '>', '1.0-r0'],
    ['1.0a', '<', '1.0b'],
    ['1.001', '<', '1.01'],
    ['2.12.7_git20230717-r4', '>', '2.12.7-r9'],
    ['1', '=', '1'],
  ])('%s %s %s', (a, relation, b) => {
    const order = compareVersions(a, b);
    expect(order < 0 ? '<' : order > 0 ? '>' : '=').toBe(relation);
    expect(Math.sign(compareVersions(b, a))).toBe(-Math.sign(order) + 0);
  });

  it('are told from other words', () => {
    expect(['1', '1.2b_rc1-r3'].filter(isVersion)).toHaveLength(2);
    expect(['1.2_foo', '1..-x', '1-1'].filter(isVersion)).toEqual([]);
  });
});

describe('dependencies', () => {
  it.each([
    'one',
    '!one',
    'one>=1.2-r0',
    'one~1.2',
    'one@edge',
    'one@edge<2',
    'so:libc.so.1=1',
    'one><Q1abc=',
  ])('%s is written as it was read', (word) => {
    expect(formatDependency(parseDependency(word)!)).toBe(word);
  });

  it.each([
    ['one', '1.0', true],
    ['one=1.0', '1.0', true],
    ['one>1.0', '1.0', false],
    ['one>=1.0', '1.0-r1', true],
    ['one~1.2', '1.2.9-r3', true],
    ['one~1.2', '1.3', false],
    ['!one', '1.0', false],
    ['!one<1', '1.0', true],
  ])('%s by version %s: %s', (word, version, met) => {
    expect(isMet(parseDependency(word)!, { version, identity: '' })).toBe(met);
  });

  it('pass over what is none', () => {
    expect(parseDependencies('a b= c>% <1').map(({ name }) => name)).toEqual(['a']);
  });
});

describe('the database of installed packages', () => {
  const text = [
    'C:Q1x\nP:a\nV:1\n\n',
    'C:Q1y\nP:b\nV:2\nr:a\nq:3\ns:edge\nF:etc\nM:0:5:2750\nR:b.conf\na:0:0:600:Q1z\nZ:Q1w\nF:usr\nR:c\n\n',
  ].join('');

  it('is written as it was read, by name', () => {
    expect(formatInstalled(parseInstalled(text).reverse())).toBe(text);
  });
});

describe('protected paths', () => {
  it('are those of apk, changed by lists', () => {
    const paths = new ProtectedPaths(['# mine\n-etc/free\n+opt/*/etc\n']);
    expect(
      ['etc', 'etc/conf.d', 'etc/init.d', 'etc/apk/keys', 'etc/free', 'opt/x/etc', 'usr', ''].map((path) =>
        paths.of(path),
      ),
    ).toEqual(['changed', 'changed', 'symlinks', 'all', 'none', 'changed', 'none', 'none']);
  });

  it('match as fnmatch does', () => {
    expect(globToRegExp('/lib/modules/*').test('/lib/modules/6.1')).toBe(true);
    expect(globToRegExp('/lib/modules/*').test('/lib/modules/6.1/kernel')).toBe(false);
    expect(globToRegExp('/a.[!x]?').test('/a.yz')).toBe(true);
    expect(globToRegExp('/a.b').test('/aXb')).toBe(false);
  });
});
