import { describe, expect, it } from 'vitest';
import type { DiskNode } from '../../src/cook/ledger/disk-state.ts';
import { applyHomes } from '../../src/cook/ledger/homes.ts';
import { readIdentities, readText } from '../../src/cook/ledger/identities.ts';
import type { Changes } from '../../src/cook/ledger/reconcile.ts';
import { applyBackupOwners, normalizeShadowDays, shadowTexts } from '../../src/cook/ledger/shadow.ts';
import { textContent } from '../../src/tree/content.ts';
import { directoryEntry, fileEntry, metadata } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';

const DAY = 86_400;

function put(tree: Tree, path: string, text: string, meta: object = {}): void {
  tree.set(path, fileEntry(textContent(text), metadata({ origin: 'script', ...meta })));
}

function changes(
  over: Partial<Record<'created' | 'changed' | 'modes', string[]>>,
  nodes: object = {},
): Changes {
  const disk = new Map(Object.entries(nodes)) as ReadonlyMap<string, DiskNode>;
  return {
    created: new Set(over.created),
    changed: new Set(over.changed),
    modes: new Set(over.modes),
    rewritten: new Set(),
    removed: new Set(),
    disk,
  };
}

describe('applyHomes', () => {
  function setUp() {
    const tree = new Tree();
    put(tree, '/etc/passwd', 'root:x:0:0::/root:/bin/sh\n');
    const before = readIdentities(tree);
    put(tree, '/etc/passwd', 'root:x:0:0::/root:/bin/sh\nann:x:1000:1001::/home/ann:/bin/sh\n');
    put(tree, '/etc/skel/.profile', '');
    put(tree, '/home/ann/.profile', '');
    put(tree, '/home/ann/other', '');
    return { tree, before, after: readIdentities(tree) };
  }

  it('gives a new home to the new user, and in it what comes from /etc/skel', () => {
    const { tree, before, after } = setUp();
    const created = ['/home/ann', '/home/ann/.profile', '/home/ann/other'];
    applyHomes(tree, before, after, changes({ created }, { '/home/ann': { mode: 0o2755 } }));
    expect(tree.get('/home/ann')).toMatchObject({ uid: 1000, gid: 1001, mode: 0o2755 });
    expect(tree.get('/home/ann/.profile')).toMatchObject({ uid: 1000, gid: 1001 });
    expect(tree.get('/home/ann/other')).toMatchObject({ uid: 0, gid: 0 });
  });

  it('takes a home that was there only with the mark of adduser', () => {
    const { tree, before, after } = setUp();
    applyHomes(tree, before, after, changes({}, { '/home/ann': { mode: 0o755 } }));
    expect(tree.get('/home/ann')).toMatchObject({ uid: 0 });
    applyHomes(tree, before, after, changes({ modes: ['/home/ann'] }, { '/home/ann': { mode: 0o2755 } }));
    expect(tree.get('/home/ann')).toMatchObject({ uid: 1000, mode: 0o2755 });
  });

  it('leaves a home to the package that brought it, and / to root', () => {
    const { tree, before } = setUp();
    tree.set('/var/lib/db', directoryEntry(metadata({ mode: 0o700, origin: 'package db-1' })));
    put(tree, '/etc/passwd', 'db:x:70:70::/var/lib/db:/bin/sh\nnone:x:71:71::/:/bin/sh\n');
    const made = changes({ created: ['/var/lib/db', '/'] }, { '/var/lib/db': { mode: 0o700 } });
    applyHomes(tree, before, readIdentities(tree), made);
    expect(tree.get('/var/lib/db')).toMatchObject({ uid: 0, mode: 0o700 });
    expect(tree.root.uid).toBe(0);
  });
});

describe('shadow', () => {
  const today = 20_000;
  const node = { mtimeNs: BigInt(today * DAY + 5) * 1_000_000_000n };

  it('gives backups to the owner of what they back up', () => {
    const tree = new Tree();
    put(tree, '/etc/shadow', '', { gid: 42, mode: 0o640 });
    put(tree, '/etc/shadow-', '', { mode: 0o640 });
    applyBackupOwners(tree, changes({ created: ['/etc/shadow-'] }));
    expect(tree.get('/etc/shadow-')).toMatchObject({ uid: 0, gid: 42, mode: 0o640 });
  });

  it('puts the day of the epoch where a step has written its own day', () => {
    const tree = new Tree();
    put(tree, '/etc/shadow', `root:*:${today}:0:::::\nbin:!::0:::::\n`);
    const before = shadowTexts(tree);
    const kept = `root:*:${today}:0:::::\nbin:!::0:::::\n`;
    put(
      tree,
      '/etc/shadow',
      `${kept}ann:$6$x:${today}:0:99999:7:::\nbob:!:${today - 1}:0:::::\nold:!:12000:0:::::\n`,
    );
    normalizeShadowDays(
      tree,
      changes({ changed: ['/etc/shadow'] }, { '/etc/shadow': node }),
      before,
      10 * DAY + 7,
    );
    expect(readText(tree, '/etc/shadow')).toBe(
      `${kept}ann:$6$x:10:0:99999:7:::\nbob:!:10:0:::::\nold:!:12000:0:::::\n`,
    );
  });

  it('leaves a file alone that the step has not written', () => {
    const tree = new Tree();
    const text = `ann:!:${today}:0:::::\n`;
    put(tree, '/etc/shadow', text);
    normalizeShadowDays(tree, changes({}, { '/etc/shadow': node }), new Map(), 0);
    expect(readText(tree, '/etc/shadow')).toBe(text);
  });
});
