import { describe, expect, it } from 'vitest';
import type { DiskNode } from '../../src/cook/ledger/disk-state.ts';
import { readIdentities } from '../../src/cook/ledger/identities.ts';
import { applyShimCalls } from '../../src/cook/shims/shim-apply.ts';
import { textContent } from '../../src/tree/content.ts';
import { directoryEntry, fileEntry, metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nweb:x:100:101:w:/srv:/bin/false\nbroken line\n';
const GROUP = 'root:x:0:\nweb:x:101:\nshadow:x:42:\n';

function setUp(): Tree {
  const tree = new Tree();
  const file = (path: string, text = '', mode = 0o644) =>
    tree.set(path, fileEntry(textContent(text), metadata({ mode, origin: 'base' })));
  file('/etc/passwd', PASSWD);
  file('/etc/group', GROUP);
  file('/srv/a b', 'x');
  file('/srv/sub/c', 'x', 0o4755);
  tree.set('/srv/link', symlinkEntry('a b', metadata({ origin: 'base' })));
  tree.set('/www', symlinkEntry('/srv', metadata({ origin: 'base' })));
  tree.set('/var/lib', directoryEntry(metadata({ mode: 0o755, origin: 'base' })));
  return tree;
}

interface Call {
  readonly cwd?: string;
  readonly inodes?: readonly (readonly [string, bigint])[];
}

/** Runs command lines, words split at spaces unless given as a list, and shows owner and mode of paths. */
function run(tree: Tree, commands: readonly (string | readonly string[])[], options: Call = {}) {
  const disk = new Map([['/var/lib/moved', { ino: 9n, birthNs: 50n } as DiskNode]]);
  const calls = commands.map((command) => {
    const [program, ...args] = typeof command === 'string' ? command.split(' ') : command;
    return { program: program!, args, cwd: options.cwd ?? '/', inodes: new Map(options.inodes), time: 60n };
  });
  applyShimCalls(calls, { tree, identities: readIdentities(tree), disk, origin: 'script', mtime: 7n });
  return (path: string) => {
    const entry = tree.get(path);
    return entry && `${entry.type} ${entry.uid}:${entry.gid} ${entry.mode.toString(8)}`;
  };
}

describe('chown and chgrp', () => {
  it.each([
    ['web', '100:0'],
    ['web:', '100:101'],
    ['web:shadow', '100:42'],
    [':shadow', '0:42'],
    ['12:13', '12:13'],
    ['nobody', '0:0'],
    ['web:nogroup', '0:0'],
  ])('chown %s', (owner, expected) => {
    expect(run(setUp(), [`chown ${owner} /srv/sub/c`])('/srv/sub/c')).toMatch(`file ${expected} `);
  });

  it('takes setuid away from files as the kernel does, in the order of the calls', () => {
    expect(run(setUp(), ['chown web /srv/sub/c'])('/srv/sub/c')).toBe('file 100:0 755');
    expect(run(setUp(), ['chown web /srv/sub/c', 'chmod u+s /srv/sub/c'])('/srv/sub/c')).toBe(
      'file 100:0 4755',
    );
  });

  it('follows a link, or changes the link itself with -h', () => {
    const followed = run(setUp(), ['chown web /srv/link']);
    expect([followed('/srv/a b'), followed('/srv/link')]).toEqual(['file 100:0 644', 'symlink 0:0 777']);
    const unfollowed = run(setUp(), ['chown -h web /srv/link']);
    expect([unfollowed('/srv/a b'), unfollowed('/srv/link')]).toEqual(['file 0:0 644', 'symlink 100:0 777']);
  });

  it('goes down with -R, and follows no link there', () => {
    const show = run(setUp(), ['chown -R web:web /srv', 'chgrp -R shadow /www']);
    expect(show('/srv')).toBe('directory 100:101 755');
    expect(show('/srv/sub/c')).toBe('file 100:101 755');
    expect(show('/srv/link')).toBe('symlink 100:101 777');
    expect(show('/www')).toBe('symlink 0:42 777');
  });

  it('takes relative paths, spaces, dots and links on the way', () => {
    const show = run(
      setUp(),
      [
        ['chown', 'web', 'a b'],
        ['chgrp', 'web', '../www/./sub/c'],
      ],
      { cwd: '/srv' },
    );
    expect([show('/srv/a b'), show('/srv/sub/c')]).toEqual(['file 100:0 644', 'file 0:101 755']);
  });

  it('takes the owner of --reference', () => {
    const tree = setUp();
    const show = run(tree, [
      'chown 7:8 /etc/group',
      'chown --reference=/etc/group /etc/passwd',
      'chgrp --reference /etc/group /srv',
    ]);
    expect([show('/etc/passwd'), show('/srv')]).toEqual(['file 7:8 644', 'directory 0:8 755']);
  });

  it('finds a file again that was renamed after the call', () => {
    const tree = setUp();
    tree.set('/var/lib/moved', fileEntry(textContent('x'), metadata({ origin: 'script' })));
    const show = run(tree, ['chown web /tmp/new'], { inodes: [['/tmp/new', 9n]] });
    expect(show('/var/lib/moved')).toBe('file 100:0 644');
  });

  it('does nothing for what is not there', () => {
    const tree = setUp();
    expect(() =>
      run(tree, ['chown web /nothing', 'chown', 'chgrp web', 'chmod', 'mknod', 'setcap']),
    ).not.toThrow();
  });
});

describe('chmod', () => {
  it.each([
    ['0444', '444'],
    ['a-w', '444'],
    ['u+s', '4644'],
    ['--reference=/srv/sub/c', '4755'],
    ['nonsense', '644'],
  ])('chmod %s', (mode, expected) => {
    expect(run(setUp(), [['chmod', mode, '/srv/a b']])('/srv/a b')).toBe(`file 0:0 ${expected}`);
  });

  it('takes -w for a mode and -R for an option', () => {
    const show = run(setUp(), ['chmod -R -w /srv']);
    expect([show('/srv'), show('/srv/sub/c'), show('/srv/link')]).toEqual([
      'directory 0:0 555',
      'file 0:0 4555',
      'symlink 0:0 777',
    ]);
  });
});

describe('install', () => {
  it('gives owner and mode to the target', () => {
    const show = run(setUp(), [['install', '-o', 'web', '-gweb', '-m', '600', '/x/y', '/srv/a b']]);
    expect(show('/srv/a b')).toBe('file 100:101 600');
  });

  it('finds the targets in a directory', () => {
    expect(run(setUp(), ['install -o web /x/c /y/z /srv/sub'])('/srv/sub/c')).toBe('file 100:0 755');
    expect(run(setUp(), ['install -o web -t /srv/sub /x/c'])('/srv/sub/c')).toBe('file 100:0 755');
  });

  it('makes directories with -d', () => {
    const show = run(setUp(), ['install -d -o web -m 2750 /var/lib /srv']);
    expect([show('/var/lib'), show('/srv')]).toEqual(['directory 100:0 2750', 'directory 100:0 2750']);
  });
});

describe('mknod', () => {
  it('turns the placeholder into the device', () => {
    const tree = setUp();
    tree.set('/dev/sda', fileEntry(textContent(''), metadata({ mode: 0o660, origin: 'script' })));
    const show = run(tree, ['mknod -m 660 /dev/sda b 8 0', 'chown root:shadow /dev/sda']);
    expect(show('/dev/sda')).toBe('block 0:42 660');
    expect(tree.get('/dev/sda')).toMatchObject({ major: 8, minor: 0, mtime: 7n });
  });

  it('leaves a file alone that something was written to', () => {
    expect(run(setUp(), [['mknod', '/srv/a b', 'c', '1', '3']])('/srv/a b')).toMatch(/^file/);
  });
});

describe('setcap', () => {
  const value = (tree: Tree) => tree.get('/srv/sub/c')!.xattrs.get('security.capability');

  it('sets, replaces and removes the xattr', () => {
    const tree = setUp();
    run(tree, ['setcap cap_net_raw+ep /srv/sub/c']);
    expect(Buffer.from(value(tree)!).toString('hex')).toBe('0100000200200000000000000000000000000000');
    run(tree, ['setcap -v cap_net_raw+ep /srv/sub/c', 'setcap -r /srv/sub/c']);
    expect(value(tree)).toBeUndefined();
  });

  it('goes with a later chown', () => {
    const tree = setUp();
    run(tree, ['setcap cap_net_raw+ep /srv/sub/c', 'chown web /srv/sub/c']);
    expect(value(tree)).toBeUndefined();
  });
});
