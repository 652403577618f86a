import { x } from 'tinyexec';
import { findProgram } from '../find-program.ts';
import type { Host } from '../host.ts';
import { chooseAccelerator, tryToBoot } from '../vm/accelerator.ts';
import { findQemu, QEMU } from '../vm/qemu.ts';
import type { Check } from './check.ts';

/** Milliseconds; in software, on a busy machine. */
const PATIENCE = 20_000;

export const qemu: Check = {
  id: 'qemu',
  title: 'QEMU',
  neededFor: 'boot',
  required: false,
  patience: PATIENCE + 5000,
  async look(host) {
    const program = findQemu(host, ['-drive', 'if=virtio,format=raw,file=IMAGE', '-nographic']);
    const [version, failure] = await Promise.all([
      versionOf(program, host),
      tryToBoot('tcg', host, PATIENCE),
    ]);
    if (failure !== undefined) return { status: 'warning', found: `${version}: ${failure}` };
    return { status: 'ok', found: `${version}: a small disk booted` };
  },
};

export const kvm: Check = {
  id: 'kvm',
  title: 'KVM',
  neededFor: 'boot to be fast; without it machines run in software',
  required: false,
  patience: PATIENCE,
  async look(host) {
    if (findProgram(QEMU, host) === undefined) {
      return { status: 'warning', found: 'not tried, for want of QEMU', remedy: 'Install QEMU first.' };
    }
    const { accelerator, reason = '' } = await chooseAccelerator(host);
    if (accelerator === 'kvm') return { status: 'ok', found: 'a small disk booted with it' };
    const remedy = reason.includes('/dev/kvm')
      ? 'Let root load the module kvm_intel or kvm_amd, and add you to the group kvm.'
      : 'In a virtual machine, its host must allow nested ones.';
    return { status: 'warning', found: reason, remedy };
  },
};

/** `QEMU emulator version 7.2.11 (Debian …)` */
async function versionOf(program: string, { env, signal }: Host): Promise<string> {
  const { stdout } = await x(program, ['--version'], {
    nodePath: false,
    nodeOptions: { env: { ...env }, signal },
  });
  const [, version] = /version (\S+)/.exec(stdout) ?? [];
  return version === undefined ? program : `${program} ${version}`;
}
