import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Machine, startMachine } from '../../src/vm/machine.ts';
import type { PortForward } from '../../src/vm/options.ts';
import { alpineSettings } from '../support/alpine.ts';
import { alpineOptions } from '../support/alpine-root.ts';
import { makeDebianArchive } from '../support/debian-archive.ts';
import { DEBIAN_KERNEL_TOOLS, debianKernel } from '../support/debian-kernel.ts';
import { GuestShell } from '../support/guest-shell.ts';
import { testHost } from '../support/host.ts';
import { Loopback } from '../support/loopback.ts';
import { makeNixStore } from '../support/nix-store.ts';
import { judge, oracle } from '../support/oracle.ts';
import { freePort, makeSshKey, overSsh } from '../support/ssh.ts';
import { folderOf, ordinaryUser, runAs, startAs, type User } from '../support/users.ts';

const product = inject('product');
const MINUTE = 60_000;
const user = ordinaryUser();
const root: User = { ...user, uid: 0, gid: 0 };
const tools = [...DEBIAN_KERNEL_TOOLS, 'qemu-system-x86_64'];

/** What `init` writes of a template is baked, with sources of this machine in the place of the world's, and booted. */
function onTemplate(
  template: string,
  needs: Parameters<typeof oracle>[0],
  talk: (place: Place) => void,
): void {
  oracle({ ...needs, tools: [...tools, ...(needs.tools ?? [])] })(`the template ${template}`, () => {
    const folder = folderOf(user);
    const servers = folderOf(root);
    beforeAll(() => {
      const made = run('init', 'box', '--template', template);
      expect(made.stderr).toBe('');
    });
    afterAll(() => {
      judge('chmod', ['-R', 'u+w', servers]);
      for (const path of [folder, servers]) rmSync(path, { recursive: true, force: true });
    });
    const run = (...args: string[]) => runAs(user, ['node', product.cli, ...args], { cwd: folder });
    talk({ folder, servers, image: join(folder, 'box.img') });
  });
}

interface Place {
  /** Where `box/` is. */
  readonly folder: string;
  readonly servers: string;
  readonly image: string;
}

