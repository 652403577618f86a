import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bind, GUEST_CONTROL } from '../../sandbox/guest.ts';
import type { Tree } from '../../tree/tree.ts';

/** The folder of the shims in the guest, put at the front of a script's PATH. */
export const GUEST_SHIMS: string = `${GUEST_CONTROL}/shims`;

/** Programs whose effect an ordinary user's disk cannot hold. */
const RECORDED = ['chown', 'chgrp', 'chmod', 'mknod', 'install', 'setcap'] as const;

/** apk runs package scripts with PATH=/usr/sbin:/usr/bin:/sbin:/bin, so that is where those meet a shim. */
const EARLY = '/usr/sbin';

/** Finds the real program behind a shim: same name, later in PATH, else busybox's applet. */
const FIND_REAL = `name=\${0##*/}
real=
for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
	if [ -x "$folder/$name" ] && ! [ "$folder/$name" -ef "$0" ]; then
		real=$folder/$name
		break
	fi
done
`;

/**
 * Runs the real program and records the call: name, working directory and arguments, each ended by NUL, then
 * an empty string, then \`inode path\` lines of the arguments that exist, by which a file is found again that
 * has been renamed since. One file per call, so that calls at the same time do not mix; its mtime orders them.
 *
 * setcap is not run, for the disk cannot hold its xattr; it must exist all the same. mknod of a device makes
 * an empty file in its place, which the ledger turns into the device.
 */
const RECORDING_SHIM = `#!/bin/sh
${FIND_REAL}
run() {
	if [ "$real" ]; then "$real" "$@"
	elif [ -x /bin/busybox ]; then /bin/busybox "$name" "$@"
	else echo "$name: not found" >&2; return 127
	fi
}

make_device() {
	if [ -e "$1" ] || [ -L "$1" ]; then
		echo "mknod: $1: File exists" >&2
		return 1
	fi
	: >"$1" || return 1
	if [ "$mode" ]; then chmod "$mode" "$1"; fi
}

mknod() {
	mode= want= count=0 node= kind=
	for argument do
		if [ "$want" ]; then mode=$argument want=; continue; fi
		case $argument in
		-m | --mode) want=1 ;;
		--mode=*) mode=\${argument#--mode=} ;;
		-m*) mode=\${argument#-m} ;;
		-*) ;;
		*)
			count=$((count + 1))
			case $count in
			1) node=$argument ;;
			2) kind=$argument ;;
			esac
			;;
		esac
	done
	case $count$kind in
	4[bcu]) make_device "$node" ;;
	*) run "$@" ;;
	esac
}

inodes() {
	for argument do
		shift
		case $argument in
		-*) ;;
		*) if [ -e "$argument" ] || [ -L "$argument" ]; then set -- "$@" "$argument"; fi ;;
		esac
	done
	if [ $# -gt 0 ]; then stat -c '%i %n' -- "$@" 2>/dev/null; fi
}

case $name in
mknod) mknod "$@" ;;
setcap) if ! [ "$real" ]; then run "$@"; fi ;;
*) run "$@" ;;
esac
status=$?
{
	printf '%s\\0' "$name" "$(pwd -P)" "$@" ''
	inodes "$@"
} >"${GUEST_CONTROL}/log/$$"
exit $status
`;

/**
 * apk with the repositories and the package cache of the cook. When a script changes /etc/apk/repositories,
 * what it wrote counts as well. \`apk update\` shrugs off a bad signature; here it fails.
 */
const APK_SHIM = `#!/bin/sh
${FIND_REAL}
if ! [ "$real" ]; then echo "apk: not found" >&2; exit 127; fi
control=${GUEST_CONTROL}
for argument do
	case $argument in
	-p | --root | --root=* | --cache-dir | --cache-dir=* | --repositories-file | --repositories-file=*)
		exec "$real" "$@"
		;;
	esac
done
set -- --cache-dir $control/cache "$@"
if [ -f $control/repositories ]; then
	repositories=$control/repositories
	if [ "$(cat /etc/apk/repositories 2>/dev/null)" != "$(cat $control/repositories.base)" ]; then
		repositories=$control/repositories.$$
		cat $control/repositories /etc/apk/repositories >$repositories
	fi
	set -- --repositories-file $repositories "$@"
fi
"$real" "$@" 2>$control/apk.$$
status=$?
cat $control/apk.$$ >&2
if grep 'BAD signature\\|UNTRUSTED signature' $control/apk.$$ >>$control/untrusted && [ $status -eq 0 ]; then
	status=1
fi
rm -f $control/apk.$$ $control/repositories.$$
exit $status
`;

/**
 * date, by a clock that is ahead. Where it is asked for another time than now, or to set the clock, it is the real one.
 */
const dateShim = (seconds: number): string => `#!/bin/sh
${FIND_REAL}
run() {
	if [ "$real" ]; then "$real" "$@"; else /bin/busybox date "$@"; fi
}

for argument do
	case $argument in
	-[dfrsD]* | -u[dfrsD]* | --date* | --file* | --reference* | --set*) run "$@"; exit ;;
	esac
done
run -d "@$(($(run +%s) + ${seconds}))" "$@"
`;

/**
 * Writes the shims into the control folder and empties the log of the step before.
 *
 * @param clockShift seconds by which `date` is to be ahead
 */
export function prepareShims(control: string, clockShift = 0): void {
  const folder = join(control, 'shims');
  mkdirSync(folder, { recursive: true });
  for (const name of RECORDED) writeProgram(join(folder, name), RECORDING_SHIM);
  writeProgram(join(folder, 'apk'), APK_SHIM);
  if (clockShift !== 0) writeProgram(join(folder, 'date'), dateShim(clockShift));
  rmSync(join(control, 'log'), { recursive: true, force: true });
  rmSync(join(control, 'untrusted'), { force: true });
  mkdirSync(join(control, 'log'));
}

/**
 * The binds that put shims where package scripts look first. A path that exists is left alone: a rename over
 * a bind would hit the host's file, and behind a link lies a program of another name.
 */
export function shimBinds(tree: Tree, control: string): Bind[] {
  const folder = tree.resolve(EARLY)?.entry;
  if (folder?.type !== 'directory') return [];
  const names = [...RECORDED, 'date'].filter((name) => existsSync(join(control, 'shims', name)));
  return names
    .filter((name) => name !== 'setcap' && !folder.children.has(name))
    .map((name) => ({
      host: join(control, 'shims', name),
      guest: `${EARLY}/${name}`,
    }));
}

function writeProgram(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}
