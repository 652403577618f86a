import { resolve } from 'node:path';
import { type Accelerator, DEFAULT_MEMORY, type MachineOptions, type PortForward } from './options.ts';

/** Where the serial console goes: a pipe of ours, or the terminal together with QEMU's monitor (Ctrl-A c). */
export type Serial = 'pipe' | 'terminal';

/**
 * The arguments of qemu-system-x86_64 for an image: a virtio disk, a serial console, a network only where ports are
 * forwarded, and an end instead of a reboot.
 */
export function qemuArguments(
  image: string,
  options: MachineOptions & { readonly accelerator: Accelerator; readonly serial: Serial },
): string[] {
  const display = options.display ?? 'none';
  const terminal = display === 'curses' ? 'vc' : 'mon:stdio';
  return [
    ...['-accel', options.accelerator],
    ...['-m', String(Math.max(1, Math.round((options.memory ?? DEFAULT_MEMORY) / 2 ** 20)))],
    // A comma in a value is written twice (qemu-options: "-drive").
    ...['-drive', `if=virtio,format=raw,file=${resolve(image).replaceAll(',', ',,')}`],
    ...networkArguments(options.forwards ?? []),
    '-no-reboot',
    ...(display === 'vga' ? ['-vga', 'std'] : ['-display', display]),
    ...(options.serial === 'pipe' ? ['-serial', 'stdio', '-monitor', 'none'] : ['-serial', terminal]),
    ...(options.snapshot ? ['-snapshot'] : []),
  ];
}

/** The card has no ROM: a machine that boots from its disk needs none, and QEMU may come without. */
function networkArguments(forwards: readonly PortForward[]): string[] {
  if (forwards.length === 0) return ['-nic', 'none'];
  const rules = forwards.map(({ host, guest }) => `,hostfwd=tcp:127.0.0.1:${host}-:${guest}`);
  return [
    ...['-netdev', `user,id=net0${rules.join('')}`],
    ...['-device', 'virtio-net-pci,netdev=net0,romfile='],
  ];
}