/** Bakes `box`, with Debian's kernel, as the ordinary user, while servers of this process answer. */
async function bake({ folder }: Place, settings: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const { root: kernel, release, modules } = debianKernel();
  const all = {
    'bake.kernel': `{vmlinuz: ${kernel}/boot/vmlinuz-${release}, modules: ${modules}}`,
    'bake.bootloader': '{deb: extlinux}',
    ...settings,
  };
  const set = Object.entries(all).flatMap(([key, value]) => [
    '--set',
    `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  ]);
  const child = startAs(user, ['node', product.cli, 'bake', './box', ...set], { cwd: folder });
  let stderr = '';
  child.stderr!.on('data', (text) => {
    stderr += text;
  });
  child.stdout!.resume();
  const status = await new Promise((resolve) => child.once('close', resolve));
  expect(status, stderr).toBe(0);
}

/** Boots an image, one of whose ports is `port` of loopback when that is told. */
async function withMachine(
  image: string,
  talk: (machine: Machine) => Promise<void>,
  ...forwards: PortForward[]
): Promise<void> {
  const options = { accelerator: 'tcg', memory: 512 << 20, snapshot: true, forwards } as const;
  const machine = await startMachine(image, options, testHost().host);
  try {
    await talk(machine);
  } finally {
    await machine.stop();
  }
}

/** Asks again and again until something answers. */
async function until<T>(ask: () => T | Promise<T>, patience: number): Promise<T> {
  for (const end = Date.now() + patience; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** The minirootfs and the repository that the tests have, in the place of Alpine's servers. */
function alpine(): Record<string, unknown> {
  const [, base, , sha256, , repositories] = alpineSettings(product).map((word) =>
    word.slice(word.indexOf('=') + 1),
  );
  return { 'cook.base': { tar: base, sha256 }, 'cook.repositories': repositories };
}

onTemplate('hello', {}, (place) => {
  it('boots to a login of its name, and powers off', async () => {
    await bake(place);
    await withMachine(place.image, async ({ console, exited }) => {
      await GuestShell.logIn(console, { prompt: 'box login:', user: 'root' });
      console.send('poweroff\n');
      expect(await exited).toMatchObject({ code: 0 });
    });
  });
});

onTemplate('alpine-machine', { tools: ['ssh', 'ssh-keygen'], files: [product.alpine] }, (place) => {
  it('lets in who has the key, over the network, and nobody else', async () => {
    const key = makeSshKey(place.servers);
    await bake(place, { ...alpine(), 'machine.users.0.sshKeys': [key.line] });
    const port = await freePort();
    await withMachine(
      place.image,
      async ({ console }) => {
        await console.expect('box login:', 5 * MINUTE);
        const ask = 'hostname; id -un; id -Gn; rc-service sshd status';
        const said = await until(() => overSsh(key, port, 'alpine', ask), 5 * MINUTE);
        expect(said).toMatch(/^box\nalpine\nalpine wheel\n.*status: started/s);
        mkdirSync(join(place.servers, 'other'));
        const other = makeSshKey(join(place.servers, 'other'));
        await expect(overSsh(other, port, 'alpine', 'true')).rejects.toThrow(
          /Permission denied \(publickey\)/,
        );
        await expect(overSsh(key, port, 'root', 'true')).rejects.toThrow(/Permission denied/);
      },
      { host: port, guest: 22 },
    );
  });

  it('knows its user by the password, on the console, and doas makes it root', async () => {
    await withMachine(place.image, async ({ console }) => {
      await GuestShell.logIn(console, { prompt: 'box login:', user: 'alpine', password: 'alpine' });
      console.send('doas id -u\n');
      await console.expect('password', 5 * MINUTE);
      console.send('alpine\n');
      await console.expect(/\n0\n/, 5 * MINUTE);
    });
  });
});

onTemplate('nix', { tools: ['nix', 'busybox'], files: [product.alpine], root: true }, (place) => {
  it('has the program of Nix on its PATH, and it runs', async () => {
    const nix = makeNixStore(join(place.servers, 'nix'));
    judge('chmod', ['-R', 'a+rX', place.servers]);
    await bake(place, {
      ...alpine(),
      'cook.contents.0': { nix: nix.tool, cache: nix.caches.xz, keys: [nix.publicKey] },
    });
    await withMachine(place.image, async ({ console }) => {
      const shell = await GuestShell.logIn(console, { prompt: 'box login:', user: 'root' });
      expect(await shell.run('tool /etc/hostname')).toContain('the tool runs: box');
    });
  });
});

onTemplate('debian', { tools: ['gpg', 'apt-ftparchive'], root: true }, (place) => {
  let web: Loopback;
  beforeAll(async () => {
    web = await Loopback.start();
  });
  afterAll(() => web.stop());

  it('comes up with systemd, no unit fails, and root logs in', async () => {
    const recipe = readFileSync(join(place.folder, 'box/cake.yaml'), 'utf8');
    const names = [...recipe.matchAll(/^ {8}- (\S+)$/gm)].map(([, name]) => name!);
    expect(names).toContain('systemd-sysv');
    makeDebianArchive(join(place.servers, 'debian'), 'bookworm', names);
    judge('chmod', ['-R', 'a+rX', place.servers]);
    web.answer = ({ url = '/' }, response) => {
      try {
        response.end(readFileSync(join(place.servers, 'debian/mirror', normalize(decodeURIComponent(url)))));
      } catch {
        response.writeHead(404).end();
      }
    };
    const index = recipe.slice(0, recipe.indexOf('    - debian:')).match(/^ {4}- /gm)!.length;
    await bake(place, {
      [`cook.contents.${index}.mirror`]: web.url('/'),
      [`cook.contents.${index}.keyring`]: join(place.servers, 'debian/keyring.gpg'),
    });
    await withMachine(place.image, async ({ console }) => {
      const shell = await GuestShell.logIn(console, {
        prompt: 'box login:',
        user: 'root',
        patience: 5 * MINUTE,
      });
      const state = await shell.run(
        'systemctl is-system-running --wait; systemctl --failed --quiet --no-pager',
        5 * MINUTE,
      );
      expect(state).toBe('running\n');
      const units = 'systemd-networkd systemd-resolved dbus';
      expect(await shell.run(`systemctl is-active ${units}`)).toBe('active\n'.repeat(3));
    });
  });
});

onTemplate('oci', { tools: ['umoci'], files: [product.alpine] }, (place) => {
  it('gets an address and runs the service of the image', async () => {
    const { tar } = alpineOptions(product).base;
    const layer = join(place.servers, 'layer.tar');
    writeFileSync(layer, gunzipSync(readFileSync(tar)));
    const layout = join(place.servers, 'layout');
    judge('umoci', ['init', '--layout', layout]);
    judge('umoci', ['new', '--image', `${layout}:box`]);
    judge('umoci', ['raw', 'add-layer', '--image', `${layout}:box`, layer]);
    judge('chmod', ['-R', 'a+rX', place.servers]);
    mkdirSync(join(place.folder, 'box/files/srv/www'), { recursive: true });
    writeFileSync(join(place.folder, 'box/files/srv/www/index.html'), 'it works\n');
    // The image of the test has no nginx: busybox serves in its place.
    const service = join(place.folder, 'box/files/machine/service');
    const text = readFileSync(service, 'utf8');
    expect(text).toContain('exec /docker-entrypoint.sh nginx');
    writeFileSync(service, text.replace(/^exec .*$/m, 'exec /machine/bin/httpd -f -p 80 -h /srv/www'));
    await bake(place, { 'cook.base.oci': `${layout}:box` });
    const port = await freePort();
    await withMachine(
      place.image,
      async ({ console }) => {
        await console.expect('box:/#', 5 * MINUTE);
        const page = await until(async () => {
          const signal = AbortSignal.timeout(10_000);
          return await (await fetch(`http://127.0.0.1:${port}/`, { signal })).text();
        }, 5 * MINUTE);
        expect(page).toBe('it works\n');
      },
      { host: port, guest: 80 },
    );
  });
});
