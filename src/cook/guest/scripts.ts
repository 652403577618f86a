import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RootlessBakeError } from '../../errors.ts';
import type { Host } from '../../host.ts';
import { GUEST_CONTROL } from '../../sandbox/guest.ts';
import { type ProcessResult, runProcess } from '../../sandbox/process.ts';
import type { Proot } from '../../sandbox/proot.ts';
import { prepareRepositories } from '../apk/repositories.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { GUEST_SHIMS } from '../shims/shims.ts';
import { clock, guestStep, guestsOf, indent } from './guest-step.ts';

/**
 * The profile is read as a login shell does, then the script as `sh -eu`. Alpine's own profile uses variables
 * that are not set, hence not before.
 */
const GUEST_PRELUDE = `set +eu
if [ -r /etc/profile ]; then . /etc/profile; fi
set -eu
PATH=${GUEST_SHIMS}:$PATH
. ${GUEST_CONTROL}/script`;

/**
 * Runs the recipe's script in the root under proot, by its /bin/sh, with an environment that holds nothing of
 * the host's, and the recipe's repositories behind `apk`.
 *
 * @throws RB_SCRIPT_FAILED with exit code and last lines
 */
export async function runScript(
  script: string,
  repositories: readonly string[] | undefined,
  ledger: Ledger,
  proot: Proot,
  host: Host,
): Promise<void> {
  if (!ledger.tree.resolve('/bin/sh')) {
    throw new RootlessBakeError('RB_SCRIPT_FAILED', 'there is a script, but the root has no /bin/sh', {
      hint: 'scripts run in the root itself: its base must bring a shell',
      key: 'cook.script',
    });
  }
  const prepare = (control: string) => prepareRepositories(repositories, ledger.tree, control, host);
  await guestStep('script', ledger, guestsOf(proot), prepare, host, async (guest) => {
    writeFileSync(join(guest.control, 'script'), `${script}\n`);
    const result = await guest.run(['/bin/sh', '-euc', GUEST_PRELUDE]);
    if (result.exitCode !== 0) throw failure('script', result);
  });
}

/**
 * Runs a script of the recipe on the host, by /bin/sh -eu; ROOTFS names the scratch root. It is the user's own
 * program, with the user's rights and environment.
 *
 * @param directory where it runs
 * @throws RB_SCRIPT_FAILED with exit code and last lines
 */
export async function runHostScript(
  step: 'prepare' | 'cleanup',
  script: string,
  directory: string | undefined,
  ledger: Ledger,
  host: Host,
): Promise<void> {
  await ledger.materialize(host);
  const { control, root, directory: scratchDirectory } = ledger.scratch;
  const started = clock(control);
  const file = join(control, step);
  writeFileSync(file, `${script}\n`);
  const result = await runProcess(
    {
      program: '/bin/sh',
      args: ['-eu', file],
      env: {
        ...withoutUndefined(host.env),
        LC_ALL: 'C.UTF-8',
        TZ: 'UTC0',
        SOURCE_DATE_EPOCH: String(ledger.epoch),
        ROOTFS: root,
      },
      cwd: directory ?? scratchDirectory,
      step,
    },
    host,
  );
  if (result.exitCode !== 0) throw failure(step, result);
  await ledger.settle({ origin: step, started });
}

function failure(
  step: 'prepare' | 'script' | 'cleanup',
  { exitCode, lastLines }: ProcessResult,
): RootlessBakeError {
  const output =
    lastLines.length > 0 ? `; its last lines:\n${indent(lastLines.join('\n'))}` : ', without output';
  return new RootlessBakeError('RB_SCRIPT_FAILED', `${step} failed with exit code ${exitCode}${output}`, {
    hint: 'it runs with sh -eu: the first command that fails ends it; --keep-scratch keeps the root to look at',
    key: `cook.${step}`,
  });
}

function withoutUndefined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}
