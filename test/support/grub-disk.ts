import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Programs that these disks are made with, beside /bin/busybox. */
export const GRUB_TOOLS = ['grub-mkimage', 'grub-editenv', 'mke2fs', 'debugfs', 'sfdisk', 'cpio'] as const;
/** And those for a configuration that GRUB's own scripts generate, as root. */
export const MKCONFIG_TOOLS = ['grub-mkconfig', 'grub-script-check', 'unshare', 'mount', 'blkid'] as const;

const SECTOR = 512;
const PC = '/usr/lib/grub/i386-pc';
/** What the configurations of Debian and of the tests ask for. */
const MODULES = [
  ...['biosdisk', 'part_gpt', 'ext2', 'normal', 'linux', 'configfile', 'echo', 'search', 'search_fs_uuid'],
  ...['search_label', 'search_fs_file', 'test', 'true', 'loadenv', 'serial', 'terminal', 'minicmd', 'sleep'],
];
/** Sectors of BIOS boot partition, /boot and root. */
const PLACES = { core: [2048, 2048], boot: [4096, 96 * 2048], root: [4096 + 96 * 2048, 32 * 2048] } as const;

/** An initramfs with a shell on the console, and one that adds a file to it. */
const INITRD = `
  mkdir -p initrd/bin initrd/proc initrd/dev early/early
  cp /bin/busybox initrd/bin/; mknod initrd/dev/console c 5 1
  printf '#!/bin/busybox sh\\n/bin/busybox mount -t proc proc /proc\\nexport PATH=/bin PS1="# "\\n/bin/busybox --install /bin\\nexec /bin/sh -i\\n' > initrd/init
  chmod 755 initrd/init; echo yes > early/early/here
  (cd initrd; find . | cpio -o -H newc --quiet | gzip > ../initrd.img)
  (cd early; find . | cpio -o -H newc --quiet > ../early.cpio)
`;

/**
 * The file systems of a machine that GRUB boots, in a folder: `boot.ext4` for /boot with two names of one kernel, their
 * initrds and an early one, and `root.ext4` with an init.
 *
 * @param kernel path of a bzImage
 */
export function makeGrubFileSystems(folder: string, kernel: string): void {
  shell(
    folder,
    `${INITRD}
    mkdir -p boot/grub root/usr/bin root/usr/sbin root/etc root/boot
    for release in 6.1.0-1-amd64 6.1.0-2-amd64; do cp initrd.img boot/initrd.img-$release; done
    cp ${kernel} boot/vmlinuz-6.1.0-1-amd64; ln boot/vmlinuz-6.1.0-1-amd64 boot/vmlinuz-6.1.0-2-amd64
    cp early.cpio boot/
    for name in bin sbin lib lib64; do ln -s usr/$name root/$name; done
    cp /bin/busybox root/bin/; ln -s ../bin/busybox root/sbin/init; cp /etc/os-release root/etc/
    mke2fs -q -t ext4 -L bootfs -d boot boot.ext4 96M; mke2fs -q -t ext4 -L rootfs -d root root.ext4 32M`,
  );
}

/** Puts files into the /boot of {@link makeGrubFileSystems}, over those that are there. */
export function writeToBoot(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, 'file'), content);
    shell(folder, `printf 'rm ${name}\\nwrite file ${name}\\n' | debugfs -w boot.ext4 2>&1`);
  }
}

/**
 * Runs grub-mkconfig over the two file systems, mounted as / and /boot with this system's programs.
 *
 * @param settings lines of /etc/default/grub
 * @returns the configuration
 */
export function grubConfigOf(folder: string, settings: string): string {
  mkdirSync(join(folder, 'mounted'), { recursive: true });
  writeFileSync(
    join(folder, 'default'),
    `${settings}\nGRUB_DEVICE=/dev/rootfs\nGRUB_DEVICE_BOOT=/dev/bootfs\n`,
  );
  writeFileSync(join(folder, 'generate.sh'), GENERATE);
  shell(folder, 'unshare -m sh -eu generate.sh');
  return readFileSync(join(folder, 'grub.cfg'), 'utf8');
}

