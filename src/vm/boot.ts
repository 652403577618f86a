import { accessSync, constants } from 'node:fs';
import { RootlessBakeError } from '../errors.ts';
import { type Host, throwIfAborted } from '../host.ts';
import { chooseAccelerator } from './accelerator.ts';
import { qemuArguments } from './command.ts';
import { type Machine, runOnTerminal, type StartOptions, startMachine } from './machine.ts';
import { type BootOptions, type BootResult, DEFAULT_TIMEOUT, type MachineOptions } from './options.ts';
import { findQemu } from './qemu.ts';

/**
 * Boots an image in QEMU: on this terminal, or, with `expect`, until the serial console shows something.
 *
 * @throws RB_INPUT_NOT_FOUND when there is no such image; RB_QEMU_MISSING; RB_QEMU_FAILED;
 *   RB_BOOT_TIMEOUT, with the last lines of the console, when it does not show what is expected;
 *   RB_INTERRUPTED. No machine outlives the call.
 */
export async function boot(image: string, options: BootOptions, host: Host): Promise<BootResult> {
  if (options.expect === undefined) return await bootOnTerminal(image, options, host);
  const start = host.now();
  const { machine, ...choice } = await bootMachine(image, options, host);
  try {
    await machine.console.expect(options.expect, options.timeout ?? DEFAULT_TIMEOUT);
    return { ...choice, milliseconds: host.now() - start, transcript: machine.console.transcript };
  } catch (error) {
    throwIfAborted(host.signal);
    throw error;
  } finally {
    await machine.stop();
  }
}

/**
 * Starts an image as a machine to talk to over its serial console.
 *
 * @example
 * const { machine } = await bootMachine('alpine.img', { snapshot: true }, nodeHost());
 * try {
 *   await machine.console.expect('login: ', 60_000);
 *   machine.console.send('root\n');
 * } finally {
 *   await machine.stop();
 * }
 */
export async function bootMachine(
  image: string,
  options: MachineOptions,
  host: Host,
): Promise<Pick<BootResult, 'accelerator' | 'reason'> & { machine: Machine }> {
  const { start, reason } = await prepare(image, options, host);
  const machine = await startMachine(image, start, host);
  return { machine, accelerator: start.accelerator, ...(reason !== undefined && { reason }) };
}

async function bootOnTerminal(image: string, options: MachineOptions, host: Host): Promise<BootResult> {
  const { start, reason } = await prepare(image, options, host);
  if (start.display !== 'curses') {
    host.emit({ type: 'message', level: 'info', text: 'serial console of the machine; Ctrl-A x ends it' });
  }
  const began = host.now();
  await runOnTerminal(image, start, host);
  return {
    accelerator: start.accelerator,
    ...(reason !== undefined && { reason }),
    milliseconds: host.now() - began,
    transcript: '',
  };
}

async function prepare(
  image: string,
  options: MachineOptions,
  host: Host,
): Promise<{ start: StartOptions; reason: string | undefined }> {
  try {
    accessSync(image, constants.R_OK | (options.snapshot ? 0 : constants.W_OK));
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : 'cannot be opened';
    throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `the image ${image} ${why}`, {
      hint:
        why === 'is not there'
          ? 'bake it first'
          : 'a machine writes to its disk: make it writable, or use --snapshot',
      cause,
    });
  }
  findQemu(host, qemuArguments(image, { ...options, accelerator: 'tcg', serial: 'terminal' }));
  const accel = options.accel ?? 'auto';
  const choice = accel === 'auto' ? await chooseAccelerator(host) : { accelerator: accel };
  const reason = 'reason' in choice ? choice.reason : undefined;
  if (reason) host.emit({ type: 'message', level: 'info', text: `${reason}; emulating in software (TCG)` });
  return { start: { ...options, accelerator: choice.accelerator }, reason };
}
