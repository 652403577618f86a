/** Bakes a disk that boots: what people did so far as root, and what ours does as anyone. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI } from './environment.mjs';
import { prepareInputs } from './inputs.mjs';

const UUID = '99999999-9999-9999-9999-999999999999';
const MODULES = ['virtio_pci', 'virtio_blk', 'ext4'];

export const bakeContest = {
  name: 'bake',
  title: 'a disk that boots',
  takes: (root) => root.boots,
  contestants,
  describe: () => undefined,
};

/**
 * Ours makes the initrd, keeps a copy of the image in its store, installs the boot loader, runs e2fsck and computes the image's sha256 as well, but not
 * that of the tree; the script does what the article's bake does, as root, with an initrd that is made
 * beforehand.
 */
function contestants(root, work) {
  const inputs = prepareInputs();
  const image = (name) => join(work, `${root.name}-${name}.img`);
  const field = [
    {
      name: 'rootless-bake',
      image: image('ours'),
      command: [...ours(root, inputs, image('ours'), work, join(work, 'store')), '--rebuild'],
    },
  ];
  if (process.getuid() === 0) {
    const script = privileged(root, inputs, image('script'), work);
    field.push({ name: 'privileged script', image: image('script'), command: ['sh', '-eu', script] });
  } else {
    process.stderr.write('*** not root: the privileged script is left out ***\n');
  }
  return field;
}

/** Our command line for a disk of a root. */
export function ours(root, { vmlinuz, modules, extlinux, mbr, busybox }, image, work, store) {
  const recipe = join(work, `${root.name}.json`);
  const cake = {
    name: root.name.toLowerCase(),
    cook: { base: { dir: root.folder, owner: 'keep' }, sha256: false },
    bake: {
      size: `${root.sizeMiB}M`,
      uuid: UUID,
      kernel: { vmlinuz, modules },
      bootloader: { extlinux, mbr },
      busybox: { path: busybox },
      modules: MODULES,
      options: ['console=ttyS0'],
    },
  };
  writeFileSync(recipe, JSON.stringify(cake));
  return [process.execPath, CLI, 'bake', recipe, '-o', image, '-q', '--store', store];
}

function privileged(root, { vmlinuz, extlinux, mbr }, image, work) {
  const script = join(work, `${root.name}-privileged.sh`);
  const mounted = join(work, `${root.name}-mounted`);
  const initrd = join(work, 'initrd.gz');
  mkdirSync(mounted, { recursive: true });
  if (!existsSync(initrd)) writeFileSync(initrd, Buffer.alloc(2 << 20));
  writeFileSync(
    script,
    `
fallocate --length ${root.sizeMiB}M ${image}
printf 'o\\nn\\np\\n1\\n2048\\n\\na\\nw\\n' | fdisk ${image} >/dev/null
dd bs=440 count=1 conv=notrunc status=none if=${mbr} of=${image}
loop=$(losetup --find --show --offset $((2048 * 512)) ${image})
trap 'umount ${mounted} 2>/dev/null || true; losetup --detach "$loop"' EXIT
mkfs.ext4 -q -U ${UUID} "$loop"
mount "$loop" ${mounted}
rsync --archive ${root.folder}/ ${mounted}
mkdir -p ${mounted}/boot
cp ${vmlinuz} ${mounted}/boot/vmlinuz
cp ${initrd} ${mounted}/boot/initrd
printf 'DEFAULT linux\\nLABEL linux\\n  LINUX /boot/vmlinuz\\n  INITRD /boot/initrd\\n' > ${mounted}/boot/syslinux.cfg
${extlinux} --heads 64 --sectors 32 --install ${mounted}/boot >/dev/null 2>&1
umount ${mounted}
`,
  );
  chmodSync(script, 0o755);
  return script;
}
