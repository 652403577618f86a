/**
 * `npm start`: bakes the built-in cake `hello` and boots it where QEMU is installed: in this terminal, or,
 * without one, until its login prompt shows.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const image = join(process.cwd(), 'hello.img');

rootlessBake('bake', 'hello', '-o', image, '--force');
if (spawnSync('qemu-system-x86_64', ['--version']).status === 0) {
  const watch =
    process.stdin.isTTY && process.stdout.isTTY
      ? []
      : ['--snapshot', '--expect', 'login:', '--timeout', '600'];
  rootlessBake('boot', image, ...watch);
} else {
  process.stderr.write(
    `QEMU is not installed here. Where it is, this boots the image:\n` +
      `  qemu-system-x86_64 -m 512 -nographic -drive if=virtio,format=raw,file=${image}\n`,
  );
}

function rootlessBake(...args) {
  const { status } = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), ...args], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
