import * as nodeFs from 'node:fs';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it, test } from 'vitest';
import { applyMachine } from '../../src/cook/machine/apply.ts';
import type { ServiceChoices } from '../../src/cook/machine/options.ts';
import { readDirectory } from '../../src/sources/directory.ts';
import { judge, oracle } from '../support/oracle.ts';
import { folderOf, ordinaryUser, runAs } from '../support/users.ts';

const product = inject('product');
const UNITS = '/lib/systemd/system';

/** Units that ask for what Debian's own do not. */
const OWN_UNITS = {
  'web.service':
    '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target \\\n  other-%p.target\nRequiredBy=graphical.target\nAlias=httpd.service\nAlso=web.socket\n',
  'web.socket': '[Socket]\nListenStream=80\n[Install]\nWantedBy=sockets.target\nAlso=web.service\n',
  'inst@.service':
    '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target dev-%i.device\nAlias=thing@%i.service\n',
  'later.service': '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=basic.target\n',
  'reset.service':
    '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=basic.target\nWantedBy=\nWantedBy=rescue.target\n',
};

oracle({ tools: ['systemctl'], files: [UNITS] })('systemctl --root', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-systemctl-'));
    const root = join(folder, 'root');
    mkdirSync(join(root, 'usr/lib/systemd'), { recursive: true });
    mkdirSync(join(root, 'etc/systemd/system/later.service.d'), { recursive: true });
    cpSync(UNITS, join(root, 'usr/lib/systemd/system'), { recursive: true, verbatimSymlinks: true });
    symlinkSync('usr/lib', join(root, 'lib'));
    writeFileSync(join(root, 'usr/lib/systemd/systemd'), '');
    for (const [name, text] of Object.entries(OWN_UNITS))
      writeFileSync(join(root, 'usr/lib/systemd/system', name), text);
    symlinkSync('web.service', join(root, 'usr/lib/systemd/system/nginx.service'));
    const dropIn = '[Install]\nWantedBy=sysinit.target\n';
    writeFileSync(join(root, 'etc/systemd/system/later.service.d/more.conf'), dropIn);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The links below /etc/systemd as the judge makes them: their paths, and what they lead to by name. */
  function asJudged({ enable = [], disable = [] }: ServiceChoices): string[] {
    const root = mkdtempSync(join(folder, 'judged-'));
    judge('cp', ['-a', `${join(folder, 'root')}/.`, root]);
    for (const [verb, names] of [
      ['enable', enable],
      ['disable', disable],
    ] as const)
      for (const name of names) judge('systemctl', [`--root=${root}`, '--quiet', verb, String(name)]);
    const links = judge('find', [
      join(root, 'etc/systemd'),
      '-type',
      'l',
      '-printf',
      '/etc/systemd/%P %f %l\n',
    ]);
    return links
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' '))
      .map(([path, , target]) => `${path} -> ${basename(target!)}`)
      .sort();
  }

  /** The same of ours. */
  async function asOurs(services: ServiceChoices): Promise<string[]> {
    const tree = await readDirectory(nodeFs, join(folder, 'root'), {
      owner: '0:0',
      origin: 'base',
      mtime: 0n,
    });
    applyMachine(tree, { services }, { epoch: 0, emit: () => {} });
    return [...tree.walk('/etc/systemd')]
      .flatMap(({ path, entry }) =>
        entry.type === 'symlink' ? [`${path} -> ${basename(entry.target)}`] : [],
      )
      .sort();
  }

  test.each<ServiceChoices>([
    { enable: ['web'] },
    { enable: ['nginx'] },
    { enable: ['web.socket'] },
    { enable: ['later', 'reset.service'] },
    { enable: ['systemd-networkd'] },
    { enable: ['getty@', 'getty@tty3', 'serial-getty@ttyS0.service'] },
    { enable: ['inst@a', 'inst@b'] },
    { enable: ['systemd-timesyncd', 'fstrim.timer', 'reboot.target'] },
    { enable: ['web', 'later'], disable: ['web'] },
    { enable: ['systemd-networkd', 'getty@tty1', 'getty@tty2'], disable: ['systemd-networkd', 'getty@tty1'] },
    { enable: ['inst@a', 'inst@b'], disable: ['inst@a'] },
    { enable: ['inst@a', 'inst@b'], disable: ['inst@'] },
    { disable: ['later'] },
  ])('makes the same links for %j', async (services) => {
    const ours = await asOurs(services);
    expect(ours).toEqual(asJudged(services));
    if (!services.disable) expect(ours.length).toBeGreaterThan(0);
  });
});

const HASH = `$6$rootlessbake$${'x'.repeat(86)}`;
const MACHINE = {
  hostname: 'box',
  timezone: 'UTC',
  users: [
    { name: 'alice', groups: ['wheel', 'users'], password: HASH },
    { name: 'bob', uid: 4242, home: '/srv/bob' },
  ],
  root: { password: HASH },
};

oracle({ tools: ['pwck', 'grpck', 'tar'], files: [product.alpine], root: true })('pwck and grpck', () => {
  const user = ordinaryUser();
  const folder = folderOf(user);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What the judges complain of in a root, but for what any Alpine gets. */
  function complaints(root: string): string[] {
    const lines = [
      judge('pwck', ['-r', '-R', root], [0, 2]),
      judge('grpck', ['-r', '-R', root], [0, 2]),
    ].join('\n');
    return lines.split('\n').filter((line) => line !== '' && !/no changes/.test(line));
  }

  /** Cooks Alpine as the ordinary user and unpacks it as root. */
  function cookTo(name: string, machine?: object): string {
    const base = readdirSync(product.alpine).find((file) => file.startsWith('alpine-minirootfs-'))!;
    const recipe = { name, cook: { base: { tar: join(product.alpine, base) } }, ...(machine && { machine }) };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(recipe));
    const command = ['node', product.cli, 'cook', `${name}.json`, '-o', `${name}.tar`];
    const run = runAs(user, command, { cwd: folder });
    expect(run.status, run.stderr).toBe(0);
    const root = join(folder, name);
    mkdirSync(root);
    judge('tar', ['-xpf', `${root}.tar`, '-C', root]);
    return root;
  }

  it('find nothing new in accounts that were added', () => {
    const before = complaints(cookTo('plain'));
    const root = cookTo('machine', MACHINE);
    expect(complaints(root)).toEqual(before);
    expect(judge('chroot', [root, '/usr/bin/id', 'alice'])).toMatch(
      /^uid=1000\(alice\) gid=1000\(alice\) groups=1000\(alice\),10\(wheel\),100\(users\)\n$/,
    );
    expect(judge('stat', ['-c', '%u:%g %a', join(root, 'srv/bob'), join(root, 'etc/shadow')])).toBe(
      '4242:4242 700\n0:42 640\n',
    );
  });
});
