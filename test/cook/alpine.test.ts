import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { readContent } from '../../src/tree/content.ts';
import { linkCounts, type Tree } from '../../src/tree/tree.ts';
import { ALPINE, alpineOptions } from '../support/alpine-root.ts';
import { SCRIPT } from '../support/alpine-script.ts';
import { type CookOutcome, Kitchen } from '../support/cook-as.ts';
import { oracle } from '../support/oracle.ts';
import { anotherUser, ordinaryUser, type User } from '../support/users.ts';

const suite = oracle({ tools: ['proot'], files: [ALPINE] });

function show(tree: Tree, path: string): string | undefined {
  const entry = tree.get(path);
  return entry && `${entry.type} ${entry.uid}:${entry.gid} ${entry.mode.toString(8)}`;
}

function text(tree: Tree, path: string): string {
  const entry = tree.resolve(path)?.entry;
  return entry?.type === 'file' ? Buffer.from(readContent(entry.content)).toString() : `no file ${path}`;
}

suite('a cook of Alpine with a script, by an ordinary user', () => {
  const kitchen = new Kitchen(ordinaryUser(), inject('product'));
  let outcome: CookOutcome;
  let tree: Tree;

  beforeAll(async () => {
    outcome = kitchen.cook({ ...alpineOptions(inject('product')), script: SCRIPT });
    expect(outcome.error).toBeUndefined();
    tree = await kitchen.tree();
  });
  afterAll(() => kitchen.remove());

  it('leaves nothing on disk', () => {
    expect(kitchen.leftovers()).toEqual([]);
  });

  it('keeps what it did not touch', () => {
    expect(show(tree, '/etc/shadow')).toBe('file 0:42 640');
    expect(show(tree, '/tmp')).toBe('directory 0:0 1777');
    expect(show(tree, '/proc')).toBe('directory 0:0 555');
  });

  it('knows users and their homes', () => {
    expect(show(tree, '/home/ann')).toBe('directory 1234:1234 2755');
    expect(show(tree, '/etc/shadow-')).toBe('file 0:42 640');
    expect(text(tree, '/etc/shadow')).toContain(`ann:$6$salt$hash:${Math.floor(outcome.epoch! / 86_400)}:`);
    expect(text(tree, '/etc/inittab')).toMatch(/^ttyS0::/m);
  });

  it.each([
    ['/etc/a secret', 'file 1234:1234 400'],
    ['/srv/deep', 'directory 1234:'],
    ['/srv/deep/er/f', 'file 1234:'],
    ['/srv/shared', 'directory 1234:1234 2770'],
    ['/srv/installed', 'file 1234:0 640'],
    ['/dev/sda', 'block 0:6 660'],
    ['/dev/null2', 'char 0:0 644'],
    ['/run/pipe', 'fifo 0:0 600'],
    ['/usr/local/bin/suid', 'file 0:0 4711'],
    ['/etc/hosts', 'file 0:0 444'],
    ['/srv/none', 'file 0:0 0'],
    ['/srv/closed', 'directory 0:0 500'],
    ['/srv/closed/in', 'directory 0:0 555'],
    ['/srv/\udcff\udcfe', 'file 0:0 644'],
    ['/etc/shells.moved', 'file 0:0 644'],
    ['/etc/motd.soft', 'symlink 0:0 777'],
  ])('%s', (path, expected) => {
    expect(show(tree, path)).toMatch(
      expected.endsWith(':') ? new RegExp(`^${expected}`) : new RegExp(`^${expected}$`),
    );
  });

  it('knows devices, hard links and what is gone', () => {
    expect(tree.get('/dev/sda')).toMatchObject({ major: 8, minor: 0 });
    expect(tree.get('/etc/motd')).toBe(tree.get('/etc/motd.link'));
    expect(linkCounts(tree).get(tree.get('/etc/motd')!)).toBe(2);
    expect(tree.get('/media')).toBeUndefined();
    expect(tree.get('/etc/shells')).toBeUndefined();
  });

  it('gives the epoch to what it made and leaves the other times', () => {
    expect(tree.get('/srv/payload')!.mtime).toBe(BigInt(outcome.epoch!) * 1_000_000_000n);
    expect(tree.get('/etc/shells.moved')!.mtime).toBeLessThan(BigInt(outcome.epoch!) * 1_000_000_000n);
  });

  it('lets nothing of our own machinery show', () => {
    const paths = [...tree.walk()].map(({ path }) => path);
    expect(paths.filter((path) => path.includes('rootless'))).toEqual([]);
    expect(tree.get('/etc/resolv.conf')).toBeUndefined();
    expect(tree.get('/dev/null')).toBeUndefined();
  });
});

