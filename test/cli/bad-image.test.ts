/** Whole command lines of an ordinary user that must fail while they bake, and leave nothing. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { installedBakeOptions } from '../support/bake-inputs.ts';
import { DEBIAN_KERNEL_TOOLS } from '../support/debian-kernel.ts';
import { findTool, oracle } from '../support/oracle.ts';
import { ordinaryUser } from '../support/users.ts';
import { Workplace } from '../support/workplace.ts';

const MEBIBYTE = 1 << 20;
const suite = oracle({ tools: [...DEBIAN_KERNEL_TOOLS, 'extlinux', 'busybox'] });
const bake = ['bake', 'cake.json', '-o', 'out.img'];
let work: Workplace;

beforeEach(() => {
  work = new Workplace(ordinaryUser(), inject('product'));
  mkdirSync(work.path('root/srv/large'), { recursive: true });
  work.file('root/srv/large/file', Buffer.alloc(5 * MEBIBYTE, 'large'));
});
afterEach(() => work.remove());

/** Writes a recipe that is good but for what is given. */
function recipe(more: object = {}): void {
  const busybox = { path: findTool('busybox') };
  const good = { ...installedBakeOptions(64 * MEBIBYTE), modules: ['virtio_blk'], busybox };
  const cook = { base: { dir: './root' } };
  work.file('cake.json', JSON.stringify({ name: 'bad', cook, bake: { ...good, ...more } }));
}

suite('parts of an image', () => {
  test('a module that does not exist: the nearest names', async () => {
    recipe({ modules: ['virtio_blk', 'virtio_pic'] });
    await work.refuses(bake, {
      code: 'RB_MODULE_NOT_FOUND',
      says: ['the kernel has no module virtio_pic'],
      hint: /\bvirtio_pci\b/,
    });
  });

  test('a kernel that is none', async () => {
    recipe({ kernel: { vmlinuz: work.file('vmlinuz', Buffer.alloc(4096, 'MZ')) } });
    await work.refuses(bake, {
      code: 'RB_KERNEL_INVALID',
      says: ['vmlinuz is no bootable x86 kernel image'],
      hint: 'bzImage',
    });
  });

  test('a kernel cut off in its header', async () => {
    const { kernel } = installedBakeOptions(0);
    if (!('vmlinuz' in kernel)) throw new Error('the kernel has no file');
    recipe({ kernel: { vmlinuz: work.file('vmlinuz', readFileSync(kernel.vmlinuz).subarray(0, 800)) } });
    await work.refuses(bake, { code: 'RB_KERNEL_INVALID', says: ['vmlinuz'], hint: /./ });
  });

  test('a kernel that is not there', async () => {
    recipe({ kernel: { vmlinuz: './absent' } });
    await work.refuses(bake, { code: 'RB_INPUT_NOT_FOUND', says: ['absent does not exist'], hint: /./ });
  });

  test('modules that are not there', async () => {
    const { kernel } = installedBakeOptions(0);
    recipe({ kernel: { ...kernel, modules: './absent' } });
    await work.refuses(bake, { code: 'RB_INPUT_NOT_FOUND', says: ['absent does not exist'], hint: /./ });
  });

  test.each([
    ['is none', Buffer.from('<!doctype html>\n'.repeat(100))],
    ['is empty', Buffer.alloc(0)],
    [
      'is cut off',
      Buffer.from('!<arch>\ndebian-binary   1700000000  0     0     100644  4         `\n2.0\n'),
    ],
  ])('a Debian package that %s', async (_name, bytes) => {
    work.file('kernel.deb', bytes);
    recipe({ kernel: { deb: './kernel.deb' } });
    await work.refuses(bake, { code: 'RB_ARCHIVE_DAMAGED', says: ['kernel.deb'], hint: /./ });
  });

  test('a boot loader that is none', async () => {
    recipe({ bootloader: { extlinux: findTool('busybox'), mbr: '/usr/lib/EXTLINUX/mbr.bin' } });
    await work.refuses(bake, {
      code: 'RB_SYSLINUX_NOT_FOUND',
      says: [/busybox: no SYSLINUX in this program/],
      hint: /./,
    });
  });

  test('a boot loader that is no program', async () => {
    const extlinux = work.file('extlinux', 'not a program\n');
    recipe({ bootloader: { extlinux, mbr: '/usr/lib/EXTLINUX/mbr.bin' } });
    await work.refuses(bake, {
      code: 'RB_SYSLINUX_NOT_FOUND',
      says: [`${extlinux}: no SYSLINUX in this program`],
      hint: /./,
    });
  });

  test('an MBR that is too long', async () => {
    recipe({ bootloader: { extlinux: findTool('extlinux'), mbr: work.file('mbr.bin', Buffer.alloc(512)) } });
    await work.refuses(bake, { code: 'RB_MBR_INVALID', says: ['440'], hint: /./ });
  });

  test('a busybox that is no program', async () => {
    recipe({ busybox: { path: work.file('busybox', 'not a program\n') } });
    await work.refuses(bake, { code: 'RB_ELF_INVALID', says: ['busybox'], hint: /./ });
  });

  test('a busybox that is not static', async () => {
    recipe({ busybox: { path: '/bin/ls' } });
    await work.refuses(bake, { code: 'RB_INPUT_NOT_FOUND', says: ['/bin/ls'], hint: 'busybox-static' });
  });
});

