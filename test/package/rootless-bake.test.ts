import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MBR_CODE } from '../support/bake-inputs.ts';
import { DEBIAN_KERNEL_TOOLS, debianKernel } from '../support/debian-kernel.ts';
import { type InstalledPackage, installRootlessBake } from '../support/npm-package.ts';
import { findTool, judge, oracle } from '../support/oracle.ts';
import { ordinaryUser, runAs } from '../support/users.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };
const user = ordinaryUser();

/** Where the file system of an image begins. */
const OFFSET = 1 << 20;

const tools = [...DEBIAN_KERNEL_TOOLS, 'busybox', 'extlinux', 'debugfs', 'e2fsck'];
oracle({ tools, files: [MBR_CODE] })('the packed rootless-bake, where there is only Node', () => {
  let installed: InstalledPackage;

  beforeAll(() => {
    installed = installRootlessBake(user);
    const bin = join(installed.folder, 'bin');
    mkdirSync(bin);
    symlinkSync(process.execPath, join(bin, 'node'));
    // npm runs programs through a shell, which every Linux has.
    for (const name of ['npm', 'npx', 'sh']) symlinkSync(findTool(name)!, join(bin, name));
    layOutFiles(installed.folder);
  });
  afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

  it('holds the program, the library with its types, recipes, schema, licence and documents', () => {
    expect(installed.files).toEqual(
      expect.arrayContaining([
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'cake.schema.json',
        'dist/cli/main.js',
        'dist/index.d.ts',
        'dist/index.js',
        'docs/ARCHITECTURE.md',
        'fixtures/cakes/hello.yaml',
        'package.json',
      ]),
    );
    // Their licences ask to be with the code.
    for (const name of ['yaml', 'zod']) {
      expect(installed.files).toEqual(
        expect.arrayContaining([`dist/vendor/${name}.js`, `dist/vendor/${name}.LICENSE`]),
      );
      expect(existsSync(join(installed.folder, 'node_modules', name))).toBe(false);
    }
    const strangers = /\.(?:map|tsbuildinfo)$|\.test\.|^(?:src|test|bench|wasm|\.ci)\//;
    expect(installed.files.filter((path) => strangers.test(path))).toEqual([]);
    expect(installed.files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
  });

  it('holds the files and folders that its modules read', () => {
    const modules = installed.files.filter((path) => path.endsWith('.js'));
    const read = modules.flatMap((path) => {
      const text = readFileSync(join(installed.root, path), 'utf8');
      const urls = text.matchAll(/new URL\(\s*['"`]([^'"`$]*)[^)]*, import\.meta\.url\)/g);
      return [...urls].map((match) => join(path, '..', match[1]!));
    });
    expect(read).toEqual(expect.arrayContaining(['package.json', 'fixtures/cakes/', 'fixtures/templates/']));
    expect(read.filter((path) => !existsSync(join(installed.root, path)))).toEqual([]);
  });

  it('runs by npx', () => {
    expect(npx('--version')).toBe(`${version}\n`);
    expect(npx('help')).toContain('\nExamples:\n  $ rootless-bake ');
    expect(npx('help', 'bake')).toContain('Usage: rootless-bake bake');
  });

  it('writes a first recipe, and checks it', () => {
    expect(npx('init', 'first', '-q')).toContain('cake.yaml');
    expect(npx('check', 'first')).toBe('first: the recipe is good\n');
  });

  it.each([
    ['check', 'hello'],
    ['check', 'local.yaml'],
    ['check', 'cake.ts'],
    ['check', 'cake.mjs'],
  ])('%s %s', (...args) => {
    expect(npx(...args)).toMatch(/^\w+: the recipe is good\n$/);
  });

  it('bakes from local files', () => {
    expect(npx('bake', 'local.yaml', '-q')).toBe('local.img\n');
    const fileSystem = `${join(installed.folder, 'local.img')}?offset=${OFFSET}`;
    expect(debugfs('cat /etc/hostname', fileSystem)).toBe('local\n');
    expect(debugfs('stat /etc/secret', fileSystem)).toMatch(/Mode:\s+0400.*User:\s+123\s+Group:\s+45/s);
    expect(debugfs('ls -p /boot', fileSystem)).toMatch(/\/initrd\/.*\/ldlinux\.sys\/.*\/vmlinuz\//s);
    judge('e2fsck', ['-fn', fileSystem]);
    expect(npx('cat', 'local.img', '/etc/hostname')).toBe('local\n');
  });

  it('says which package was left out, where it is needed', () => {
    leaveOut('jiti', () => {
      expect(npx('check', 'cake.mjs')).toBe('module: the recipe is good\n');
      const run = runNpx('check', 'cake.ts');
      expect(run.status).toBe(2);
      expect(run.stderr).toMatch(
        /^error\[RB_PACKAGE_MISSING\]: a recipe in TypeScript needs the package jiti, .*\nhint: .*npm install jiti\n$/,
      );
    });
  });

  it.skipIf('createZstdCompress' in process.getBuiltinModule('node:zlib'))(
    'says that writing zstd needs a package before Node.js 22.15',
    () => {
      leaveOut('@hpcc-js/wasm-zstd', () => {
        const run = runNpx('cook', 'local.yaml', '-o', 'root.tar.zst');
        expect(run.status).toBe(2);
        expect(run.stderr).toContain('error[RB_PACKAGE_MISSING]: writing zstd before Node.js 22.15 needs');
      });
      expect(npx('cook', 'local.yaml', '-q', '-o', 'root.tar.zst')).toBe('root.tar.zst\n');
    },
  );

  /** Runs the installed program as the user, with nothing but Node on PATH and no way to the network. */
  function runNpx(...args: readonly string[]): ReturnType<typeof runAs> {
    const { folder } = installed;
    const nowhere = 'http://127.0.0.1:9';
    return runAs(user, ['npx', 'rootless-bake', ...args], {
      cwd: folder,
      env: {
        PATH: join(folder, 'bin'),
        RB_CACHE_DIR: join(folder, 'cache'),
        HTTP_PROXY: nowhere,
        HTTPS_PROXY: nowhere,
        npm_config_offline: 'true',
        npm_config_update_notifier: 'false',
      },
    });
  }

  function npx(...args: readonly string[]): string {
    const run = runNpx(...args);
    expect(run.status, run.stderr).toBe(0);
    return run.stdout;
  }

  /** Takes an optional package away for a while. */
  function leaveOut(name: string, work: () => void): void {
    const path = join(installed.folder, 'node_modules', name);
    const away = join(installed.folder, 'away');
    renameSync(path, away);
    try {
      work();
    } finally {
      renameSync(away, path);
    }
  }
});

/** All that a bake takes, as files beside its recipe. */
function layOutFiles(folder: string): void {
  const { root, release, modules } = debianKernel();
  copyFileSync(join(root, 'boot', `vmlinuz-${release}`), join(folder, 'vmlinuz'));
  copyFileSync(findTool('extlinux')!, join(folder, 'extlinux'));
  copyFileSync(MBR_CODE, join(folder, 'mbr.bin'));
  copyFileSync(findTool('busybox')!, join(folder, 'busybox'));
  const files = join(folder, 'rootfs');
  mkdirSync(join(files, 'etc'), { recursive: true });
  writeFileSync(join(files, 'etc/hostname'), 'local\n');
  writeFileSync(join(files, 'etc/secret'), 'secret\n', { mode: 0o400 });
  execFileSync('tar', [
    ...['-C', files, '--owner=:123', '--group=:45', '--mtime=@1700000000', '-cf', join(folder, 'rootfs.tar')],
    'etc',
  ]);
  const recipe = {
    name: 'local',
    cook: { base: { tar: './rootfs.tar' } },
    bake: {
      size: '64M',
      kernel: { vmlinuz: './vmlinuz', modules },
      bootloader: { extlinux: './extlinux', mbr: './mbr.bin' },
      busybox: { path: './busybox' },
      modules: ['virtio_pci', 'virtio_blk', 'ext4'],
    },
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'local.yaml'), JSON.stringify(recipe));
  const module = `import { defineCake } from 'rootless-bake';\nexport default defineCake(${JSON.stringify({ ...recipe, name: 'module' })});\n`;
  for (const name of ['cake.ts', 'cake.mjs']) writeFileSync(join(folder, name), module);
}

function debugfs(command: string, image: string): string {
  return judge('debugfs', ['-R', command, image]);
}
