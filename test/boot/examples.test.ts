/** The cakes that come with the package, as they are: baked by an ordinary user, and booted. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { builtInCakes } from '../../src/recipe/load.ts';
import { startMachine } from '../../src/vm/machine.ts';
import { makeDebianArchive } from '../support/debian-archive.ts';
import { type ExampleHosts, startExampleHosts } from '../support/example-hosts.ts';
import { GuestShell } from '../support/guest-shell.ts';
import { testHost } from '../support/host.ts';
import { makeNixStore, type NixStore } from '../support/nix-store.ts';
import { judge, oracle } from '../support/oracle.ts';
import { filesOf } from '../support/public-hosts.ts';
import { startQemu, type TestMachine } from '../support/qemu.ts';
import { freePort, makeSshKey, overSsh } from '../support/ssh.ts';
import { stubNginx } from '../support/stub-nginx.ts';
import { folderOf, ordinaryUser, startAs } from '../support/users.ts';

const product = inject('product');
const MINUTE = 60_000;
const tools = [
  ...['qemu-system-x86_64', 'apt-get', 'docker-registry', 'skopeo', 'umoci', 'openssl'],
  ...['nix', 'busybox', 'gpg', 'apt-ftparchive', 'e2fsck', 'ssh', 'ssh-keygen'],
];

/** The password that the examples have in common. */
const ROOT = { user: 'root', password: 'migh7Lib' };

oracle({ tools, files: [product.alpine], root: true })('the example', () => {
  const user = ordinaryUser();
  const folder = folderOf(user);
  const servers = folderOf({ ...user, uid: 0, gid: 0 });
  const made = new Set(['hello', 'alpine-machine']);
  let sources: ExampleHosts;
  let nix: NixStore;

  beforeAll(async () => {
    nix = makeNixStore(join(servers, 'nix'));
    makeDebianArchive(join(servers, 'debian'), 'bookworm', ['gawk']);
    sources = await startExampleHosts(join(servers, 'hosts'), product.alpine, {
      'cache.nixos.org': filesOf({ '/': nix.caches.xz }),
      'ftp.debian.org': filesOf({ '/debian/': join(servers, 'debian/mirror') }),
    });
  });
  afterAll(async () => {
    await sources?.stop();
    judge('chmod', ['-R', 'u+w', servers]);
    for (const path of [folder, servers]) rmSync(path, { recursive: true, force: true });
  });

  /** Runs the product as the ordinary user; gives what it printed. */
  async function run(command: string, cake: string, ...args: string[]): Promise<string> {
    made.add(cake);
    const words = ['node', product.cli, command, cake, ...args];
    const env = { ...sources.hosts.env, RB_CACHE_DIR: join(folder, 'cache') };
    const child = startAs(user, words, { cwd: folder, env });
    let [stdout, stderr] = ['', ''];
    child.stdout!.on('data', (text) => {
      stdout += text;
    });
    child.stderr!.on('data', (text) => {
      stderr += text;
    });
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect(status, stderr).toBe(0);
    return stdout;
  }

  async function talk(args: readonly string[], conversation: (machine: TestMachine) => Promise<void>) {
    const machine = startQemu(args);
    try {
      await conversation(machine);
    } finally {
      await machine.stop();
    }
  }

  const drive = (image: string) => ['-drive', `if=virtio,format=raw,snapshot=on,file=${join(folder, image)}`];

  it('alpine-web serves its page, and lets a key in by ssh', async () => {
    const key = makeSshKey(servers);
    const stub = join(servers, 'stub');
    mkdirSync(stub);
    const keys = ['--set', `machine.root.sshKeys=["${key.line}"]`];
    await run('bake', 'alpine-web', '-o', 'web.img', ...stubNginx(stub), ...keys);
    const [http, ssh] = [await freePort(), await freePort()];
    const forwards = [
      { host: http, guest: 80 },
      { host: ssh, guest: 22 },
    ];
    const options = { accelerator: 'tcg', snapshot: true, forwards } as const;
    const machine = await startMachine(join(folder, 'web.img'), options, testHost().host);
    try {
      await machine.console.expect('web login:', 5 * MINUTE);
      const command = 'id -un; hostname; rc-service nginx status; stat -c %a /root/.ssh/authorized_keys';
      const answer = await patiently(() => overSsh(key, ssh, 'root', command));
      expect(answer).toMatch(/^root\nweb\n[\s\S]*started\n600\n$/);
      const page = await patiently(async () => (await fetch(`http://127.0.0.1:${http}/`)).text());
      expect(page).toContain('Baked without root.');
    } finally {
      await machine.stop();
    }
  });

  it('oci-machine boots from an image of a registry', async () => {
    await run('bake', 'oci-machine', '-o', 'oci.img');
    await talk(drive('oci.img'), async ({ console }) => {
      await console.expect('A container image that boots.', 5 * MINUTE);
      const shell = await GuestShell.logIn(console, { ...ROOT, prompt: 'oci-machine login:' });
      expect(await shell.run('cat /etc/alpine-release')).toMatch(/^3\.19\.\d+\n$/);
      expect(await shell.run('mount | grep " / "')).toMatch(/on \/ type ext4 \(rw/);
    });
  });

  it('rescue boots as an initramfs, and checks and mounts a disk', async () => {
    await run('bake', 'hello', '-o', 'patient.img');
    await run('cook', 'rescue', '-o', 'rescue.cpio.gz');
    await run('extract', 'rescue.cpio.gz', '/boot', '-o', 'kernel');
    const boot = join(folder, 'kernel/boot');
    const [kernel] = readdirSync(boot);
    const initrd = ['-kernel', join(boot, kernel!), '-initrd', join(folder, 'rescue.cpio.gz')];
    await talk(
      [...initrd, '-append', 'console=ttyS0 no_timer_check', ...drive('patient.img')],
      async ({ console }) => {
        await console.expect(/\/dev\/vda1: .*LABEL="hello"/, 5 * MINUTE);
        await console.expect('# ', 5 * MINUTE);
        const shell = new GuestShell(console);
        expect(await shell.run('e2fsck -fn /dev/vda1; echo $?')).toMatch(/^hello: \d+\/\d+ files.*\n0\n$/m);
        expect(await shell.run('mount /dev/vda1 /mnt && cat /mnt/etc/hostname')).toMatch(/^hello\n/m);
      },
    );
  });

  it('mixed has programs of three distributions, that run', async () => {
    const tool = `cook.contents.0={nix: ${nix.tool}, keys: ["${nix.publicKey}"]}`;
    const keyring = `cook.contents.1.keyring=${servers}/debian/keyring.gpg`;
    await run('bake', 'mixed', '-o', 'mixed.img', '--set', tool, '--set', keyring);
    await talk(drive('mixed.img'), async ({ console }) => {
      const shell = await GuestShell.logIn(console, { ...ROOT, prompt: 'mixed login:' });
      const said = await shell.run(`${nix.tool}/bin/tool /etc/cake-release`);
      expect(said).toContain('the tool runs: Alpine, Nix and Debian');
      expect(await shell.run(`gawk 'BEGIN { print "gawk-" 6 * 7 }'; rc-status -r`)).toBe(
        'gawk-42\ndefault\n',
      );
    });
  });

  it('is in these tests, whichever it is; nothing but packages is asked of other hosts', () => {
    expect([...made].filter((name) => builtInCakes().includes(name)).sort()).toEqual(builtInCakes().sort());
    expect(sources.hosts.strangers.filter((url) => !url.endsWith('.deb'))).toEqual([]);
  });
});

/** Services start after the login prompt. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 300; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(1000);
    }
  }
}
