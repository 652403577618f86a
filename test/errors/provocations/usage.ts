import type { CodesOf, InputCode } from '../../../src/error-help/entry.ts';
import { serialBootDisk } from '../../../src/vm/boot-sector.ts';
import type { Provocations } from '../../support/provocation.ts';

const BASE = { base: { dir: './root' } };
const SHA256 = '0'.repeat(64);

export const USAGE: Provocations<Exclude<CodesOf<2>, InputCode>> = {
  RB_APT_MISSING(stage) {
    return {
      args: stage.cook({ ...BASE, contents: [{ deb: 'hello' }] }),
      env: { PATH: '/nowhere' },
      says: ['this machine has no apt'],
      hint: 'name a .deb file',
    };
  },
  RB_ARGUMENT() {
    return { args: ['bake', 'hello', '--forse'], says: ["unknown option '--forse'"], hint: '--force' };
  },
  RB_BASE_MISSING(stage) {
    stage.work.file('cake.yaml', 'name: bad\ncook:\n  packages: [openrc]\n');
    return {
      args: ['check', 'cake.yaml'],
      says: ['cake.yaml:2:1: cook.base is missing', '  2 | cook:\n    | ^'],
      hint: 'base: { tar:',
      where: { line: 2, column: 1 },
    };
  },
  RB_BOOTLOADER_FEATURE(stage) {
    const bake = 'bake: { size: 64M, kernel: { deb: abc }, filesystem: { features: [meta_bg] } }\n';
    stage.work.file('cake.yaml', `name: bad\ncook: { base: { empty: true } }\n${bake}`);
    return {
      args: ['bake', 'cake.yaml'],
      says: ['cake.yaml:3:67: SYSLINUX cannot boot from a file system with meta_bg'],
      hint: 'leave meta_bg out',
      where: { line: 3, column: 67 },
    };
  },
  RB_LOCK_INVALID(stage) {
    stage.work.file('cake.lock', '<<<<<<< HEAD\n{}\n');
    return { args: stage.cook(BASE), says: ['cake.lock is no lock'], hint: 'merge conflict' };
  },
  RB_LOCK_MISSING(stage) {
    return { args: stage.cook(BASE, '--locked'), says: ['cake.lock'], hint: 'rootless-bake lock' };
  },
  RB_LOCK_OUTDATED(stage) {
    stage.work.file('cake.lock', JSON.stringify({ version: 1, name: 'bad', inputs: [], local: {} }));
    return {
      args: stage.cook({ base: { tar: stage.server.url('/root.tar'), sha256: SHA256 } }, '--locked'),
      says: ['cake.lock'],
      hint: 'rootless-bake lock',
    };
  },
  RB_MACHINE_INVALID(stage) {
    stage.recipe({ cook: BASE, machine: { services: { enable: ['sshd'] } } });
    return {
      args: ['cook', 'cake.json', '-o', 'out.tar'],
      says: ['services', 'no init that is known'],
      hint: '/sbin/init',
    };
  },
  RB_OUTPUT_EXISTS(stage) {
    stage.work.file('out.tar', 'precious');
    return { args: stage.cook(BASE), says: ['out.tar exists already'], hint: '--force' };
  },
  RB_OUTPUT_UNWRITABLE(stage) {
    return {
      args: [...stage.cook(BASE).slice(0, 3), 'absent/out.tar'],
      says: ['cannot write absent/out.tar'],
      hint: 'make the folder absent first',
    };
  },
  RB_PACKAGE_MISSING(stage) {
    stage.work.file('cake.ts', "export default { name: 'bad' as const };\n");
    const withoutJiti = `export async function resolve(word, context, next) {
      if (word !== 'jiti') return await next(word, context);
      throw Object.assign(new Error("Cannot find package 'jiti'"), { code: 'ERR_MODULE_NOT_FOUND' });
    }`;
    return {
      args: ['check', 'cake.ts'],
      env: stage.preload(
        `import { register } from 'node:module';
        register('data:text/javascript,${encodeURIComponent(withoutJiti).replaceAll("'", '%27')}');`,
      ),
      says: ['a recipe in TypeScript needs the package jiti'],
      hint: 'npm install jiti',
    };
  },
  RB_PROOT_UNAVAILABLE(stage) {
    stage.work.mkdir('root/bin');
    stage.work.file('root/bin/sh', '', 0o755);
    return {
      args: stage.cook({ ...BASE, script: 'true' }),
      env: { RB_PROOT: '/nowhere/proot', PATH: '/nowhere' },
      says: ['/nowhere/proot (RB_PROOT)', 'ENOENT'],
      hint: 'install proot',
    };
  },
  RB_QEMU_MISSING(stage) {
    stage.work.file('x.img', serialBootDisk('hello'), 0o666);
    return {
      args: ['boot', 'x.img', '--expect', 'hello', '--snapshot'],
      env: { PATH: '/nowhere' },
      says: ['qemu-system-x86_64 is not on the PATH'],
      hint: 'apt install qemu-system-x86',
    };
  },
  RB_RECIPE_INVALID(stage) {
    stage.work.file('cake.json', '{\n\t"name": "bad",\n\t"cook": { "base": { "empty": "yes" } }\n}\n');
    return {
      args: ['check', 'cake.json'],
      says: [/cake\.json:3:\d+: /, '  3 | \t"cook": { "base"'],
      hint: /./,
      where: { line: 3, column: 31 },
    };
  },
  RB_RECIPE_NOT_FOUND() {
    return { args: ['check', 'helo'], says: ['no recipe "helo"'], hint: 'did you mean "hello"?' };
  },
  RB_RECIPE_SYNTAX(stage) {
    stage.work.file('cake.mjs', 'export default {\n  name: "bad",\n  cook: {, },\n};\n');
    return {
      args: ['check', 'cake.mjs'],
      says: [
        'cake.mjs:3:10: the module cannot be loaded: Unexpected token',
        '  3 |   cook: {, },\n    |          ^',
      ],
      hint: 'default export',
      where: { line: 3, column: 10 },
    };
  },
  RB_RECIPE_UNKNOWN_KEY(stage) {
    stage.work.file('cake.yaml', 'name: bad\ncook:\n  base: { empty: true }\n  pakages: [openrc]\n');
    return {
      args: ['check', 'cake.yaml'],
      says: ['cake.yaml:4:3: unknown key "pakages" in cook\n  4 |   pakages: [openrc]\n    |   ^'],
      hint: 'did you mean "packages"?',
      where: { line: 4, column: 3 },
    };
  },
  RB_STORE_UNUSABLE(stage) {
    return {
      args: stage.cook(
        { base: { tar: stage.server.url('/root.tar'), sha256: SHA256 } },
        '--store',
        '/dev/null/x',
      ),
      says: ['/dev/null/x'],
      hint: 'RB_STORE',
    };
  },
};