suite('the size of an image', () => {
  test('that is too small: the needed one, which then does, and the largest directories', async () => {
    recipe({ size: '8M' });
    const { stderr } = await work.refuses(bake, {
      code: 'RB_EXT4_NO_SPACE',
      says: [
        'does not fit in an image of 8M: it needs ',
        /largest directories:\n +\d+\.\dM \/boot\n +5\.0M \/srv\/large\n/,
      ],
      hint: /--size \d+K; .*--size auto/,
    });
    const needed = Number(/--size (\d+)K/.exec(stderr)![1]);
    const { status, stderr: log } = await work.run([...bake, '--size', `${needed}K`]);
    expect(status, log).toBe(0);
    expect(statSync(work.path('out.img')).size).toBe(needed * 1024);
    await work.refuses([...bake, '--force', '--size', `${Math.floor(needed * 0.98)}K`], {
      code: 'RB_EXT4_NO_SPACE',
      hint: `--size ${needed}K`,
    });
  });

  test('that is found: with no headroom the needed one, with headroom that much more', async () => {
    recipe({ size: '8M' });
    const { stderr } = await work.refuses(bake, { code: 'RB_EXT4_NO_SPACE', hint: '--size' });
    const needed = Number(/--size (\d+)K/.exec(stderr)![1]) * 1024;
    const found = async (headroom: string): Promise<number> => {
      const args = [...bake, '--force', '--size', 'auto', '--headroom', headroom];
      const { status, stderr: log } = await work.run(args);
      expect(status, log).toBe(0);
      return statSync(work.path('out.img')).size;
    };
    expect(await found('0')).toBe(needed);
    const roomy = await found('64M');
    expect(roomy).toBeGreaterThan(needed + 64 * MEBIBYTE);
    expect(roomy).toBeLessThan(needed + 80 * MEBIBYTE);
  });

  test('that is found, without the number of inodes that it needs', async () => {
    recipe({ size: 'auto', filesystem: { inodes: 16 } });
    await work.refuses(bake, {
      code: 'RB_EXT4_NO_SPACE',
      says: ['does not fit in 16 inodes: it needs', /directories with most entries:\n +\d+ \//],
      hint: 'leave filesystem.inodes out',
    });
  });

  test.each(['512', '1M', '1049088', '1052672', '1100K', '2M'])('that is hardly one: %s', async (size) => {
    recipe({ size });
    await work.refuses(bake, { code: 'RB_EXT4_NO_SPACE', says: ['it needs'], hint: '--size ' });
  });
});

suite('an image', () => {
  test('of a tree that has not the digest that was asked for', async () => {
    recipe();
    const sha256 = '0'.repeat(64);
    await work.refuses([...bake, '--set', `cook.sha256=${sha256}`], {
      code: 'RB_DIGEST_MISMATCH',
      says: ['the cooked tree', `expected ${sha256}`, /actual {3}(?!0{64})[0-9a-f]{64}\n/],
      hint: 'put the actual sha256',
    });
  });

  test('that exists stays as it is', async () => {
    work.file('out.img', 'precious');
    recipe();
    await work.refuses(bake, { code: 'RB_OUTPUT_EXISTS', says: ['out.img exists'], hint: '--force' });
  });

  test('that a failing bake was to overwrite stays as it is', async () => {
    work.file('out.img', 'precious');
    recipe({ size: '8M' });
    await work.refuses([...bake, '--force'], { code: 'RB_EXT4_NO_SPACE', hint: /./ });
  });

  test('in a folder that is not there: told before anything is cooked', async () => {
    recipe();
    const { stderr } = await work.refuses(['bake', 'cake.json', '-o', 'absent/out.img'], {
      code: 'RB_OUTPUT_UNWRITABLE',
      says: ['cannot write absent/out.img'],
      hint: 'make the folder absent first',
    });
    expect(stderr).toMatch(/^error/);
  });

  test('in a folder that may not be written', async () => {
    chmodSync(work.mkdir('locked'), 0o555);
    recipe();
    await work.refuses(['bake', 'cake.json', '-o', 'locked/out.img'], {
      code: 'RB_OUTPUT_UNWRITABLE',
      says: ['cannot write locked/out.img: EACCES'],
      hint: 'write to',
    });
  });

  test('that would have to take the place of a folder', async () => {
    work.mkdir('out.img');
    recipe();
    await work.refuses([...bake, '--force'], {
      code: 'RB_OUTPUT_UNWRITABLE',
      says: ['out.img: it is a folder'],
      hint: 'name a file',
    });
  });
});

oracle({ tools: [...DEBIAN_KERNEL_TOOLS, 'extlinux', 'busybox', 'prlimit'] })('a limit of file sizes', () => {
  const limit = (bytes: number) => [findTool('prlimit')!, `--fsize=${bytes}`];

  test('below that of the image', async () => {
    recipe();
    await work.refuses(
      bake,
      { code: 'RB_OUTPUT_UNWRITABLE', says: ['cannot write out.img: EFBIG'], hint: 'ulimit -f' },
      {},
      limit(32 * MEBIBYTE),
    );
  });

  test.each(['out.tar', 'out'])('below that of a cooked %s', async (output) => {
    recipe();
    await work.refuses(
      ['cook', 'cake.json', '-o', output],
      { code: 'RB_OUTPUT_UNWRITABLE', says: [`cannot write ${output}: EFBIG`], hint: 'ulimit -f' },
      {},
      limit(2 * MEBIBYTE),
    );
  });
});

oracle({ tools: [...DEBIAN_KERNEL_TOOLS, 'extlinux', 'busybox', 'mount'], root: true })('a full disk', () => {
  /** A file system of 4 MiB for the user, mounted over a folder. */
  function mountSmall(name: string): string {
    const folder = work.mkdir(name);
    const { uid, gid } = work.user;
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=4M,uid=${uid},gid=${gid},mode=755`, 'tmpfs', folder]);
    return folder;
  }
  let folder: string;
  beforeEach(() => {
    folder = mountSmall('small');
  });
  afterEach(() => void execFileSync('umount', [folder]));

  test('under an image', async () => {
    recipe();
    await work.refuses(['bake', 'cake.json', '-o', 'small/out.img'], {
      code: 'RB_OUTPUT_UNWRITABLE',
      says: ['cannot write small/out.img: ENOSPC: no space left on device'],
      hint: 'disk is full',
    });
  });

  test.each(['out.tar', 'out'])('under a cooked %s', async (output) => {
    recipe();
    await work.refuses(['cook', 'cake.json', '-o', `small/${output}`], {
      code: 'RB_OUTPUT_UNWRITABLE',
      says: [`cannot write small/${output}: ENOSPC`],
      hint: 'disk is full',
    });
  });

  describe.each([
    ['a script', { prepare: 'true' }],
    ['a base', { base: { tar: './root.tar' } }],
  ])('under the temporary files of %s', (_name, cook) => {
    test('names TMPDIR', async () => {
      execFileSync('tar', ['-cf', work.path('root.tar'), '-C', work.path('root'), '.']);
      work.file('cake.json', JSON.stringify({ name: 'bad', cook: { base: { dir: './root' }, ...cook } }));
      await work.refuses(
        ['cook', 'cake.json', '-o', 'out.tar'],
        { code: 'RB_OUTPUT_UNWRITABLE', says: ['ENOSPC'], hint: 'TMPDIR' },
        { TMPDIR: folder },
      );
    });
  });
});
