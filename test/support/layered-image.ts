import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from './oracle.ts';
import { tarBlocks } from './tar-blocks.ts';

/**
 * An OCI layout, made by umoci as root, whose image `test` has six layers: files of all types, owners, modes,
 * xattrs and hard links; what umoci makes of a change; an opaque directory; and two made by hand, which go
 * through links and put files, links and directories in the place of each other.
 */
export function makeLayeredImage(folder: string): string {
  const layout = join(folder, 'layout');
  const image = `${layout}:test`;
  const bundle = join(folder, 'bundle');
  judge('umoci', ['init', '--layout', layout]);
  judge('umoci', ['new', '--image', image]);
  judge('umoci', ['unpack', '--image', image, bundle]);
  const shell = (script: string) =>
    execFileSync('/bin/sh', ['-e', '-c', script], { cwd: join(bundle, 'rootfs') });
  const repack = () => judge('umoci', ['repack', '--refresh-bundle', '--image', image, bundle]);
  shell(LOWEST);
  repack();
  shell(CHANGES);
  repack();
  const opaque = join(folder, 'opaque');
  mkdirSync(opaque);
  writeFileSync(join(opaque, 'only'), 'the only file\n');
  judge('umoci', ['insert', '--rootless', '--image', image, '--opaque', opaque, '/srv/opaque']);
  rmSync(opaque, { recursive: true });
  for (const [index, layer] of [OVER, AGAIN, NOTHING].entries()) {
    const path = join(folder, `layer-${index}.tar`);
    writeFileSync(path, tarBlocks(layer));
    judge('umoci', ['raw', 'add-layer', '--image', image, path]);
  }
  const config = ['--config.env', 'PATH=/bin', '--config.env', 'A=b c', '--config.user', '7:8'];
  judge('umoci', ['config', '--image', image, ...config, '--config.entrypoint', '/bin/tool']);
  return layout;
}

const LOWEST = `
umask 022
mkdir -p bin etc/app srv/opaque/deep var/log usr/lib usr/bin tmp gone/deep
chmod 1777 tmp
ln -s usr/lib lib
ln -s /usr/bin abs
head -c 300000 /dev/urandom > bin/tool
chmod 4755 bin/tool
ln bin/tool bin/linked
echo one > etc/app/one; echo two > etc/app/two; echo three > etc/app/three
chown 1000:1001 etc/app/two; chmod 600 etc/app/two
setfattr -n user.colour -v blue etc/app/one
setfattr -n user.here -v dir etc/app
setcap cap_net_raw+ep etc/app/three
echo a > srv/opaque/a; echo b > srv/opaque/deep/b
mkdir -p swap/dir; echo x > swap/dir/x; echo y > swap/file; ln -s dir swap/link
mknod var/null c 1 3; mkfifo var/pipe
echo g > gone/deep/g; echo 'ä' > 'etc/ü name'
: > usr/lib/empty
find . -exec touch -h -d @1500000000.123456789 {} +
`;

const CHANGES = `
rm etc/app/one; rm -r gone; rm bin/linked
echo changed >> etc/app/two; chmod 640 etc/app/two
setfattr -x user.here etc/app; setfattr -n user.there -v dir etc/app
ln etc/app/two etc/app/second
mkdir var/new; echo n > var/new/n
find . -newermt @1500000001 -exec touch -h -d @1600000000 {} +
`;

const at = { mtime: 1_700_000_000 };
const dir = { ...at, typeflag: '5', mode: 0o755 };

/** Through links, in the place of each other, and with whiteouts after what they must leave alone. */
const OVER = [
  { ...at, name: 'lib/through', body: 'lies in usr/lib' },
  { ...at, name: 'abs/absolute', body: 'lies in usr/bin' },
  { ...dir, name: 'swap/link/' },
  { ...at, name: 'swap/link/inside', body: 'a directory in the place of a link' },
  { ...at, name: 'swap/dir', body: 'a file in the place of a directory' },
  { ...dir, name: 'swap/file/', mode: 0o700 },
  { ...at, name: 'swap/file/child', body: 'a directory in the place of a file' },
  { ...at, name: 'var/hard', typeflag: '1', linkname: 'bin/tool' },
  { ...at, name: 'var/bylink', typeflag: '1', linkname: 'lib/empty' },
  { ...at, name: 'var/new/upper', body: 'of this layer' },
  { ...at, name: 'var/new/.wh..wh..opq' },
  { ...at, name: 'etc/app/fresh', body: 'of this layer' },
  { ...at, name: 'etc/app/.wh.fresh' },
  { ...at, name: 'etc/app/.wh.three' },
  { ...at, name: 'etc/.wh.not-there' },
];

/** Whiteouts of a directory that has something of this layer, and of what is behind a link. */
const AGAIN = [
  { ...dir, name: 'swap/' },
  { ...at, name: 'swap/file/kept', body: 'of this layer' },
  { ...at, name: '.wh.swap' },
  // umoci gives the directories of which it has taken something away the time of day.
  { ...dir, name: 'swap/' },
  { ...dir, name: 'swap/file/', mode: 0o700 },
  { ...at, name: 'lib/.wh.through' },
  { ...at, name: 'abs', typeflag: '2', linkname: '../../../usr' },
  { ...at, name: 'abs/up', body: 'no way out of the root' },
  { ...at, name: 'var/hard', body: 'no longer a link' },
];

const NOTHING = [{ ...dir, name: './', mode: 0o711 }];
