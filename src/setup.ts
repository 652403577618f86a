/** The functions of the library for beginners and their machines; their code is loaded when they are called. */
import type { DoctorReport } from './doctor/doctor.ts';
import type { Host } from './host.ts';
import { nodeHost } from './node-host.ts';
import type { InitOptions, InitResult } from './templates/init.ts';

/**
 * Writes a recipe to begin with, and the files that it needs, into a folder: all of them or none.
 *
 * @param folder is made when it is missing
 * @throws RB_ARGUMENT for a template that there is not; RB_RECIPE_INVALID for a name that is none
 * @throws RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE
 *
 * @example
 * import { init, loadCake } from 'rootless-bake';
 *
 * await init('my-machine', { template: 'alpine-machine' });
 * const cake = await loadCake('my-machine');
 */
export async function init(folder: string, options: InitOptions = {}): Promise<InitResult> {
  const implementation = await import('./templates/init.ts');
  return implementation.init(folder, options);
}

/**
 * Tries what rootless-bake needs of this machine: that file systems can be made, that the store and temporary files
 * can be written, and whether PRoot, QEMU, KVM and apt work. What does not work is told, not thrown.
 *
 * @throws RB_INTERRUPTED
 *
 * @example
 * import { doctor } from 'rootless-bake';
 *
 * const { healthy, checks } = await doctor();
 * const canBoot = checks.some(({ id, status }) => id === 'qemu' && status === 'ok');
 */
export async function doctor(run: Partial<Host> = {}): Promise<DoctorReport> {
  const implementation = await import('./doctor/doctor.ts');
  return await implementation.doctor(nodeHost(run));
}
