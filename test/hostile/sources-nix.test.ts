/** Binary caches of Nix that were tampered with, cooked by the whole product: nothing of them is kept. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { Loopback } from '../support/loopback.ts';
import { type NarNode, nar, narString } from '../support/nar.ts';
import { nixKeyPair, publish } from '../support/nix-cache.ts';
import { flip, Tampering } from '../support/tampering.ts';

const TOOL = `${'1'.repeat(32)}-tool-1.0`;
const LIBRARY = `${'2'.repeat(32)}-library-2.0`;
const TOOL_NAR = nar({
  folder: [['bin', { folder: [['tool', { file: '#!/bin/sh\n', executable: true }]] }]],
});
const LIBRARY_NAR = nar({ file: 'library '.repeat(2000) });
const PACKED = gzipSync(TOOL_NAR);

const key = nixKeyPair('test-1');
const stranger = nixKeyPair('stranger-1');
const impostor = { ...stranger, name: key.name };

const narInfo = `${TOOL.slice(0, 32)}.narinfo`;
const archive = `nar/${TOOL.slice(0, 32)}.nar`;

type Publication = Partial<Parameters<typeof publish>[0]>;

/** The files of the tool's path, which refers to itself and to the library. */
const tool = (more: Publication = {}, by: typeof key | null = key) =>
  publish(
    { base: TOOL, nar: TOOL_NAR, references: [TOOL, LIBRARY], compression: 'gzip', file: PACKED, ...more },
    by ?? undefined,
  );
const HONEST = new Map([...tool(), ...publish({ base: LIBRARY, nar: LIBRARY_NAR }, key)]);

let server: Loopback;
let files: Map<string, Buffer>;
let tampering: Tampering;

beforeAll(async () => {
  server = await Loopback.start();
  server.answer = ({ url = '' }, response) => {
    const file = files.get(url.replace('/cache/', ''));
    response.writeHead(file ? 200 : 404).end(file);
  };
  const nix = { nix: TOOL, cache: server.url('/cache'), keys: [key.publicKey] };
  tampering = new Tampering({ base: { empty: true }, contents: [nix] }, () => {
    files = new Map(HONEST);
  });
});
afterAll(async () => {
  await server.stop();
  tampering.remove();
});

const serve = (changed: Iterable<readonly [string, Buffer]>) => () => {
  for (const [path, file] of changed) files.set(path, file);
  return undefined;
};

/** The tool's narinfo, with one of its fields changed by one byte. */
function flipped(field: string): [string, Buffer][] {
  const text = HONEST.get(narInfo)!.toString('latin1');
  const at = text.indexOf(`${field}: `) + field.length + 2;
  const value = text.slice(at, text.indexOf('\n', at));
  const place = at + Math.floor(value.length / 2);
  const other = text[place] === '1' ? '2' : '1';
  return [[narInfo, Buffer.from(`${text.slice(0, place)}${other}${text.slice(place + 1)}`, 'latin1')]];
}

const [SIGNATURE, DIGEST, DAMAGED] = [
  'RB_SIGNATURE_INVALID',
  'RB_DIGEST_MISMATCH',
  'RB_ARCHIVE_DAMAGED',
] as const;

describe('one byte is another', () => {
  test.each<[string, ErrorCode]>([
    ['StorePath', SIGNATURE],
    ['NarHash', SIGNATURE],
    ['NarSize', SIGNATURE],
    ['References', SIGNATURE],
    ['Sig', SIGNATURE],
    ['FileHash', DIGEST],
    ['FileSize', DIGEST],
    ['Compression', 'RB_ARCHIVE_UNSUPPORTED'],
    ['URL', 'RB_NETWORK'],
  ])('in %s of a narinfo: %s', async (field, code) => {
    await tampering.refuses(serve(flipped(field)), { code });
  });

  test.each([0, 0.2, 0.5, 0.9, 1])('at %d of an archive', async (part) => {
    await tampering.refuses(serve([[archive, flip(PACKED, part)]]), { code: DIGEST });
  });

  test.each([0, 0.5, 1])('at %d of what an archive of the right FileHash holds', async (part) => {
    const file = gzipSync(flip(TOOL_NAR, part));
    await tampering.refuses(serve(tool({ file })), { code: DIGEST, says: 'sha256' });
  });
});

