import { join } from 'node:path';
import type { Host } from '../host.ts';
import { findCandidates } from '../sources/apt/candidate.ts';
import { knownLists } from '../sources/apt/lists.ts';
import { aptFailed, runApt } from '../sources/apt/run.ts';
import { makeCacheFolder } from '../store/folder.ts';
import type { Check, CheckOutcome } from './check.ts';

/** What recipes take of Debian unless they say otherwise, and the templates' kernel, which derivatives may lack. */
const PACKAGES = ['busybox-static', 'extlinux', 'linux-image-cloud-amd64'];

export const apt: Check = {
  id: 'apt',
  title: 'apt',
  neededFor: 'what recipes take by deb: from Debian, such as its kernel',
  required: false,
  patience: 30_000,
  async look(host) {
    const directory = join(host.cacheDirectory, 'apt');
    makeCacheFolder(directory);
    for (const state of knownLists(directory)) {
      const found = await Promise.all(PACKAGES.map((name) => findCandidates(name, false, state, host)));
      const missing = PACKAGES.filter((_, index) => (found[index] ?? []).length === 0);
      if (missing.length < PACKAGES.length) return judgePackages(missing);
    }
    return await judgeSources(directory, host);
  },
};

/** @param missing those of the packages that apt does not know */
export function judgePackages(missing: readonly string[]): CheckOutcome {
  const known = PACKAGES.filter((name) => !missing.includes(name));
  if (missing.length === 0) return { status: 'ok', found: `its lists have ${known.join(', ')}` };
  return {
    status: 'warning',
    found: `its lists have ${known.join(', ')}, but not ${missing.join(', ')}`,
    remedy:
      'Take kernel and boot loader of Alpine: kernel: { apk: linux-virt }, bootloader: { apk: syslinux }.',
  };
}

/** No lists at hand have the package: are there sources that lists can be fetched from? */
async function judgeSources(directory: string, host: Host): Promise<CheckOutcome> {
  const state = { lists: join(directory, 'no-lists'), cache: directory };
  const args = ['indextargets', '--format', '$(SITE)', 'Created-By: Packages'];
  const result = await runApt('apt-get', args, state, host, directory);
  if (result.exitCode !== 0) throw aptFailed('apt-get indextargets', result);
  if (result.stdout.trim() !== '') {
    return { status: 'ok', found: 'it has sources, whose lists are fetched when they are needed' };
  }
  return {
    status: 'warning',
    found: `it has no sources, and no lists with ${PACKAGES[0]}`,
    remedy: 'Name sources in /etc/apt/sources.list.d, or .deb files by their paths in the recipe.',
  };
}
