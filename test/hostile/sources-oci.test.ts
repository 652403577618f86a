/** Images of a registry that were tampered with, cooked by the whole product: nothing of them is kept. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { CookOptions } from '../../src/cook/options.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { Loopback } from '../support/loopback.ts';
import { json } from '../support/small-image.ts';
import { type ImageSpec, SmallRegistry, TYPES } from '../support/small-registry.ts';
import { flip, Tampering } from '../support/tampering.ts';
import { type TarBlock, tarBlocks } from '../support/tar-blocks.ts';

const LOWER: readonly TarBlock[] = [
  { name: 'etc/', typeflag: '5', mode: 0o755 },
  { name: 'etc/passwd', body: 'root:x:0:0::/:/bin/sh\n' },
  { name: 'link', typeflag: '2', linkname: 'etc' },
];
const UPPER: readonly TarBlock[] = [{ name: 'hello', body: 'world'.repeat(1000) }];
const HONEST: ImageSpec = { layers: [{ tar: LOWER }, { tar: UPPER }] };

let server: Loopback;
let registry: SmallRegistry;
/** By tag, and by the digest of the index. */
let byTag: Tampering;
let byDigest: Tampering;

function reset(): void {
  registry = new SmallRegistry();
  registry.tag('one', registry.indexed(HONEST));
  server.answer = registry.answer('a/b');
}

beforeAll(async () => {
  server = await Loopback.start();
  reset();
  const cookOf = (reference: string): CookOptions => ({ base: { oci: `${server.host}/a/b${reference}` } });
  byTag = new Tampering(cookOf(':one'), reset);
  byDigest = new Tampering(cookOf(`@${pathOf('index').slice('manifests/'.length)}`), reset);
});
afterAll(async () => {
  await server.stop();
  byTag.remove();
  byDigest.remove();
});

const PARTS = ['index', 'manifest', 'config', 'lower layer', 'upper layer'] as const;

/** Where the honest image has its parts. */
function pathOf(part: (typeof PARTS)[number]): string {
  const files = new SmallRegistry();
  const index = files.indexed(HONEST);
  const [lower, upper, config, manifest] = [...files.files.keys()];
  const paths = {
    index: `manifests/${index.digest}`,
    manifest,
    config,
    'lower layer': lower,
    'upper layer': upper,
  };
  return paths[part]!;
}

/** The same image in other words: all digests are right. */
const instead = (spec: ImageSpec) => () => {
  registry.tag('one', registry.indexed({ ...HONEST, ...spec }));
  return undefined;
};

describe.each(PARTS)('one byte of the %s is another', (part) => {
  test.each([0, 0.3, 0.6, 1])('at %d of it', async (place) => {
    const change = () => {
      registry.change(pathOf(part), (body) => flip(body, place));
      return undefined;
    };
    await byDigest.refuses(change, { code: 'RB_DIGEST_MISMATCH', says: 'sha256' });
  });
});

describe.each(PARTS)('the %s', (part) => {
  test.each<[string, (body: Buffer) => Buffer]>([
    ['ends early', (body) => body.subarray(0, -1)],
    ['has something behind its end', (body) => Buffer.concat([body, Buffer.from(' ')])],
    ['is empty', () => Buffer.alloc(0)],
    ['is another', () => json({ schemaVersion: 2 })],
  ])('%s', async (_, edit) => {
    const change = () => {
      registry.change(pathOf(part), edit);
      return undefined;
    };
    await byDigest.refuses(change, { code: 'RB_DIGEST_MISMATCH' });
  });
});

const SIZES = { code: 'RB_OCI_INVALID' as const, says: 'its size is no size' };
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const far = { manifests: [{ mediaType: TYPES.manifest, digest: digest('0'), size: 7 }] };

