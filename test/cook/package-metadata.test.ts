import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Tree } from '../../src/tree/tree.ts';
import { ALPINE, alpineOptions } from '../support/alpine-root.ts';
import { makeRepository } from '../support/apk-repository.ts';
import { Kitchen } from '../support/cook-as.ts';
import { oracle } from '../support/oracle.ts';
import { paxRecord, type TarBlock } from '../support/tar-blocks.ts';
import { ordinaryUser } from '../support/users.ts';

/** `cap_net_raw+ep` in the kernel's format. */
const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex');
const TIME = 1_600_000_000;

/** A file as abuild stores it: PAX records with its checksum, and with xattrs where it has some. */
function file(
  name: string,
  body: string,
  over: TarBlock = {},
  xattrs: Record<string, string> = {},
): TarBlock[] {
  const checksum = createHash('sha1').update(body).digest('hex');
  const records = [
    paxRecord('APK-TOOLS.checksum.SHA1', checksum),
    ...Object.entries(xattrs).map(([key, value]) => paxRecord(`SCHILY.xattr.${key}`, value)),
  ];
  return [
    { name: `pax/${name}`, typeflag: 'x', body: records.join('') },
    { name, body, mtime: TIME, uname: 'root', gname: 'root', ...over },
  ];
}

const folder = (name: string, over: TarBlock = {}): TarBlock => ({
  name,
  typeflag: '5',
  mode: 0o755,
  mtime: TIME,
  uname: 'root',
  gname: 'root',
  ...over,
});

const PACKAGES = [
  {
    name: 'probe',
    version: '1.0-r0',
    scripts: {
      '.pre-install': '#!/bin/sh\naddgroup -S -g 555 probe\nadduser -S -D -H -u 444 -G probe probe\nexit 0\n',
      '.post-install':
        '#!/bin/sh\necho made >/etc/probe.made; chown probe:probe /etc/probe.made; chmod 640 /etc/probe.made\nmknod /dev/probe c 10 200\nexit 0\n',
    },
    data: [
      folder('etc'),
      ...file('etc/issue', 'from the package\n'),
      ...file('etc/probe.conf', 'key=value\n', { uname: 'root', gname: 'probe', mode: 0o640 }),
      folder('usr'),
      folder('usr/bin'),
      ...file(
        'usr/bin/probe',
        'program',
        { mode: 0o4755 },
        { 'security.capability': CAPABILITY.toString('latin1') },
      ),
      folder('var'),
      folder('var/lib'),
      folder('var/lib/probe', { uname: 'probe', gname: 'probe', mode: 0o2750 }),
    ],
  },
];

oracle({ tools: ['proot'], files: [ALPINE] })('metadata of packages', () => {
  const kitchen = new Kitchen(ordinaryUser(), inject('product'));
  const { base } = alpineOptions(inject('product'));
  const repository = join(kitchen.folder, 'repository');
  const { keyName, publicKey } = makeRepository(repository, PACKAGES);
  const key = join(kitchen.folder, keyName);
  const options = {
    base,
    repositories: [repository],
    packages: ['probe'],
    prepare: `cp '${key}' "$ROOTFS/etc/apk/keys/"`,
  };
  let tree: Tree;

  beforeAll(async () => {
    writeFileSync(key, publicKey);
    const { error } = kitchen.cook(options);
    expect(error).toBeUndefined();
    tree = await kitchen.tree();
  });
  afterAll(() => kitchen.remove());

  const show = (path: string) => {
    const entry = tree.get(path);
    return entry && `${entry.type} ${entry.uid}:${entry.gid} ${entry.mode.toString(8)}`;
  };

  it('owners are resolved by name, after .pre-install has made them', () => {
    expect(show('/etc/probe.conf')).toBe('file 0:555 640');
    expect(show('/var/lib/probe')).toBe('directory 444:555 2750');
  });

  it('setuid and capabilities come from the package', () => {
    expect(show('/usr/bin/probe')).toBe('file 0:0 4755');
    const value = tree.get('/usr/bin/probe')!.xattrs.get('security.capability');
    expect(Buffer.from(value!).toString('hex')).toBe(CAPABILITY.toString('hex'));
  });

  it('files have the time of the package', () => {
    expect(tree.get('/etc/probe.conf')!.mtime).toBe(BigInt(TIME) * 1_000_000_000n);
  });

  it('what package scripts chown, chmod and mknod is recorded', () => {
    expect(show('/etc/probe.made')).toBe('file 444:555 640');
    expect(show('/dev/probe')).toBe('char 0:0 644');
  });

  it('a protected file stays, and the package’s own lies beside it', () => {
    expect(tree.get('/etc/issue')!.mtime).not.toBe(BigInt(TIME) * 1_000_000_000n);
    expect(show('/etc/issue.apk-new')).toBe('file 0:0 644');
    expect(tree.get('/etc/issue.apk-new')!.mtime).toBe(BigInt(TIME) * 1_000_000_000n);
  });

  it('over HTTP, xattrs come from the cache', async () => {
    const first = kitchen.cook(options);
    const server = createServer((request, response) => response.end(readFileSync(repository + request.url)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const http = await kitchen.cookAsync({ ...options, repositories: [`http://127.0.0.1:${port}`] });
      expect(http.error).toBeUndefined();
      expect(http.sha256).toBe(first.sha256);
    } finally {
      server.close();
    }
  });
});
