import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RootlessBakeError } from '../errors.ts';
import { type Host, throwIfAborted } from '../host.ts';
import { makeTemporaryFolder } from '../store/folder.ts';
import { serialBootDisk } from './boot-sector.ts';
import { startMachine } from './machine.ts';
import type { Accelerator } from './options.ts';

const TOKEN = 'it boots';

/** Milliseconds; a working KVM needs a few hundred. */
const PATIENCE = 3000;

export interface Choice {
  readonly accelerator: Accelerator;
  /** Why it is not KVM. */
  readonly reason?: string;
}

const choices = new WeakMap<Host, Promise<Choice>>();

/**
 * KVM where it works, else TCG. That /dev/kvm opens says little: there are hosts, nested ones above all,
 * where it does and the guest then hangs in its BIOS. So a tiny machine is booted, once for each host object.
 */
export function chooseAccelerator(host: Host): Promise<Choice> {
  let choice = choices.get(host);
  if (!choice) {
    choice = probe(host);
    choices.set(host, choice);
  }
  return choice;
}

async function probe(host: Host): Promise<Choice> {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return { accelerator: 'tcg', reason: '/dev/kvm is not there, or not open to this user' };
  }
  const failure = await tryToBoot('kvm', host, PATIENCE);
  return failure
    ? { accelerator: 'tcg', reason: `KVM does not work here: ${failure}` }
    : { accelerator: 'kvm' };
}

/**
 * Boots a disk with nothing but a boot sector that prints a line.
 *
 * @returns why it did not work, or undefined when it did
 */
export async function tryToBoot(
  accelerator: Accelerator,
  host: Host,
  patience: number,
): Promise<string | undefined> {
  makeTemporaryFolder(host.temporaryDirectory);
  const folder = mkdtempSync(join(host.temporaryDirectory, 'rootless-bake-probe-'));
  try {
    const image = join(folder, 'probe.img');
    writeFileSync(image, serialBootDisk(`${TOKEN}\r\n`));
    const machine = await startMachine(image, { accelerator, memory: 32 << 20 }, host);
    try {
      await machine.console.expect(TOKEN, patience);
      return undefined;
    } catch (error) {
      throwIfAborted(host.signal);
      if (!(error instanceof RootlessBakeError) || error.code !== 'RB_BOOT_TIMEOUT') throw error;
      return error.message.split('\n')[0]!;
    } finally {
      await machine.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