/** Loop devices go by other names, for 10_linux leaves loop devices alone. */
const GENERATE = String.raw`
  attach() { # another process may have taken the loop device that was free
    for left in 1 2 3 4 5 6 7 8 9 10; do mount -o loop $1 $2 && return; sleep 0.1; done
    return 1
  }
  attach root.ext4 mounted
  mkdir -p mounted/proc mounted/dev mounted/tmp
  mount --bind /usr mounted/usr; mount --bind /proc mounted/proc
  mount -t tmpfs none mounted/dev; mount -t tmpfs none mounted/tmp
  attach boot.ext4 mounted/boot
  cp -a /dev/null /dev/loop[0-9]* mounted/dev/
  mknod mounted/dev/rootfs b $(mountpoint -d mounted | tr : ' ')
  mknod mounted/dev/bootfs b $(mountpoint -d mounted/boot | tr : ' ')
  mkdir -p mounted/dev/disk/by-uuid
  touch mounted/dev/disk/by-uuid/$(blkid -s UUID -o value root.ext4)
  mount -t tmpfs none mounted/etc
  mkdir mounted/etc/default
  cp -a /etc/grub.d /etc/alternatives mounted/etc/; cp default mounted/etc/default/grub
  printf '(hd0) /dev/bootfs\n(hd1) /dev/rootfs\n' > mounted/boot/grub/device.map
  chroot mounted /usr/sbin/grub-mkconfig -o /tmp/grub.cfg
  rm mounted/boot/grub/device.map
  cp mounted/tmp/grub.cfg .
`;

/**
 * Puts the file systems into a disk with a GPT: 1 for GRUB's core, 2 for /boot, 3 for the root. GRUB is installed as
 * grub-bios-setup does it: the boot sector knows where the core begins, its first sector where the rest is.
 *
 * @returns the disk's path
 */
export function assembleGrubDisk(folder: string, name: string): string {
  const { core, boot, root } = PLACES;
  const end = root[0] + root[1] + 2048;
  shell(
    folder,
    `grub-mkimage -O i386-pc -p '(hd0,gpt2)/grub' -o core.img ${MODULES.join(' ')}
    rm -f ${name}; truncate -s ${end * SECTOR} ${name}
    printf '%s\\n' 'label: gpt' \
      'start=${core[0]}, size=${core[1]}, type=21686148-6449-6E6F-744E-656564454649' \
      'start=${boot[0]}, size=${boot[1]}, type=L' 'start=${root[0]}, size=${root[1]}, type=L' | sfdisk -q ${name}
    dd if=boot.ext4 of=${name} bs=512 seek=${boot[0]} conv=notrunc,sparse status=none
    dd if=root.ext4 of=${name} bs=512 seek=${root[0]} conv=notrunc,sparse status=none`,
  );
  const path = join(folder, name);
  const disk = openSync(path, 'r+');
  try {
    const sector = readFileSync(join(PC, 'boot.img')).subarray(0, 440);
    sector.writeBigUInt64LE(BigInt(core[0]), 0x5c);
    // Drives that are no disks are told by the BIOS: the jump over that check goes, as for a disk.
    sector.set([0x90, 0x90], 0x66);
    const image = readFileSync(join(folder, 'core.img'));
    image.writeBigUInt64LE(BigInt(core[0] + 1), SECTOR - 12);
    writeSync(disk, sector, 0, sector.length, 0);
    writeSync(disk, image, 0, image.length, core[0] * SECTOR);
  } finally {
    closeSync(disk);
  }
  return path;
}

function shell(folder: string, script: string): void {
  execFileSync('/bin/sh', ['-euc', script], {
    cwd: folder,
    env: { ...process.env, LC_ALL: 'C.UTF-8', PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
