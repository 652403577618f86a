/** Tampered inputs as an ordinary user meets them: whole command lines, their exit codes, and nothing left behind. */
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, inject, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { Loopback } from '../support/loopback.ts';
import { nar } from '../support/nar.ts';
import { nixKeyPair, publish } from '../support/nix-cache.ts';
import { apkKeyPair, apkRepository } from '../support/small-apk.ts';
import { sha256 } from '../support/small-image.ts';
import { SmallRegistry } from '../support/small-registry.ts';
import { flip } from '../support/tampering.ts';
import { tarBlocks } from '../support/tar-blocks.ts';
import { ordinaryUser } from '../support/users.ts';
import { Workplace } from '../support/workplace.ts';

const BLOCKS = [{ name: 'hello', body: 'world' }];
const TAR = gzipSync(tarBlocks(BLOCKS));
const TOOL = `${'1'.repeat(32)}-tool-1.0`;

let server: Loopback;
let work: Workplace;
/** Where the user keeps what was downloaded: beside what is looked at for leftovers. */
let cache: string;

beforeEach(async () => {
  server = await Loopback.start();
  work = new Workplace(ordinaryUser(), inject('product'));
  cache = mkdtempSync(join(tmpdir(), 'rb-hostile-cache-'));
  chownSync(cache, work.user.uid, work.user.gid);
});
afterEach(async () => {
  await server.stop();
  work.remove();
  rmSync(cache, { recursive: true });
});

/** Serves files, all but one as they should be. */
function serve(
  files: ReadonlyMap<string, Buffer>,
  tampered: RegExp,
  edit: (file: Buffer) => Buffer = flip,
): void {
  server.answer = ({ url = '' }, response) => {
    const file = files.get(url);
    const sent = file && tampered.test(url) ? edit(file) : file;
    response.writeHead(sent ? 200 : 404).end(sent);
  };
}

const SOURCES: readonly (readonly [string, ErrorCode, string, string, () => object])[] = [
  [
    'a tar by URL',
    'RB_DIGEST_MISMATCH',
    'expected',
    'sha256',
    () => {
      serve(new Map([['/root', TAR]]), /./);
      return { base: { tar: server.url('/root'), sha256: sha256(TAR) } };
    },
  ],
  [
    'a tar that holds more than it may',
    'RB_LIMIT_EXCEEDED',
    '1000 bytes',
    'raise the limit',
    () => {
      const bomb = gzipSync(tarBlocks([{ name: 'a', body: 'a'.repeat(5000) }]));
      serve(new Map([['/root', bomb]]), /^$/);
      return { base: { tar: server.url('/root'), sha256: sha256(bomb), limit: 1000 } };
    },
  ],
  [
    'a layer of an image',
    'RB_DIGEST_MISMATCH',
    'layer 1 of 1',
    'another place|sha256',
    () => {
      const registry = new SmallRegistry();
      registry.tag('one', registry.image({ layers: [{ tar: BLOCKS }] }));
      const [layer] = registry.files.keys();
      registry.change(layer!, flip);
      server.answer = registry.answer('a/b');
      return { base: { oci: `${server.host}/a/b:one` } };
    },
  ],
  [
    'the index of a repository of apk',
    'RB_SIGNATURE_INVALID',
    'not trusted',
    'tampered with',
    () => apk(/APKINDEX/, (file) => flip(file, 0.95)),
  ],
  [
    'a package of apk',
    'RB_SIGNATURE_INVALID',
    'its data',
    'tampered with',
    () => apk(/one-1/, (file) => flip(file, 1)),
  ],
  [
    'a path of Nix',
    'RB_SIGNATURE_INVALID',
    TOOL,
    'do not use it',
    () => nix(/narinfo/, (file) => Buffer.from(file.toString().replace(/^NarSize: .*$/m, 'NarSize: 10'))),
  ],
  ['an archive of Nix', 'RB_DIGEST_MISMATCH', 'expected', 'sha256', () => nix(/nar\//, flip)],
  [
    'a server that has nothing of the kind',
    'RB_NETWORK',
    '404',
    'check the URL',
    () => {
      serve(new Map(), /^$/);
      return { base: { tar: server.url('/root'), sha256: sha256(TAR) } };
    },
  ],
];

function apk(tampered: RegExp, edit: (file: Buffer) => Buffer): object {
  const key = apkKeyPair('test@example.org-1.rsa.pub');
  const data = [{ name: 'etc/one', body: 'one' }];
  serve(apkRepository([{ name: 'one', version: '1', data }], key), tampered, edit);
  const apkKeys = [work.file(key.name, key.publicKey)];
  return {
    base: { empty: true },
    apk: 'native',
    packages: ['one'],
    repositories: [server.url('/').slice(0, -1)],
    apkKeys,
  };
}

function nix(tampered: RegExp, edit: (file: Buffer) => Buffer): object {
  const key = nixKeyPair('test-1');
  const files = publish({ base: TOOL, nar: nar({ file: 'tool' }) }, key);
  serve(new Map([...files].map(([path, file]) => [`/${path}`, file])), tampered, edit);
  return { base: { empty: true }, contents: [{ nix: TOOL, cache: server.url(), keys: [key.publicKey] }] };
}

test.each(SOURCES)('%s: %s', async (_, code, says, hint, cook) => {
  work.file('cake.json', JSON.stringify({ name: 'hostile', cook: cook() }));
  const refusal = { code, says: [says], hint: new RegExp(hint) };
  await work.refuses(['cook', 'cake.json', '-o', 'root.tar'], refusal, { RB_CACHE_DIR: cache });
});
