import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { initScript } from '../../src/bake/init-script.ts';

const uuid = '99999999-9999-9999-9999-999999999999';
const modules = [
  { file: 'virtio.ko', required: true },
  { file: 'virtio_blk.ko', required: false },
];

describe('initScript', () => {
  it('does its work in the order that a kernel needs', () => {
    const commands = initScript({ uuid, modules, debug: false })
      .split('\n')
      .filter((line) => /^(mount|insmod|until|umount|exec)/.test(line))
      .map((line) => line.replace(/ \|\|.*| 2>.*|;.*/, ''));
    expect(commands).toMatchInlineSnapshot(`
      [
        "mount -t devtmpfs devtmpfs /dev",
        "mount -t proc proc /proc",
        "mount -t sysfs sysfs /sys",
        "insmod /lib/modules/initrd/virtio.ko",
        "insmod /lib/modules/initrd/virtio_blk.ko",
        "until root=$(findfs UUID=99999999-9999-9999-9999-999999999999",
        "mount -o ro "$root" /mnt",
        "mount -o move /dev /mnt/dev",
        "umount /proc /sys",
        "exec switch_root /mnt /sbin/init",
      ]
    `);
  });

  it('opens a shell before it looks for the root when debugging', () => {
    const script = initScript({ uuid, modules, debug: true });
    expect(script.indexOf('\nsh +m\n')).toBeGreaterThan(script.indexOf('insmod'));
    expect(script.indexOf('\nsh +m\n')).toBeLessThan(script.indexOf('findfs'));
    expect(initScript({ uuid, modules, debug: false })).not.toContain('\nsh +m\n');
  });

  it('complains of a required module only', () => {
    const script = initScript({ uuid, modules, debug: false });
    expect(script).toContain('module virtio.ko was not inserted');
    expect(script).not.toContain('module virtio_blk.ko was not inserted');
  });

  it('is a script that a shell can parse', () => {
    const { status, stderr } = spawnSync('sh', ['-n'], {
      input: initScript({ uuid, modules, debug: true }),
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