suite('steps around the script', () => {
  let kitchen: Kitchen;
  beforeEach(() => {
    kitchen = new Kitchen(ordinaryUser(), inject('product'));
  });
  afterEach(() => kitchen.remove());

  it('prepare, script, contents and cleanup see each other', async () => {
    const recipe = join(kitchen.folder, 'recipe');
    mkdirSync(recipe);
    writeFileSync(join(recipe, 'motd'), 'from the recipe');
    const { error } = kitchen.cook({
      base: alpineOptions(inject('product')).base,
      directory: recipe,
      prepare: 'cp motd "$ROOTFS/etc/prepared"; mkdir "$ROOTFS/opt/x"',
      script:
        'cat /etc/prepared >/etc/seen; echo script >/etc/issue; rmdir /opt/x; ln /etc/issue /etc/issue.link',
      contents: [{ file: join(recipe, 'motd'), to: '/etc/issue', owner: '7:8', mode: '0600', replace: true }],
      cleanup:
        'test "$(cat "$ROOTFS/etc/issue")" = "from the recipe"; rm "$ROOTFS/etc/prepared"; pwd >"$ROOTFS/etc/where"',
      owners: [{ path: '/etc/seen', owner: '5:5' }],
    });
    expect(error).toBeUndefined();
    const tree = await kitchen.tree();
    expect(text(tree, '/etc/seen')).toBe('from the recipe');
    expect(text(tree, '/etc/issue')).toBe('from the recipe');
    expect(text(tree, '/etc/issue.link')).toBe('script\n');
    expect(show(tree, '/etc/issue')).toBe('file 7:8 600');
    expect(show(tree, '/etc/seen')).toBe('file 5:5 644');
    expect(text(tree, '/etc/where')).toBe(`${recipe}\n`);
    expect(tree.get('/etc/prepared')).toBeUndefined();
    expect(tree.get('/opt/x')).toBeUndefined();
    expect(kitchen.leftovers()).toEqual([]);
  });

  it('apk in the script uses the recipe’s repositories and leaves the root’s own alone', async () => {
    const script = `apk update && apk add doas
apk search -q sfdisk; cat /etc/apk/repositories`;
    const { error, events, packages } = kitchen.cook({ ...alpineOptions(inject('product')), script });
    expect(error).toBeUndefined();
    const tree = await kitchen.tree();
    const lines = events.flatMap((event) => (event.type === 'output' ? [event.line] : []));
    expect(lines).toContain('sfdisk');
    expect(packages!.map(({ name }) => name)).toContain('doas');
    expect(show(tree, '/usr/bin/doas')).toBe('file 0:0 4755');
    expect(show(tree, '/etc/doas.d')).toBe('directory 0:0 750');
    expect(text(tree, '/etc/apk/repositories')).toMatch(/^https:\/\/dl-cdn/);
    expect(text(tree, '/etc/apk/world')).toContain('doas');
    expect([...(tree.get('/var/cache/apk') as { children: Map<string, unknown> }).children]).toEqual([]);
  });

  it('lends the host’s name servers, and keeps those that the script writes', async () => {
    const { base } = alpineOptions(inject('product'));
    const script = 'echo nameserver 192.0.2.1 >/etc/resolv.conf';
    expect(kitchen.cook({ base, script }).error).toBeUndefined();
    const tree = await kitchen.tree();
    expect(show(tree, '/etc/resolv.conf')).toBe('file 0:0 644');
    expect(text(tree, '/etc/resolv.conf')).toBe('nameserver 192.0.2.1\n');
  });

  it('uses the repositories that a script adds as well', () => {
    const script =
      'echo http://127.0.0.1:9/none >>/etc/apk/repositories; apk add doas; apk update && exit 9; true';
    expect(kitchen.cook({ ...alpineOptions(inject('product')), script }).error).toBeUndefined();
  });

  it('ends what a script leaves running in the background', () => {
    const script = 'sleep 300 & setsid sleep 300 >/dev/null 2>&1 &\necho started';
    const { error, events } = kitchen.cook({ base: alpineOptions(inject('product')).base, script });
    expect(error).toBeUndefined();
    expect(events).toContainEqual(expect.objectContaining({ type: 'message', level: 'warning' }));
  });

  it('a script that fails says how, and leaves nothing', () => {
    const script = 'echo first\nfor i in $(seq 30); do echo "line $i"; done\nsh -c "exit 7"\necho never';
    const { error } = kitchen.cook({ base: alpineOptions(inject('product')).base, script });
    expect(error).toMatchObject({ code: 'RB_SCRIPT_FAILED' });
    expect(error!.message).toMatch(/exit code 7/);
    expect(error!.message).toMatch(/line 30/);
    expect(error!.message).not.toMatch(/first|never/);
    expect(kitchen.leftovers()).toEqual([]);
  });

  it('an unset variable, a failing prepare and a failing cleanup fail the cook', () => {
    const { base } = alpineOptions(inject('product'));
    for (const step of [{ script: 'echo $UNSET' }, { prepare: 'exit 3' }, { cleanup: 'false' }]) {
      expect(kitchen.cook({ base, ...step }).error).toMatchObject({ code: 'RB_SCRIPT_FAILED' });
    }
  });

  it('keeps the scratch root when asked to', () => {
    const { base } = alpineOptions(inject('product'));
    const { scratch } = kitchen.cook({ base, script: 'echo kept >/etc/kept', keepScratch: true });
    expect(readFileSync(join(scratch!, 'etc/kept'), 'utf8')).toBe('kept\n');
  });
});

