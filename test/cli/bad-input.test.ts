import { chmodSync, mkdirSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { oracle } from '../support/oracle.ts';
import { tarBlocks } from '../support/tar-blocks.ts';
import { ordinaryUser } from '../support/users.ts';
import { type Refusal, Workplace } from '../support/workplace.ts';

const product = inject('product');
const ZEROS = '0'.repeat(64);
const TAR = tarBlocks([
  { name: 'etc/', typeflag: '5' },
  { name: 'etc/motd', body: 'hello\n'.repeat(1000) },
]);
let work: Workplace;

beforeEach(() => {
  work = new Workplace(ordinaryUser(), product);
  mkdirSync(work.path('root/etc'), { recursive: true });
  work.file('root/etc/motd', 'hello\n');
});
afterEach(() => work.remove());

/** Writes a recipe with this `cook` part. */
function recipe(cook: object): string {
  return work.file('cake.json', JSON.stringify({ name: 'bad', cook }));
}

describe('a recipe', () => {
  const cases: Record<string, [text: string, refusal: Refusal]> = {
    'with an unknown key': [
      'name: bad\ncook:\n  base: { dir: ./root }\n  pakages: [openrc]\n',
      {
        code: 'RB_RECIPE_UNKNOWN_KEY',
        says: ['cake.yaml:4:3: unknown key "pakages"'],
        hint: 'did you mean "packages"?',
      },
    ],
    'without a base': [
      'name: bad\ncook:\n  packages: [openrc]\n',
      { code: 'RB_BASE_MISSING', says: ['cake.yaml:2:1', 'cook.base is missing'], hint: 'base: { tar:' },
    ],
    'whose base is not there': [
      'name: bad\ncook:\n  base: { tar: ./absent.tar.gz }\n',
      { code: 'RB_BASE_MISSING', says: ['absent.tar.gz does not exist'], hint: 'cook.base' },
    ],
    'whose base is a folder in the place of a tar': [
      'name: bad\ncook:\n  base: { tar: ./root }\n',
      { code: 'RB_INPUT_UNREADABLE', says: ['/root is a folder, not a tar'], hint: 'dir:' },
    ],
    'whose base is a file in the place of a folder': [
      'name: bad\ncook:\n  base: { dir: ./cake.yaml }\n',
      { code: 'RB_BASE_MISSING', says: ['cake.yaml is not a folder'], hint: 'cook.base' },
    ],
    'with content that is not there': [
      'name: bad\ncook:\n  base: { dir: ./root }\n  contents: [{ file: ./motd, to: /etc/motd }]\n',
      { code: 'RB_INPUT_NOT_FOUND', says: ['motd does not exist'], hint: 'check the path' },
    ],
    'with a password in clear, which is not shown': [
      'name: bad\ncook: { base: { dir: ./root } }\nmachine:\n  root:\n    password: hunter2\n',
      {
        code: 'RB_RECIPE_INVALID',
        says: ['cake.yaml:5:15: a password is never written in clear', '5 |     password: …'],
        hint: 'openssl passwd -6',
      },
    ],
    'with a machine of a root that has no init': [
      'name: bad\ncook: { base: { dir: ./root } }\nmachine: { services: { enable: [sshd] } }\n',
      {
        code: 'RB_MACHINE_INVALID',
        says: ['machine.services: the root has no init that is known'],
        hint: 'OpenRC, systemd',
      },
    ],
    'with a file of a machine that is not there': [
      'name: bad\ncook: { base: { dir: ./root } }\nmachine: { files: [{ path: /a, source: ./absent }] }\n',
      { code: 'RB_INPUT_NOT_FOUND', says: ['absent does not exist'], hint: 'check the path' },
    ],
  };
  test.each(Object.entries(cases))('%s', async (_name, [text, refusal]) => {
    work.file('cake.yaml', text);
    await work.refuses(['cook', 'cake.yaml', '-o', 'out.tar'], refusal);
  });

  test('that is not there', async () => {
    await work.refuses(['bake', 'absent.yaml'], { code: 'RB_RECIPE_NOT_FOUND', hint: /./ });
  });

  test('whose base may not be read', async () => {
    work.file('root.tar', TAR);
    chmodSync(work.path('root.tar'), 0);
    recipe({ base: { tar: './root.tar' } });
    await work.refuses(['cook', 'cake.json', '-o', 'out.tar'], {
      code: 'RB_INPUT_UNREADABLE',
      says: ['root.tar cannot be read: EACCES'],
      hint: 'permissions',
    });
  });
});

describe('a digest', () => {
  test('of a base that is another, shown with the true one', async () => {
    work.file('root.tar', TAR);
    recipe({ base: { tar: './root.tar', sha256: ZEROS } });
    await work.refuses(['cook', 'cake.json', '-o', 'out.tar'], {
      code: 'RB_DIGEST_MISMATCH',
      says: ['root.tar', `expected ${ZEROS}`, /actual {3}(?!0{64})[0-9a-f]{64}\n/],
      hint: 'put the actual sha256',
    });
  });

  test('of a cooked tree that is another, shown with the true one', async () => {
    recipe({ base: { dir: './root' }, sha256: ZEROS });
    await work.refuses(['cook', 'cake.json', '-o', 'out.tar'], {
      code: 'RB_DIGEST_MISMATCH',
      says: ['the cooked tree', `expected ${ZEROS}`, /actual {3}(?!0{64})[0-9a-f]{64}\n/],
      hint: 'put the actual sha256',
    });
  });
});

describe('a base that is cut off', () => {
  const packed = gzipSync(TAR);
  test.each([
    ['in a header', TAR.subarray(0, 512 + 100)],
    ['in a body', TAR.subarray(0, 1024 + 2000)],
    ['in its gzip data', packed.subarray(0, packed.length - 20)],
    ['in its gzip trailer', packed.subarray(0, packed.length - 4)],
    ['in its gzip header', packed.subarray(0, 7)],
    ['as it begins', packed.subarray(0, 0)],
  ])('%s', async (_name, bytes) => {
    work.file('root.tar', bytes);
    recipe({ base: { tar: './root.tar' } });
    await work.refuses(['cook', 'cake.json', '-o', 'out.tar'], {
      code: 'RB_ARCHIVE_DAMAGED',
      says: ['root.tar'],
      hint: 'again',
    });
  });

  test('with a digest, which is then what is wrong', async () => {
    work.file('root.tar', packed.subarray(0, packed.length - 20));
    recipe({ base: { tar: './root.tar', sha256: ZEROS } });
    await work.refuses(['cook', 'cake.json'], { code: 'RB_DIGEST_MISMATCH', hint: /./ });
  });
});

describe('an output', () => {
  test.each(['out.tar', 'out.tar.gz', 'out'])('%s that exists stays as it is', async (output) => {
    work.file(output, 'precious');
    recipe({ base: { dir: './root' } });
    await work.refuses(['cook', 'cake.json', '-o', output], {
      code: 'RB_OUTPUT_EXISTS',
      says: [`${output} exists already`],
      hint: '--force',
    });
  });

  test.each(['out.tar', 'out.tar.gz', 'out'])('%s in a folder that is not there', async (output) => {
    recipe({ base: { dir: './root' } });
    await work.refuses(['cook', 'cake.json', '-o', `absent/${output}`], {
      code: 'RB_OUTPUT_UNWRITABLE',
      says: [`cannot write absent/${output}`],
      hint: 'make the folder absent first',
    });
  });

  test.each(['out.tar', 'out.tar.gz', 'out'])('%s in a folder that may not be written', async (output) => {
    chmodSync(work.mkdir('locked'), 0o555);
    recipe({ base: { dir: './root' } });
    await work.refuses(['cook', 'cake.json', '-o', `locked/${output}`], {
      code: 'RB_OUTPUT_UNWRITABLE',
      says: [`cannot write locked/${output}`],
      hint: 'write to',
    });
  });

  test('that would have to take the place of a folder', async () => {
    work.mkdir('out.tar');
    work.file('out.tar/precious', 'precious');
    recipe({ base: { dir: './root' } });
    await work.refuses(['cook', 'cake.json', '-o', 'out.tar', '--force'], {
      code: 'RB_OUTPUT_UNWRITABLE',
      says: ['out.tar: it is a folder'],
      hint: 'name a file',
    });
  });

  test('that would remove the folder we are in', async () => {
    recipe({ base: { dir: './root' } });
    await work.refuses(['cook', 'cake.json', '-o', '.', '--force'], {
      code: 'RB_OUTPUT_UNWRITABLE',
      says: [`${work.folder} is in it`],
      hint: 'replaced as a whole',
    });
  });

  test('whose temporary folder is not there', async () => {
    recipe({ base: { dir: './root' } });
    await work.refuses(
      ['cook', 'cake.json', '-o', 'out.tar'],
      { code: 'RB_OUTPUT_UNWRITABLE', says: ['/dev/null/x'], hint: 'TMPDIR' },
      { TMPDIR: '/dev/null/x' },
    );
  });

  test('and a cache that cannot be made', async () => {
    recipe({ base: { dir: './root' }, contents: [{ deb: 'hello' }] });
    await work.refuses(
      ['cook', 'cake.json', '-o', 'out.tar'],
      { code: 'RB_OUTPUT_UNWRITABLE', says: ['/dev/null/x'], hint: 'RB_CACHE_DIR' },
      { RB_CACHE_DIR: '/dev/null/x' },
    );
  });
});

describe('the network', () => {
  let server: Server;
  let respond: (response: ServerResponse) => void;
  beforeEach(async () => {
    server = createServer((_request, response) => respond(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/root.tar`;

  test('a port that nobody listens on', async () => {
    const closed = url();
    await new Promise((resolve) => server.close(resolve));
    recipe({ base: { tar: closed, sha256: ZEROS } });
    await work.refuses(['cook', 'cake.json', '-o', 'out.tar'], {
      code: 'RB_NETWORK',
      says: [`GET ${closed}: `, 'ECONNREFUSED'],
      hint: 'check the network',
    });
  });

  test('a server that ends early', async () => {
    respond = (response) => {
      response.writeHead(200, { 'content-length': TAR.length });
      response.write(TAR.subarray(0, 3000), () => response.destroy());
    };
    recipe({ base: { tar: url(), sha256: ZEROS } });
    await work.refuses(['cook', 'cake.json', '-o', 'out.tar'], {
      code: 'RB_NETWORK',
      says: [`GET ${url()}: `],
      hint: 'check the network',
    });
  });

  test('a server that does not have it', async () => {
    respond = (response) => void response.writeHead(404).end('nothing here');
    recipe({ base: { tar: url(), sha256: ZEROS } });
    await work.refuses(['cook', 'cake.json'], { code: 'RB_NETWORK', says: ['404'], hint: 'check the URL' });
  });

  test('a server that has something else', async () => {
    respond = (response) => void response.writeHead(200).end(TAR);
    recipe({ base: { tar: url(), sha256: ZEROS } });
    await work.refuses(['cook', 'cake.json'], {
      code: 'RB_DIGEST_MISMATCH',
      says: [url(), `expected ${ZEROS}`],
      hint: /./,
    });
  });
});

oracle({ tools: ['apt-get'] })('a Debian package', () => {
  test('that apt does not know', async () => {
    recipe({ base: { dir: './root' }, contents: [{ deb: 'rb-there-is-no-such-package' }] });
    await work.refuses(['cook', 'cake.json', '-o', 'out.tar'], {
      code: 'RB_INPUT_NOT_FOUND',
      says: ['apt knows no package rb-there-is-no-such-package'],
      hint: 'check the name',
    });
  });

  test('on a machine without apt', async () => {
    recipe({ base: { dir: './root' }, contents: [{ deb: 'hello' }] });
    const before = work.files();
    const { status, stderr } = await work.run(['cook', 'cake.json', '-o', 'out.tar'], {
      PATH: '/nowhere',
      RB_CACHE_DIR: work.mkdir('cache'),
    });
    expect(status).toBe(2);
    expect(stderr).toContain('error[RB_APT_MISSING]: cake.json:1:66: this machine has no apt');
    expect(stderr).toContain('hint: name a .deb file');
    expect(work.files().filter((name) => !name.startsWith('cache'))).toEqual(before);
  });
});