describe('a narinfo', () => {
  const text = (change: (text: string) => string) =>
    [[narInfo, Buffer.from(change(HONEST.get(narInfo)!.toString()))]] as const;

  test.each<[string, ErrorCode, string, Iterable<readonly [string, Buffer]>]>([
    ['without signature', SIGNATURE, 'no signature', tool({}, null)],
    ['signed by a stranger', SIGNATURE, 'stranger-1', tool({}, stranger)],
    ['signed by an impostor', SIGNATURE, 'the signature is wrong', tool({}, impostor)],
    ['with the signature of another path', SIGNATURE, 'is wrong', [[narInfo, mixed()]]],
    ['of another path', SIGNATURE, 'is that of', [[narInfo, HONEST.get(`${LIBRARY.slice(0, 32)}.narinfo`)!]]],
    ['that refers to less', SIGNATURE, 'is wrong', tool({ over: { References: TOOL } })],
    [
      'that refers to a path outside of the store',
      DAMAGED,
      'refers to',
      tool({ over: { References: '../etc' } }),
    ],
    ['with a FileSize that is too small', DIGEST, 'bytes', tool({ over: { FileSize: '10' } })],
    ['with a FileSize that is too large', DIGEST, 'bytes', tool({ over: { FileSize: '1000000' } })],
    ['with a negative FileSize', DAMAGED, 'FileSize', tool({ over: { FileSize: '-1' } })],
    ['with a negative NarSize', DAMAGED, 'NarSize', tool({ over: { NarSize: '-1' } })],
    ['with a NarSize beyond numbers', DAMAGED, 'NarSize', tool({ over: { NarSize: '9'.repeat(30) } })],
    [
      'with an archive on the machine',
      DAMAGED,
      'names the archive',
      tool({ over: { URL: 'file:///etc/passwd' } }),
    ],
    ['that says it twice', DAMAGED, 'twice', text((lines) => `${lines}NarSize: 1\n`)],
    ['that ends early', DAMAGED, 'has no end', text((lines) => lines.slice(0, -1))],
    ['that is empty', DAMAGED, 'narinfo', [[narInfo, Buffer.alloc(0)]]],
    ['that is a page', DAMAGED, 'narinfo', [[narInfo, Buffer.from('<html>\n')]]],
    ['that is huge', 'RB_LIMIT_EXCEEDED', '4194304 bytes', [[narInfo, Buffer.alloc((4 << 20) + 1, 'a')]]],
  ])('%s: %s', async (_, code, says, changed) => {
    await tampering.refuses(serve(changed), { code, says });
  });

  test('that is not there', async () => {
    const remove = () => void files.delete(narInfo);
    await tampering.refuses(remove as () => undefined, { code: 'RB_INPUT_NOT_FOUND', says: TOOL });
  });
});

/** The signature of the library on the fields of the tool. */
function mixed(): Buffer {
  const signature = /^Sig: .*$/m.exec(HONEST.get(`${LIBRARY.slice(0, 32)}.narinfo`)!.toString())![0];
  return Buffer.from(
    HONEST.get(narInfo)!
      .toString()
      .replace(/^Sig: .*$/m, signature),
  );
}

describe('an archive', () => {
  test.each<[string, ErrorCode, Iterable<readonly [string, Buffer]>]>([
    ['that ends early', DIGEST, [[archive, PACKED.subarray(0, -1)]]],
    ['that ends early, as its FileHash says', DAMAGED, tool({ file: PACKED.subarray(0, -9) })],
    ['of a NAR that ends early', DIGEST, tool({ file: gzipSync(TOOL_NAR.subarray(0, -8)) })],
    [
      'with something behind the NAR',
      DIGEST,
      tool({ file: gzipSync(Buffer.concat([TOOL_NAR, narString('x')])) }),
    ],
    ['that is another', DIGEST, tool({ file: gzipSync(LIBRARY_NAR) })],
    ['of another compression', DAMAGED, tool({ file: TOOL_NAR })],
    ['that is another, without FileHash', DIGEST, tool({ file: gzipSync(LIBRARY_NAR), over: NO_FILE })],
    ['by bzip2', 'RB_ARCHIVE_UNSUPPORTED', tool({ over: { Compression: 'bzip2' } })],
  ])('%s: %s', async (_, code, changed) => {
    await tampering.refuses(serve(changed), { code });
  });
});

const NO_FILE = { FileHash: undefined, FileSize: undefined };

/** The known key has signed them: they are refused for what they hold. */
describe('a signed archive with', () => {
  const named = (name: string): NarNode => ({ folder: [[name, { file: 'x' }]] });
  const cut = Buffer.concat([narString('nix-archive-1'), narString('('), narString('type')]);
  const lengthy = Buffer.concat([narString('nix-archive-1'), Buffer.from('ffffffffffffffff', 'hex')]);

  test.each<[string, ErrorCode, Buffer]>([
    ['the name ..', DAMAGED, nar(named('..'))],
    ['the name .', DAMAGED, nar(named('.'))],
    ['no name', DAMAGED, nar(named(''))],
    ['a slash in a name', DAMAGED, nar(named('a/b'))],
    ['NUL in a name', DAMAGED, nar(named('a\0b'))],
    ['a name of 256 bytes', DAMAGED, nar(named('n'.repeat(256)))],
    [
      'a name twice',
      DAMAGED,
      nar({
        folder: [
          ['a', { file: 'x' }],
          ['a', { link: '/etc' }],
        ],
      }),
    ],
    [
      'names in disorder',
      DAMAGED,
      nar({
        folder: [
          ['b', { file: 'x' }],
          ['a', { file: 'x' }],
        ],
      }),
    ],
    ['a link without target', DAMAGED, nar({ link: '' })],
    ['a link to a name with NUL', DAMAGED, nar({ link: 'a\0b' })],
    ['an early end', DAMAGED, cut],
    ['a length beyond numbers', DAMAGED, lengthy],
    ['something behind its end', DAMAGED, Buffer.concat([nar({ file: 'x' }), narString('x')])],
    ['3000 folders within each other', 'RB_ARCHIVE_TOO_LARGE', deep(3000)],
  ])('%s: %s', async (_, code, bytes) => {
    await tampering.refuses(serve(tool({ nar: bytes, file: gzipSync(bytes) })), { code });
  });

  /** Laid out by hand: to nest so many nodes is too much for functions as well. */
  function deep(levels: number): Buffer {
    const words = (text: string) => Buffer.concat(text.split(' ').map(narString));
    const open = Array.from({ length: levels }, () => words('( type directory entry ( name d node'));
    const close = Array.from({ length: levels }, () => words(') )'));
    return Buffer.concat([
      narString('nix-archive-1'),
      ...open,
      words('( type regular contents x )'),
      ...close,
    ]);
  }
});
