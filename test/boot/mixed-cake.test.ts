import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { startMachine } from '../../src/vm/machine.ts';
import { pushAlpineImage } from '../support/alpine-image.ts';
import { makeDebianArchive } from '../support/debian-archive.ts';
import { DockerRegistry } from '../support/docker-registry.ts';
import { GuestShell } from '../support/guest-shell.ts';
import { testHost } from '../support/host.ts';
import { Loopback } from '../support/loopback.ts';
import { makeNixStore, type NixStore } from '../support/nix-store.ts';
import { judge, oracle } from '../support/oracle.ts';
import { filesOf } from '../support/public-hosts.ts';
import { folderOf, ordinaryUser, startAs } from '../support/users.ts';

const product = inject('product');
const tools = [
  ...['qemu-system-x86_64', 'apt-get', 'docker-registry', 'skopeo', 'umoci'],
  ...['nix', 'busybox', 'gpg', 'apt-ftparchive', 'e2fsck'],
];

/**
 * One root of all families, each from a real server: an image from a registry, Alpine's packages, a closure of
 * Nix, Debian's gawk with its libraries, a folder.
 */
oracle({ tools, files: [product.alpine], root: true })('a cake of all sources', () => {
  const user = ordinaryUser();
  const folder = folderOf(user);
  const servers = folderOf({ ...user, uid: 0, gid: 0 });
  let registry: DockerRegistry;
  let web: Loopback;
  let nix: NixStore;
  let digest: string;

  beforeAll(async () => {
    registry = await DockerRegistry.start(servers);
    digest = pushAlpineImage(registry, product.alpine, servers);
    nix = makeNixStore(join(servers, 'nix'));
    makeDebianArchive(join(servers, 'debian'), 'bookworm', ['gawk']);
    web = await Loopback.start();
    const answer = filesOf({
      '/alpine/': join(product.alpine, 'apks'),
      '/nix/': nix.caches.xz,
      '/debian/': join(servers, 'debian/mirror'),
    });
    web.answer = (incoming, response) => answer(decodeURIComponent(incoming.url!), incoming, response);
    writeRecipe();
  });
  afterAll(async () => {
    await registry?.stop();
    await web?.stop();
    judge('chmod', ['-R', 'u+w', servers]);
    for (const path of [folder, servers]) rmSync(path, { recursive: true, force: true });
  });

  function writeRecipe(): void {
    mkdirSync(join(folder, 'cake/files/etc'), { recursive: true });
    writeFileSync(join(folder, 'cake/files/etc/cake-release'), 'mixed\n');
    const recipe = {
      name: 'mixed',
      cook: {
        base: { oci: `${registry.host}/library/alpine@${digest}` },
        repositories: [web.url('/alpine')],
        packages: ['openrc', 'yx'],
        script: "sed -i 's/^#ttyS0/ttyS0/' /etc/inittab\npasswd -d root",
        contents: [
          { nix: nix.tool, cache: web.url('/nix'), keys: [nix.publicKey] },
          {
            debian: 'gawk',
            release: 'bookworm',
            mirror: web.url('/debian'),
            keyring: join(servers, 'debian/keyring.gpg'),
            only: ['/usr/bin/gawk', '/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib64'],
          },
          { dir: './files' },
        ],
      },
      bake: {
        size: '192M',
        kernel: { deb: 'linux-image-cloud-amd64' },
        modules: ['virtio_pci', 'virtio_blk', 'ext4'],
        options: ['console=ttyS0', 'no_timer_check', 'loglevel=1'],
      },
    };
    writeFileSync(join(folder, 'cake/cake.json'), JSON.stringify(recipe, undefined, 2));
    judge('chown', ['-R', `${user.uid}:${user.gid}`, folder]);
  }

  /** Runs the product as the ordinary user while the servers answer. */
  async function run(...args: string[]): Promise<{ json: Record<string, unknown>; stderr: string }> {
    const command = ['node', product.cli, ...args, '--json', '--store', join(folder, 'store')];
    const child = startAs(user, command, { cwd: folder, env: { RB_CACHE_DIR: join(folder, 'cache') } });
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout!.on('data', (text) => out.push(String(text)));
    child.stderr!.on('data', (text) => err.push(String(text)));
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect(status, err.join('')).toBe(0);
    return { json: JSON.parse(out.join('')), stderr: err.join('') };
  }

  const bakeTo = (image: string, ...args: string[]) => run('bake', 'cake/cake.json', '-o', image, ...args);

  it('is locked, baked and booted, its programs run, and again without any server', async () => {
    const { json: lock } = await run('lock', 'cake/cake.json');
    const kinds = (lock['inputs'] as { kind: string }[]).map(({ kind }) => kind);
    expect([...new Set(kinds)].sort()).toEqual(['apk', 'deb', 'debian', 'nix', 'oci']);
    const { json: first } = await bakeTo('first.img', '--locked');
    expect(first['cookedSha256']).toBe(lock['tree']);
    judge('e2fsck', ['-fn', partitionOf('first.img')]);
    await boots('first.img');

    await registry.stop();
    await web.stop();
    const { json: kept } = await bakeTo('kept.img', '--locked', '--offline');
    expect(kept['times']).toMatchObject([{ step: 'kept image' }]);
    const { json: anew } = await bakeTo('anew.img', '--locked', '--offline', '--rebuild');
    expect([kept['sha256'], anew['sha256']]).toEqual([first['sha256'], first['sha256']]);
    expect(anew['times']).toContainEqual(expect.objectContaining({ step: 'packages' }));
  });

  function partitionOf(image: string): string {
    const path = join(folder, 'partition');
    judge('dd', [`if=${join(folder, image)}`, `of=${path}`, 'bs=1M', 'skip=1', 'conv=sparse', 'status=none']);
    return path;
  }

  async function boots(image: string): Promise<void> {
    const machine = await startMachine(
      join(folder, image),
      { accelerator: 'tcg', memory: 256 << 20, snapshot: true },
      testHost().host,
    );
    try {
      const shell = await GuestShell.logIn(machine.console, { prompt: 'login:', user: 'root' });
      const tool = `${nix.tool}/bin/tool /etc/cake-release`;
      expect(await shell.run(tool)).toContain('the tool runs: mixed');
      const program = 'BEGIN { printf "%s-%d\\n", "gawk", 6 * 7; print PROCINFO["version"] }';
      expect(await shell.run(`gawk '${program}'`)).toMatch(/^gawk-42\n\d+\.\d/);
      expect(await shell.run("echo '{a: {b: alpine}}' | yx -f - a b")).toBe('alpine');
      expect(await shell.run('openrc --version')).toContain('openrc (OpenRC)');
    } finally {
      await machine.stop();
    }
  }
});