describe('an image that is consistent, but', () => {
  test.each<[string, ErrorCode, string | RegExp, ImageSpec]>([
    ['its manifest is also an index', 'RB_OCI_INVALID', 'either manifests', { manifest: far }],
    ['its index has layers', 'RB_OCI_INVALID', 'either manifests', { index: { layers: [] } }],
    ['its index has a config', 'RB_OCI_INVALID', 'either manifests', { index: { config: {} } }],
    [
      'its manifest says to be an index',
      'RB_OCI_INVALID',
      'named as',
      { manifest: { mediaType: TYPES.index } },
    ],
    [
      'its manifest says nothing, and is named an index',
      'RB_OCI_INVALID',
      'it is no application',
      { manifest: { mediaType: undefined }, manifestDescriptor: { mediaType: TYPES.index } },
    ],
    [
      'its manifest is of an unknown type',
      'RB_OCI_INVALID',
      'named as',
      { manifest: { mediaType: 'text/html' } },
    ],
    [
      'its index names something else',
      'RB_OCI_UNSUPPORTED',
      'text/html',
      { manifestDescriptor: { mediaType: 'text/html' } },
    ],
    ['it is of schema 1', 'RB_OCI_UNSUPPORTED', 'schema 1', { manifest: { schemaVersion: 1 } }],
    ['it has no schema', 'RB_OCI_INVALID', 'schemaVersion', { manifest: { schemaVersion: undefined } }],
    [
      'it holds no image',
      'RB_OCI_UNSUPPORTED',
      'helm',
      { configDescriptor: { mediaType: 'application/helm' } },
    ],
    ['its layer is no layer', 'RB_OCI_UNSUPPORTED', 'zip', { layer: { mediaType: 'application/zip' } }],
    ['its layer has a negative size', SIZES.code, SIZES.says, { layer: { size: -1 } }],
    ['its layer has a broken size', SIZES.code, SIZES.says, { layer: { size: 1.5 } }],
    ['its layer has a size in words', SIZES.code, SIZES.says, { layer: { size: '100' } }],
    ['its layer has a size beyond numbers', SIZES.code, SIZES.says, { layer: { size: 2 ** 60 } }],
    ['its layer has no size', SIZES.code, SIZES.says, { layer: { size: undefined } }],
    ['its layer has another size', 'RB_DIGEST_MISMATCH', 'bytes', { layer: { size: 7 } }],
    ['its layer has a size that is too large', 'RB_DIGEST_MISMATCH', 'bytes', { layer: { size: 1e12 } }],
    ['its config has another size', 'RB_DIGEST_MISMATCH', 'bytes', { configDescriptor: { size: 7 } }],
    ['its config is said to be huge', 'RB_DIGEST_MISMATCH', 'bytes', { configDescriptor: { size: 1e12 } }],
    ['its manifest has another size', 'RB_DIGEST_MISMATCH', 'bytes', { manifestDescriptor: { size: 7 } }],
    [
      'its layer is named by a path',
      'RB_OCI_INVALID',
      'no digest',
      { layer: { digest: 'sha256:../../etc' } },
    ],
    ['its layer is named by sha512', 'RB_OCI_UNSUPPORTED', 'sha512', { layer: { digest: 'sha512:abc' } }],
    ['its config is no JSON object', 'RB_OCI_INVALID', 'no JSON object', { config: { rootfs: [] } }],
    ['it has more layers than diff_ids', 'RB_OCI_INVALID', 'diff_ids', { config: { rootfs: {} } }],
    [
      'its layer is not that of its diff_id',
      'RB_DIGEST_MISMATCH',
      '1'.repeat(64),
      { layers: [{ tar: LOWER, diffId: digest('1') }] },
    ],
    [
      'its layer is compressed by bzip2',
      'RB_ARCHIVE_UNSUPPORTED',
      'bzip2',
      packed(() => Buffer.from('BZh91AY')),
    ],
    ['its layer breaks off', 'RB_ARCHIVE_DAMAGED', 'gzip', packed((tar) => gzipSync(tar).subarray(0, -9))],
    ['its layer is no tar', 'RB_ARCHIVE_DAMAGED', 'no tar', { layers: [{ tar: Buffer.from('<html>') }] }],
    [
      'the tar of its layer breaks off',
      'RB_ARCHIVE_DAMAGED',
      'it ends inside of',
      { layers: [{ tar: tarBlocks(UPPER).subarray(0, 3000) }] },
    ],
    [
      'it is too large',
      'RB_LIMIT_EXCEEDED',
      '4194304 bytes',
      { manifest: { annotations: { a: ' '.repeat(4 << 20) } } },
    ],
    ['its config is too large', 'RB_LIMIT_EXCEEDED', '8388608 bytes', { config: { a: ' '.repeat(8 << 20) } }],
    [
      'it is for another platform',
      'RB_OCI_UNSUPPORTED',
      'linux/s390x',
      { config: { architecture: 's390x' } },
    ],
  ])('%s', async (_, code, says, spec) => {
    await byTag.refuses(instead(spec), { code, says });
  });

  test('its indexes lead to indexes for ever', async () => {
    const nest = () => {
      let inner = registry.indexed(HONEST);
      for (let depth = 0; depth < 5; depth += 1) {
        inner = registry.put('manifests', json({ schemaVersion: 2, manifests: [inner] }), TYPES.index);
      }
      registry.tag('one', inner);
      return undefined;
    };
    await byTag.refuses(nest, { code: 'RB_OCI_INVALID', says: 'deep' });
  });

  test('the registry names it by another digest, or type', async () => {
    const told = (headers: Record<string, string>) => () => {
      const answer = registry.answer('a/b');
      server.answer = (request, response) => {
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        answer(request, response);
      };
      return undefined;
    };
    const other = told({ 'docker-content-digest': digest('0') });
    await byTag.refuses(other, { code: 'RB_DIGEST_MISMATCH' });
    const retype = () => {
      const { body } = registry.files.get('manifests/one')!;
      registry.files.set('manifests/one', { body, type: TYPES.manifest });
      return undefined;
    };
    await byTag.refuses(retype, { code: 'RB_OCI_INVALID', says: 'named as' });
  });
});

function packed(pack: (tar: Buffer) => Buffer): ImageSpec {
  return { layers: [{ tar: LOWER, pack }] };
}
