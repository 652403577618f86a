/** What `inspect` tells of a disk that GRUB boots, against what GRUB boots, as the kernel shows it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultEntry } from '../../src/inspect/boot/facts.ts';
import { openImage } from '../../src/inspect/open.ts';
import { inspectImage } from '../../src/inspect/report.ts';
import type { RootFacts } from '../../src/inspect/root-facts.ts';
import { DEBIAN_KERNEL_TOOLS, debianKernel } from '../support/debian-kernel.ts';
import {
  assembleGrubDisk,
  GRUB_TOOLS,
  grubConfigOf,
  MKCONFIG_TOOLS,
  makeGrubFileSystems,
  writeToBoot,
} from '../support/grub-disk.ts';
import { GuestShell } from '../support/guest-shell.ts';
import { testHost } from '../support/host.ts';
import { judge, oracle } from '../support/oracle.ts';
import { startQemu } from '../support/qemu.ts';

/** A bit of everything that its language has; what it makes of it goes into the command line of the entry. */
const SCRIPT = String.raw`# a comment; with ' and "
serial --unit=0; terminal_input serial; terminal_output serial
if [ -s $prefix/grubenv ]; then load_env; fi
set timeout=0
default="$saved_entry"
set words="one   two"; set empty=
bare=set\ without
menuentry_id_option=--id; export menuentry_id_option
function describe {
  set "$1=$#:$2:$3"
  for word in $@; do last="$last,$word"; done
  return 1
}
if describe told 'a  b' $words; then outcome=good; else outcome="bad $?"; fi
count=; while [ x$count != x... ]; do count=$count.; if [ $count = .. ]; then continue; fi; seen="$seen<$count>"; done
until true; do never=1; done
if [ "$words" = one -o ! -d / -a -z "" ]; then branch=1; elif [ 10 -gt 9 -a -f /early.cpio -a ! -e /nothing ]; then branch=2; else branch=3; fi
if ! test -s /grub/empty; then branch=$branch-no; fi
search --no-floppy --label --set=other rootfs
search --no-floppy --file --set=place /early.cpio
source $prefix/more.cfg
export words; export place; export told
submenu "not chosen" { menuentry inner { linux /nothing; } }
submenu 'a menu > "more"' --id menu-id {
  unset told
  menuentry "other" { true; }
  menuentry "chosen $words" --class x $menuentry_id_option 'the id' "an argument" {
    set root=$place
    linux ($root)/vmlinuz-6.1.0-1-amd64 console=ttyS0 quiet loglevel=0 no_timer_check panic=-1       id=$chosen arg="$1" words=$words "quoted=$words" none=[$empty$last$outcome] told=$told$bare       'single $x "y"' "double \$x "z" \q" esc=a\ b\$c x#d more=$more e=
    initrd /early.cpio       "/initrd.img-6.1.0-1-amd64"
  }
}
menuentry facts --id facts { linux /vmlinuz-6.1.0-2-amd64 console=ttyS0 quiet loglevel=0 no_timer_check panic=-1     $told "$last" outcome="$outcome" seen=$seen branch=$branch never=$never other=$other place=$place bare="$bare" more=$more plat=$grub_platform
  initrd /initrd.img-6.1.0-2-amd64
}
`;

const MINUTE = 60_000;
const { host } = testHost();
let folder: string;

/** What is told of /boot and of the root. */
async function look(disk: string): Promise<{ boot: RootFacts; root: RootFacts }> {
  const image = await openImage(disk, {}, host);
  try {
    const { partitionTable, fileSystems } = await inspectImage(image, host);
    expect(partitionTable?.bootCode.name).toBe('grub');
    const [boot, root] = fileSystems.map((item) => item.root);
    return { boot: boot!, root: root! };
  } finally {
    image.close();
  }
}

/** Boots until the shell of the initrd is there. */
async function boot(disk: string, commands: readonly string[]): Promise<string[]> {
  const machine = startQemu(['-snapshot', '-drive', `if=virtio,format=raw,file=${disk}`]);
  try {
    await machine.console.expect('# ', 5 * MINUTE);
    const shell = new GuestShell(machine.console);
    const answers: string[] = [];
    for (const command of commands) answers.push((await shell.run(command)).trimEnd());
    return answers;
  } finally {
    await machine.stop();
  }
}

