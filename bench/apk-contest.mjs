/**
 * Installs the largest set of packages of the repository in RB_ALPINE_DIR that goes together: in process, by the
 * root's own apk under proot, and by apk itself as root in a chroot; and chooses from an index as large as Alpine's.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeLargeRepository } from './apk-index.mjs';
import { PROJECT, run } from './environment.mjs';
import { freshDisk } from './fresh-disk.mjs';

const ALPINE = resolve(PROJECT, process.env.RB_ALPINE_DIR ?? '../shared/alpine');
const LARGE = 30_000;
const WANTED = ['package-29999', 'package-15000'];

/** Not together with others: openntpd and chrony, vlan (of network-extras) and ifupdown-ng. */
const LEFT_OUT = new Set(['openntpd', 'openntpd-openrc', 'vlan', 'network-extras', 'bonding', 'bridge']);

const QUIET = '>/dev/null 2>&1';

/** Contests with what they are held on, for they take no root; as root only. */
export async function apkContests(work) {
  if (process.getuid() !== 0) throw new Error('--contest apk: apk as root is the judge, run it as root');
  const packages = packageNames();
  const installation = { name: 'apk', what: `${packages.length} packages`, sizeMiB: 0 };
  await makeLargeRepository(join(work, 'large'), LARGE);
  const disk = freshDisk(work);
  return [
    [contest('install', 'base and packages, whole processes', () => whole(disk, packages)), installation],
    [contest('packages', 'the packages alone', () => alone(disk, packages)), installation],
    [
      contest('choose', 'what apk add would do, whole processes', () => choices(work)),
      { name: 'index', what: `an index of ${LARGE} packages`, sizeMiB: 0 },
    ],
  ];
}

function contest(name, title, contestants) {
  return { name, title, takes: () => true, contestants, describe: () => undefined };
}

/** From the base's tar to the root with the packages. */
function whole(work, packages) {
  const root = join(work, 'native');
  const unpack = `mkdir ${root} && tar -xpf ${minirootfs()} -C ${root} && mknod -m 666 ${root}/dev/null c 1 3`;
  const cookers = ['native', 'proot'].map((apk) => cooker(work, apk, packages));
  const link = `mkdir ${root}/repository && cp -rl ${join(work, 'apks')}/. ${root}/repository`;
  const command = ['sh', '-ec', `${unpack} && ${link} && ${add(root, packages)}`];
  const prepare = () => {
    if (!readdirSync(work).includes('apks'))
      cpSync(join(ALPINE, 'apks'), join(work, 'apks'), { recursive: true });
  };
  return [...cookers, { name: 'tar, and apk as root', command, prepare, scratch: [root] }];
}

/** Ours without the start of the process and the loading of the base; apk's in a root that is unpacked already. */
function alone(work, packages) {
  const root = join(work, 'native');
  const cookers = ['native', 'proot'].map((apk) => {
    const contestant = cooker(work, apk, packages);
    return { ...contestant, seconds: () => Number(readFileSync(contestant.report, 'utf8')) / 1000 };
  });
  const prepare = () => {
    freshRoot(root);
    cpSync(join(ALPINE, 'apks'), join(root, 'repository'), { recursive: true });
  };
  return [
    ...cookers,
    { name: 'apk as root', command: ['sh', '-ec', add(root, packages)], prepare, scratch: [root] },
  ];
}

function cooker(work, apk, packages) {
  const options = { base: { tar: minirootfs() }, repositories: [join(ALPINE, 'apks')], packages, apk };
  const request = join(work, `${apk}.json`);
  writeFileSync(request, JSON.stringify(options));
  const report = join(work, `${apk}.time`);
  const script = join(PROJECT, 'bench/apk-cook.mjs');
  const command = [process.execPath, script, join(work, 'cook'), request, report];
  return { name: `rootless-bake, apk: ${apk}`, command, report };
}

/** Both verify the index, and read what is installed in a minirootfs. */
function choices(work) {
  const root = join(work, 'chooser');
  freshRoot(root);
  cpSync(join(work, 'large'), join(root, 'large'), { recursive: true });
  cpSync(join(work, 'large'), join(root, 'etc/apk/keys'), { recursive: true });
  const script = join(PROJECT, 'bench/apk-choose.mjs');
  const place = '--repositories-file /dev/null -X /large';
  const simulate = `chroot ${root} /sbin/apk ${place} add --simulate ${WANTED.join(' ')} ${QUIET}`;
  return [
    {
      name: 'rootless-bake',
      command: [process.execPath, script, join(work, 'large'), root, ...WANTED],
    },
    { name: 'apk add --simulate', command: ['sh', '-ec', simulate] },
  ];
}

function add(root, packages) {
  const place = '--repositories-file /dev/null -X /repository';
  return `PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot ${root} /sbin/apk ${place} add ${packages.join(' ')} ${QUIET}`;
}

function freshRoot(root) {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
  run('tar', ['-xpf', minirootfs(), '-C', root]);
  run('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
}

function minirootfs() {
  const name = readdirSync(ALPINE).find((file) => file.startsWith('alpine-minirootfs-'));
  return join(ALPINE, name);
}

function packageNames() {
  return readdirSync(join(ALPINE, 'apks/x86_64'))
    .filter((name) => name.endsWith('.apk'))
    .map((name) => name.replace(/-[^-]+-r\d+\.apk$/, ''))
    .filter((name) => !LEFT_OUT.has(name));
}
