/** Images in files and folders of this machine that were made to mislead: whole cooks, which leave nothing. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { json, sha256 } from '../support/small-image.ts';
import { SmallRegistry, TYPES } from '../support/small-registry.ts';
import { flip, Tampering } from '../support/tampering.ts';
import { tarBlocks } from '../support/tar-blocks.ts';

type Files = Map<string, Buffer>;

const TAR = tarBlocks([{ name: 'hello', body: 'world'.repeat(1000) }]);
const folder = mkdtempSync(join(tmpdir(), 'rb-hostile-local-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Lies beside the folder of the image, where nothing of it may lead. */
const OUTSIDE = '../outside';
writeFileSync(join(folder, 'outside'), TAR);

function write(files: Files): string {
  const path = join(folder, 'image');
  rmSync(path, { recursive: true, force: true });
  for (const [name, body] of files) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), body);
  }
  return path;
}

function pack(files: Files): string {
  const path = join(folder, 'image.tar');
  writeFileSync(path, tarBlocks([...files].map(([name, body]) => ({ name, body: body.toString('latin1') }))));
  return path;
}

const WAYS = [
  ['a folder', write],
  ['an archive', pack],
] as const;

/** An OCI layout. */
function layout(): Files {
  const registry = new SmallRegistry();
  const manifest = registry.image({ layers: [{ tar: TAR }] });
  const blobs = [...registry.files].map(
    ([path, { body }]) => [`blobs/sha256/${path.split(':')[1]}`, body] as const,
  );
  return new Map([
    ['oci-layout', json({ imageLayoutVersion: '1.0.0' })],
    ['index.json', json({ schemaVersion: 2, manifests: [manifest] })],
    ...blobs,
  ]);
}

const [LAYER, CONFIG, MANIFEST] = [...layout().keys()].slice(2) as [string, string, string];
const edited = (name: string, edit: (body: Buffer) => Buffer) => (files: Files) => {
  files.set(name, edit(files.get(name)!));
};
const index = (over: object) => (files: Files) => {
  const digest = `sha256:${MANIFEST.split('/').pop()}`;
  const descriptor = { mediaType: TYPES.manifest, digest, size: files.get(MANIFEST)!.length, ...over };
  files.set('index.json', json({ schemaVersion: 2, manifests: [descriptor] }));
};

describe.each(WAYS)('an OCI layout in %s', (_, put) => {
  test.each<[string, ErrorCode, (files: Files) => void]>([
    ['one byte of its manifest is another', 'RB_DIGEST_MISMATCH', edited(MANIFEST, flip)],
    ['one byte of its config is another', 'RB_DIGEST_MISMATCH', edited(CONFIG, flip)],
    ['one byte of its layer is another', 'RB_DIGEST_MISMATCH', edited(LAYER, flip)],
    ['its layer ends early', 'RB_DIGEST_MISMATCH', edited(LAYER, (body) => body.subarray(0, -1))],
    ['its layer is not there', 'RB_OCI_INVALID', (files) => files.delete(LAYER)],
    ['its index is no JSON', 'RB_OCI_INVALID', edited('index.json', (body) => body.subarray(1))],
    ['its index is an image', 'RB_OCI_INVALID', edited('index.json', () => layout().get(MANIFEST)!)],
    [
      'its version is unknown',
      'RB_OCI_UNSUPPORTED',
      edited('oci-layout', () => json({ imageLayoutVersion: '2' })),
    ],
    ['its manifest is named by a path', 'RB_OCI_INVALID', index({ digest: `sha256:${OUTSIDE}` })],
    ['its manifest has a size that lies', 'RB_DIGEST_MISMATCH', index({ size: 7 })],
    ['its manifest has a negative size', 'RB_OCI_INVALID', index({ size: -7 })],
    ['its manifest is named an index', 'RB_OCI_INVALID', index({ mediaType: TYPES.index })],
  ])('%s: %s', async (_name, code, tamper) => {
    await refuses(put, layout, tamper, code);
  });
});

/** An archive of docker save. */
function saved(over: object = {}): Files {
  const config = json({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { diff_ids: [`sha256:${sha256(TAR)}`] },
  });
  const name = `${sha256(config)}.json`;
  const image = { Config: name, RepoTags: ['a:b'], Layers: ['one/layer.tar'], ...over };
  return new Map([
    ['manifest.json', json([image])],
    [name, config],
    ['one/layer.tar', TAR],
  ]);
}

const CONFIG_FILE = [...saved().keys()][1]!;
const named = (over: object) => (files: Files) => {
  files.set('manifest.json', saved(over).get('manifest.json')!);
};

describe.each(WAYS)('an image of docker save in %s', (_, put) => {
  test.each<[string, ErrorCode, (files: Files) => void]>([
    ['one byte of its config is another', 'RB_DIGEST_MISMATCH', edited(CONFIG_FILE, flip)],
    ['one byte of its layer is another', 'RB_DIGEST_MISMATCH', edited('one/layer.tar', flip)],
    ['its layer ends early', 'RB_DIGEST_MISMATCH', edited('one/layer.tar', (body) => body.subarray(0, 2000))],
    ['its layer is another, compressed', 'RB_DIGEST_MISMATCH', edited('one/layer.tar', () => gzipSync('x'))],
    ['its layer is not there', 'RB_OCI_INVALID', named({ Layers: ['two/layer.tar'] })],
    ['its layer lies outside', 'RB_OCI_INVALID', named({ Layers: [OUTSIDE] })],
    ['its config lies outside', 'RB_OCI_INVALID', named({ Config: OUTSIDE })],
    ['it has no config', 'RB_OCI_INVALID', named({ Config: '' })],
    [
      'it has more layers than diff_ids',
      'RB_OCI_INVALID',
      named({ Layers: ['one/layer.tar', 'one/layer.tar'] }),
    ],
    ['its list is no list', 'RB_OCI_INVALID', edited('manifest.json', () => json({}))],
    ['its list is empty', 'RB_OCI_UNSUPPORTED', edited('manifest.json', () => json([]))],
  ])('%s: %s', async (_name, code, tamper) => {
    await refuses(put, saved, tamper, code);
  });
});

async function refuses(
  put: (files: Files) => string,
  make: () => Files,
  tamper: (files: Files) => void,
  code: ErrorCode,
): Promise<void> {
  const oci = put(make());
  const tampering = new Tampering({ base: { oci } }, () => void put(make()));
  await tampering.refuses(
    () => {
      const files = make();
      tamper(files);
      put(files);
      return undefined;
    },
    { code },
  );
  tampering.remove();
}