suite('two cooks', () => {
  const kitchens: Kitchen[] = [];
  afterAll(() => {
    for (const kitchen of kitchens) kitchen.remove();
  });

  function kitchenOf(user: User): Kitchen {
    const kitchen = new Kitchen(user, inject('product'));
    kitchens.push(kitchen);
    return kitchen;
  }

  const steps = { packages: ['openrc', 'chrony', 'doas'], script: `${SCRIPT}\napk add sfdisk` };

  it('by other users, umasks, zones, locales, folders and from other repositories give one digest', async () => {
    const options = alpineOptions(inject('product'));
    const first = kitchenOf(ordinaryUser()).cook({ ...options, ...steps });
    expect(first.error).toBeUndefined();

    const other = kitchenOf(anotherUser());
    const moved = join(other.folder, 'a: repository');
    cpSync(options.repositories[0], moved, { recursive: true });
    // The test data may be read-only, and the copy has its modes.
    execFileSync('chmod', ['-R', 'u+w', moved]);
    const run = { env: { TZ: 'Asia/Tokyo', LC_ALL: 'C' }, umask: '077', cwd: '/tmp' };
    const second = other.cook({ ...options, repositories: [moved], ...steps }, run);
    expect(second.error).toBeUndefined();
    expect(second.sha256).toBe(first.sha256);
  });

  it('as root and as an ordinary user give one digest', ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs root');
    const options = { ...alpineOptions(inject('product')), ...steps };
    const root: User = { name: 'root', uid: 0, gid: 0, home: '/root' };
    const digests = [ordinaryUser(), root].map((user) => kitchenOf(user).cook(options).sha256);
    expect(digests[0]).toBeDefined();
    expect(digests[0]).toBe(digests[1]);
  });

  it('over HTTP and from a folder give one digest', async () => {
    const options = { ...alpineOptions(inject('product')), packages: ['doas'] };
    const server = createServer((request, response) => {
      try {
        response.end(readFileSync(join(options.repositories[0], request.url!)));
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const kitchen = kitchenOf(ordinaryUser());
      const folder = kitchen.cook(options);
      const http = await kitchen.cookAsync({ ...options, repositories: [`http://127.0.0.1:${port}`] });
      expect(http.error).toBeUndefined();
      expect(http.sha256).toBe(folder.sha256);
    } finally {
      server.close();
    }
  });
});