/** What the kernel should show: GRUB puts the path of the kernel in front, with the device if that is written. */
function commandLine({ boot }: RootFacts, device = ''): string {
  const { kernel, options } = defaultEntry(boot)!;
  return `BOOT_IMAGE=${device}${kernel!.path} ${options}`;
}

oracle({
  tools: [...DEBIAN_KERNEL_TOOLS, ...GRUB_TOOLS, ...MKCONFIG_TOOLS, 'qemu-system-x86_64'],
  files: ['/bin/busybox', '/usr/lib/grub/i386-pc/boot.img'],
  root: true,
})('a disk that GRUB boots', { timeout: 10 * MINUTE }, () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-grub-'));
    const { root, release } = debianKernel();
    makeGrubFileSystems(folder, join(root, 'boot', `vmlinuz-${release}`));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const settings = (choice: string): string =>
    [
      `GRUB_DEFAULT="${choice}"`,
      'GRUB_TIMEOUT=0',
      'GRUB_DISTRIBUTOR="Debian"',
      'GRUB_CMDLINE_LINUX_DEFAULT="quiet loglevel=0 no_timer_check"',
      'GRUB_CMDLINE_LINUX="console=ttyS0 first=\\"a b\\" panic=-1"',
      'GRUB_TERMINAL=serial',
      'GRUB_EARLY_INITRD_LINUX_CUSTOM="early.cpio"',
    ].join('\n');

  it('boots the entry of a submenu that grub-mkconfig has made the default', async () => {
    const config = grubConfigOf(folder, settings('1>2'));
    expect(config).toContain('search --no-floppy --fs-uuid --set=root');
    writeToBoot(folder, { 'grub/grub.cfg': config });
    const disk = assembleGrubDisk(folder, 'mkconfig.img');
    const { boot: facts, root } = await look(disk);
    const uuid = judge('blkid', ['-s', 'UUID', '-o', 'value', join(folder, 'root.ext4')]).trim();
    expect(facts.boot).toMatchObject({ loader: 'grub', path: '/grub/grub.cfg', default: 3 });
    expect(facts.boot!.entries.map(({ title }) => title)).toEqual([
      'Debian GNU/Linux',
      ...['2-amd64', '2-amd64 (recovery mode)', '1-amd64', '1-amd64 (recovery mode)'].map(
        (name) => `Advanced options for Debian GNU/Linux > Debian GNU/Linux, with Linux 6.1.0-${name}`,
      ),
    ]);
    expect(facts.boot!.problems).toBeUndefined();
    expect(facts.boot!.entries.flatMap(({ problems = [] }) => problems)).toEqual([]);
    expect(defaultEntry(facts.boot)).toMatchObject({
      kernel: { path: '/vmlinuz-6.1.0-1-amd64' },
      initrds: [{ path: '/early.cpio' }, { path: '/initrd.img-6.1.0-1-amd64' }],
      root: { name: `UUID=${uuid}`, state: 'found', partition: 3 },
    });
    expect(facts.kernel!.release).toBe(debianKernel().release);
    expect(facts.initrds!.map(({ entries }) => entries)).toEqual([3, expect.any(Number)]);
    expect(root).toMatchObject({ bootedFrom: 2 });
    expect(root.kernel).toBeUndefined();
    expect(await boot(disk, ['cat /proc/cmdline', 'cat /early/here'])).toEqual([commandLine(facts), 'yes']);
  });

  it.each([
    ['menu-id>the id', 2, '(hd0,gpt2)'],
    ['facts', 3, ''],
  ])('follows the script of a grub.cfg, and the entry %s that is saved', async (saved, index, device) => {
    writeToBoot(folder, {
      'grub/grub.cfg': SCRIPT,
      'grub/more.cfg': 'set more="$words!"\n',
      'grub/empty': '',
    });
    writeFileSync(join(folder, 'script'), SCRIPT);
    judge('grub-script-check', [join(folder, 'script')]);
    judge('grub-editenv', [join(folder, 'grubenv'), 'set', `saved_entry=${saved}`]);
    writeToBoot(folder, { 'grub/grubenv': readFileSync(join(folder, 'grubenv')) });
    const disk = assembleGrubDisk(folder, 'script.img');
    const { boot: facts } = await look(disk);
    expect(facts.boot).toMatchObject({ default: index });
    expect(facts.boot!.problems).toBeUndefined();
    expect(await boot(disk, ['cat /proc/cmdline'])).toEqual([commandLine(facts, device)]);
  });
});
