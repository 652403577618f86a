import type { InitrdModule } from './modules.ts';

/** Where the initrd keeps its modules; named so by the first recipes of this kind. */
export const MODULE_FOLDER = '/lib/modules/initrd';

/** Seconds that the root's device may take to appear. */
const ROOT_TIMEOUT = 10;

export interface InitOptions {
  /** UUID of the root file system. */
  readonly uuid: string;
  /** Modules under {@link MODULE_FOLDER}, in the order of insertion. */
  readonly modules: readonly Pick<InitrdModule, 'file' | 'required'>[];
  /** Opens a shell before the root is looked for. */
  readonly debug: boolean;
}

/** Applets of busybox that the script and a person in the rescue shell use; each gets a link in /bin. */
export const INIT_APPLETS = [
  'sh',
  'mount',
  'umount',
  'insmod',
  'findfs',
  'switch_root',
  'sleep',
  'cat',
  'ls',
  'echo',
  'dmesg',
  'lsmod',
  'mkdir',
  'ps',
  'vi',
  'reboot',
  'poweroff',
] as const;

/**
 * The initrd's /init, for busybox's ash. It ends in the root's /sbin/init, or says what is wrong and opens
 * a shell: a kernel whose first process ends would only panic.
 */
export function initScript({ uuid, modules, debug }: InitOptions): string {
  return `#!/bin/sh
export PATH=/bin

rescue() {
  echo "initrd: $*" >&2
  echo "initrd: this is a shell in the initrd; 'reboot -f' starts again." >&2
  exec sh +m
}

mount -t devtmpfs devtmpfs /dev || rescue "cannot mount devtmpfs on /dev"
mount -t proc proc /proc || rescue "cannot mount /proc"
mount -t sysfs sysfs /sys || rescue "cannot mount /sys"

${modules.map(insertion).join('')}
${debug ? 'echo "initrd: debug shell; leave it with exit to go on"\nsh +m\n' : ''}
uptime() {
  read -r seconds _ < /proc/uptime
  echo "\${seconds%.*}"
}

deadline=$(( $(uptime) + ${ROOT_TIMEOUT} ))
until root=$(findfs UUID=${uuid} 2>/dev/null) && [ -n "$root" ]; do
  if [ "$(uptime)" -ge "$deadline" ]; then
    cat /proc/partitions >&2
    rescue "no file system with UUID ${uuid} appeared within ${ROOT_TIMEOUT} seconds; the block devices are listed above"
  fi
  sleep 0.1 2>/dev/null || sleep 1
done

mount -o ro "$root" /mnt || rescue "cannot mount $root; is a module for its file system missing?"
[ -x /mnt/sbin/init ] || [ -L /mnt/sbin/init ] || rescue "the root file system on $root has no /sbin/init"
mount -o move /dev /mnt/dev || rescue "cannot move /dev: the root file system on $root has no /dev folder"
umount /proc /sys
exec switch_root /mnt /sbin/init
`;
}

function insertion({ file, required }: InitOptions['modules'][number]): string {
  const insert = `insmod ${MODULE_FOLDER}/${file}`;
  return required
    ? `${insert} || echo "initrd: module ${file} was not inserted" >&2\n`
    : `${insert} 2>/dev/null || :\n`;
}
