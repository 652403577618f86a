import { RootlessBakeError } from '../../errors.ts';
import { GuestSession } from '../../sandbox/guest-session.ts';
import type { Proot } from '../../sandbox/proot.ts';
import { type PinnedPlan, pinnedPlan } from '../../sources/alpine/index.ts';
import type { SourceMeans } from '../../sources/means.ts';
import type { Tree } from '../../tree/tree.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { CookOptions } from '../options.ts';
import { apkRequest } from './apk-request.ts';
import { GuestInstallation } from './guest-installation.ts';

/**
 * Installs packages by the root's own apk under proot, with all that their scripts and triggers do. apk itself asks
 * no network: it says what it would install, and gets a repository of just that, fetched and verified before; or of
 * what the lock says.
 *
 * @throws RB_APK_UNTRUSTED when an index or a package is not what its key has signed
 * @throws RB_APK_FAILED when apk fails for any other reason, with its last lines
 * @throws what loading repositories and fetching packages throws
 */
export async function installPackages(
  options: CookOptions,
  ledger: Ledger,
  proot: Proot,
  means: SourceMeans,
): Promise<void> {
  if (!hasApk(ledger.tree)) {
    throw new RootlessBakeError('RB_APK_FAILED', 'packages are asked for, but the base has no apk', {
      hint: 'start from an Alpine root file system, such as its minirootfs',
    });
  }
  const request = apkRequest(options, ledger.tree, means);
  const session = new GuestSession(proot);
  const installation = new GuestInstallation(request, options.repositories, ledger, session, means);
  let isInstalled = false;
  try {
    const pinned = await means.pins.resolve<PinnedPlan>(request.pin, async () => {
      const found = await installation.lookUpAndInstall();
      isInstalled = true;
      return found;
    });
    if (!isInstalled) {
      const plan = await pinnedPlan(pinned, request.pin, request.repositories, means);
      await installation.installPinned(plan);
    }
  } finally {
    await session.end();
  }
}

function hasApk(tree: Tree): boolean {
  return ['/sbin/apk', '/usr/sbin/apk', '/usr/bin/apk'].some(
    (path) => tree.resolve(path)?.entry.type === 'file',
  );
}
