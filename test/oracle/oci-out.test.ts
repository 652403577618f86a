import { createHash } from 'node:crypto';
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { writeTar } from '../../src/formats/tar/index.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { type Description, describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { DockerRegistry } from '../support/docker-registry.ts';
import { makeLayeredImage } from '../support/layered-image.ts';
import { judge, oracle } from '../support/oracle.ts';
import { richTree } from '../support/rich-tree.ts';
import { TokenService } from '../support/token-service.ts';
import { anotherUser, ordinaryUser, type User } from '../support/users.ts';
import { Workplace } from '../support/workplace.ts';

const tools = ['docker-registry', 'skopeo', 'umoci', 'getfattr', 'setfattr', 'setcap', 'openssl', 'zstd'];

/** As `htpasswd -B` writes it, of the password s3cret. */
const HTPASSWD = 'ann:$2y$05$rootlessbakerootlessbODW21zx1k2DXi.NqU2tAChp1gW4lOCMe\n';
const LOGIN = Buffer.from('ann:s3cret').toString('base64');

oracle({ tools, root: true })('an image of a cooked root', () => {
  let folder: string;
  let rich: string;
  let wanted: Description;
  let registry: DockerRegistry;
  const places: Workplace[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rb-oci-out-'));
    judge('chmod', ['755', folder]);
    rich = join(folder, 'rich.tar');
    await pipeline(writeTar(imageTree()), createWriteStream(rich));
    wanted = withoutSockets(describeTree(imageTree()));
    registry = await DockerRegistry.start(folder);
  });
  afterAll(async () => {
    await registry?.stop();
    for (const place of places) place.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function workplace(user: User = ordinaryUser()): Workplace {
    const place = new Workplace(user, inject('product'));
    places.push(place);
    place.file('cake.yaml', JSON.stringify({ name: 'rich', cook: { base: { tar: rich } } }));
    return place;
  }

  async function run(place: Workplace, args: readonly string[], env: Record<string, string> = {}) {
    const outcome = await place.run([...args, '--json'], { RB_CACHE_DIR: place.path('cache'), ...env });
    expect(outcome.status, outcome.stderr).toBe(0);
    return JSON.parse(outcome.stdout);
  }

  /** What umoci unpacks as root. */
  function unpacked(layout: string, name: string): Description {
    const bundle = mkdtempSync(join(folder, 'bundle-'));
    judge('umoci', ['unpack', '--image', `${layout}:${name}`, join(bundle, 'it')]);
    return describeFolder(join(bundle, 'it/rootfs'));
  }

  const inspect = (image: string, ...options: string[]) =>
    JSON.parse(judge('skopeo', ['inspect', '--tls-verify=false', ...options, image]));

  test.each(['image.oci.tar', 'image.oci'])('%s is what umoci unpacks, in every attribute', async (name) => {
    const place = workplace();
    const { imageDigest, format } = await run(place, ['cook', 'cake.yaml', '-o', name]);
    const transport = format === 'oci' ? 'oci' : 'oci-archive';
    const image = `${transport}:${place.path(name)}:rich`;
    expect(inspect(image)).toMatchObject({ Digest: imageDigest, Architecture: 'amd64', Os: 'linux' });
    const layout = join(folder, `copied-${name}`);
    judge('skopeo', ['copy', '-q', '--preserve-digests', image, `oci:${layout}:rich`]);
    expect(differences(unpacked(layout, 'rich'), wanted)).toEqual([]);
    const directory = join(folder, `dir-${name}`);
    judge('skopeo', ['copy', '-q', image, `dir:${directory}`]);
    expect(`sha256:${digestOf(join(directory, 'manifest.json'))}`).toBe(imageDigest);
  });

  test('its layer may be zstd', async () => {
    const place = workplace();
    await run(place, ['cook', 'cake.yaml', '-o', 'image.oci', '--compression', 'zstd']);
    const image = `oci:${place.path('image.oci')}:rich`;
    const [layer] = inspect(image, '--raw').layers;
    expect(layer.mediaType).toMatch(/\+zstd$/);
    const { rootfs } = JSON.parse(judge('skopeo', ['inspect', '--config', image]));
    const blob = place.path('image.oci/blobs', layer.digest.replace(':', '/'));
    judge('zstd', ['-q', '-d', blob, '-o', join(folder, 'layer.tar')]);
    expect(rootfs.diff_ids).toEqual([`sha256:${digestOf(join(folder, 'layer.tar'))}`]);
    judge('skopeo', ['copy', '-q', '--preserve-digests', image, `dir:${join(folder, 'zstd')}`]);
  });

  test('is the same whoever makes it, and where, and when', async () => {
    const digests = async (user: User, env: Record<string, string>, umask: string) => {
      const place = workplace(user);
      const prefix = ['/bin/sh', '-c', `umask ${umask}; exec "$@"`, 'sh'];
      for (const output of ['image.oci.tar', 'image.oci', 'root.tar.gz', 'root.cpio.gz']) {
        const { status, stderr } = await place.run(['cook', 'cake.yaml', '-o', output], env, prefix);
        expect(status, stderr).toBe(0);
      }
      const files = readdirSync(place.folder, { recursive: true, withFileTypes: true, encoding: 'utf8' });
      return files
        .filter((file) => file.isFile() && /image|root\.|blobs/.test(join(file.parentPath, file.name)))
        .filter((file) => !file.parentPath.includes('.cache'))
        .map((file) => join(file.parentPath, file.name))
        .map((path) => `${path.slice(place.folder.length)} ${digestOf(path)}`)
        .sort();
    };
    const first = await digests(ordinaryUser(), { TZ: 'UTC', LC_ALL: 'C' }, '022');
    const second = await digests(anotherUser(), { TZ: 'Pacific/Auckland', LC_ALL: 'C.UTF-8' }, '077');
    expect(first.length).toBeGreaterThan(7);
    expect(second).toEqual(first);
  });

  test('keeps what the image says that is its base, and has its tree', async () => {
    const base = join(folder, 'base');
    mkdirSync(base);
    const layout = makeLayeredImage(base);
    const config = [
      '--config.exposedports',
      '80/tcp',
      '--config.volume',
      '/srv',
      '--config.stopsignal',
      'SIGUSR1',
    ];
    const more = ['--config.label', 'a=b', '--config.workingdir', '/etc', '--config.cmd', 'run'];
    judge('umoci', ['config', '--image', `${layout}:test`, ...config, ...more]);
    judge('chmod', ['-R', 'a+rX', base]);
    const place = workplace();
    const recipe = JSON.stringify({ name: 'based', cook: { base: { oci: `${layout}:test` } } });
    place.file('based.yaml', recipe);
    await run(place, ['cook', 'based.yaml', '-o', 'based.oci']);
    const made = place.path('based.oci');
    const ours = inspect(`oci:${made}`, '--config');
    const theirs = inspect(`oci:${layout}:test`, '--config');
    expect(ours.config).toEqual(theirs.config);
    expect(ours.config).toMatchObject({
      Env: ['PATH=/bin', 'A=b c'],
      User: '7:8',
      Entrypoint: ['/bin/tool'],
    });
    expect(ours.config).toMatchObject({ ExposedPorts: { '80/tcp': {} }, Volumes: { '/srv': {} } });
    expect(differences(unpacked(made, 'based'), unpacked(layout, 'test'))).toEqual([]);
  });

  test('is pushed, and pulled by skopeo, with the same digest on every run', async () => {
    const place = workplace();
    const [first, second] = ['one/rich:1', 'two/rich:2'].map((name) => `${registry.host}/${name}`);
    const pushed = await run(place, ['push', 'cake.yaml', first!]);
    expect(pushed.reference).toBe(`${first}@${pushed.digest}`);
    expect(inspect(`docker://${first}`).Digest).toBe(pushed.digest);
    const layout = join(folder, 'pulled');
    judge('skopeo', ['copy', '-q', '--src-tls-verify=false', `docker://${first}`, `oci:${layout}:rich`]);
    expect(differences(unpacked(layout, 'rich'), wanted)).toEqual([]);

    const outcomes = ({ blobs }: { blobs: { outcome: string }[] }) => blobs.map(({ outcome }) => outcome);
    expect(outcomes(pushed)).toEqual(['uploaded', 'uploaded']);
    const again = await run(place, ['push', 'cake.yaml', second!, '--rebuild']);
    expect(again.digest).toBe(pushed.digest);
    expect(outcomes(again)).toEqual(['mounted', 'mounted']);
    await run(place, ['cook', 'cake.yaml', '-o', 'image.oci.tar']);
    const archive = await run(place, ['push', 'image.oci.tar', `${registry.host}/two/rich:3`]);
    expect(archive.digest).toBe(pushed.digest);
    expect(outcomes(archive)).toEqual(['present', 'present']);
    expect(inspect(`docker://${registry.host}/two/rich:3`).Digest).toBe(pushed.digest);
    const pulled = workplace();
    pulled.file('cake.yaml', JSON.stringify({ name: 'rich', cook: { base: { oci: pushed.reference } } }));
    const cooked = await run(pulled, ['cook', 'cake.yaml']);
    expect(cooked.sha256).toBe(pushed.sha256);
  });

  test('an index of skopeo’s is pushed with all that it holds', async () => {
    const place = workplace();
    for (const architecture of ['amd64', 'arm64']) {
      const options = ['--platform', `linux/${architecture}`];
      await run(place, ['push', 'cake.yaml', `${registry.host}/three/rich:${architecture}`, ...options]);
    }
    const manifests = ['amd64', 'arm64'].map((architecture) => {
      const image = `docker://${registry.host}/three/rich:${architecture}`;
      const size = Buffer.byteLength(judge('skopeo', ['inspect', '--raw', '--tls-verify=false', image]));
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      return { mediaType, size, digest: inspect(image).Digest, platform: { os: 'linux', architecture } };
    });
    const type = 'application/vnd.oci.image.index.v1+json';
    const index = JSON.stringify({ schemaVersion: 2, mediaType: type, manifests });
    const digest = await registry.putManifest('three/rich', 'all', type, index);
    const layout = join(folder, 'index');
    const copy = ['copy', '-q', '--all', '--preserve-digests', '--src-tls-verify=false'];
    judge('skopeo', [...copy, `docker://${registry.host}/three/rich:all`, `oci:${layout}:all`]);
    judge('chmod', ['-R', 'a+rX', layout]);
    const pushed = await run(place, ['push', `oci:${layout}:all`, `${registry.host}/four/rich:all`]);
    expect(pushed.digest).toBe(digest);
    judge('skopeo', [...copy, `docker://${registry.host}/four/rich:all`, `oci:${join(folder, 'back')}:all`]);
  });

  function logIn(place: Workplace, host: string, auth: string): Record<string, string> {
    return { REGISTRY_AUTH_FILE: place.file('auth.json', JSON.stringify({ auths: { [host]: { auth } } })) };
  }

  test('is pushed to a registry that knows its users', async () => {
    const guarded = mkdtempSync(join(folder, 'basic-'));
    const path = join(guarded, 'htpasswd');
    writeFileSync(path, HTPASSWD);
    const basic = await DockerRegistry.start(guarded, { auth: { htpasswd: { realm: 'test', path } } });
    try {
      const place = workplace();
      const image = `${basic.host}/a/b:c`;
      const refusal = { code: 'RB_UNAUTHORIZED', hint: /docker login/ } as const;
      await place.refuses(['push', 'cake.yaml', image, '--no-lock', '-q'], refusal);
      const wrong = logIn(place, basic.host, Buffer.from('ann:wrong').toString('base64'));
      const asWrong = { ...wrong, RB_CACHE_DIR: join(folder, 'cache-wrong') };
      await place.refuses(['push', 'cake.yaml', image, '--no-lock', '-q'], refusal, asWrong);
      const pushed = await run(place, ['push', 'cake.yaml', image], logIn(place, basic.host, LOGIN));
      const inspected = judge('skopeo', [
        'inspect',
        '--tls-verify=false',
        '--creds=ann:s3cret',
        `docker://${image}`,
      ]);
      expect(JSON.parse(inspected).Digest).toBe(pushed.digest);
    } finally {
      await basic.stop();
    }
  });

  test('is pushed to a registry that wants tokens, for those repositories alone', async () => {
    const guarded = mkdtempSync(join(folder, 'token-'));
    const service = await TokenService.start(guarded, `Basic ${LOGIN}`);
    const bearer = await DockerRegistry.start(guarded, { auth: service.auth });
    try {
      const place = workplace();
      const image = `${bearer.host}/a/b:c`;
      // Nobody may pull, which is found out when something is to be sent.
      const nobody = await place.run(['push', 'cake.yaml', image, '--no-lock', '-q']);
      expect(nobody.stderr).toMatch(/error\[RB_UNAUTHORIZED\].*401 Unauthorized: UNAUTHORIZED/);
      const login = logIn(place, bearer.host, LOGIN);
      const pushed = await run(place, ['push', 'cake.yaml', image], login);
      const again = await run(place, ['push', 'cake.yaml', `${bearer.host}/d/e:f`], login);
      expect(again.blobs.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['mounted', 'mounted']);
      expect(again.digest).toBe(pushed.digest);
      expect(service.scopes).toContainEqual(['repository:a/b:pull,push']);
      expect(service.scopes).toContainEqual(['repository:d/e:pull,push', 'repository:a/b:pull']);
    } finally {
      await bearer.stop();
      await service.stop();
    }
  });
});

/** Without what Go's archive/tar cannot read: times after 2262, and xattrs without a value. */
function imageTree(): Tree {
  const tree = richTree();
  tree.delete('/late');
  const entry = tree.get('/xattrs')!;
  entry.xattrs = new Map([...entry.xattrs, ['trusted.mark', Buffer.from('x')]]);
  return tree;
}

/** Tars have no sockets: an empty file stands for one. */
function withoutSockets(tree: Description): Description {
  const empty = createHash('sha256').update('').digest('hex').slice(0, 16);
  const file = (line: string) => `${line.replace('socket', 'file')} 0 bytes ${empty}`;
  return new Map([...tree].map(([path, line]) => [path, line.startsWith('socket') ? file(line) : line]));
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
