import { findProgram } from '../../find-program.ts';
import type { Host } from '../../host.ts';
import type { Cake } from '../../recipe/cake.ts';
import { likelyProot } from '../../sandbox/proot.ts';
import { QEMU } from '../../vm/qemu.ts';
import type { PlannedInput, PlannedRoot, PlannedTool } from './planned.ts';

/** The programs of this machine that a run would use, and which of them are there; none is run. */
export function plannedTools(
  { cook, bake }: Cake,
  action: PlannedRoot['action'],
  inputs: readonly PlannedInput[],
  host: Pick<Host, 'env' | 'cacheDirectory'>,
): PlannedTool[] {
  const tools: PlannedTool[] = [];
  const add = (tool: Omit<PlannedTool, 'path'>, path: string | undefined): void => {
    tools.push({ ...tool, ...(path !== undefined && { path }) });
  };
  const guests = needsProot(cook);
  if (guests) {
    const isNeeded = action === 'make' && guests.isNeeded;
    const otherwise = guests.canDoWithout
      ? 'fetched from Debian by apt; where that fails, packages without scripts are installed in process'
      : 'fetched from Debian by apt';
    add({ name: 'proot', neededFor: guests.for, isNeeded, otherwise }, likelyProot(host)?.program);
  }
  const byApt = inputs.filter(({ kind, knownBy }) => kind === 'deb' && knownBy === undefined);
  if (byApt.length > 0) {
    const isNeeded = action !== 'skip' && (byApt.some(({ isSpare }) => !isSpare) || 'perhaps');
    const neededFor = `looking up ${byApt.map(({ name }) => name).join(', ')}`;
    const otherwise = 'name .deb files by their paths, or packages of Alpine';
    add({ name: 'apt-get', neededFor, isNeeded, otherwise }, findProgram('apt-get', host));
  }
  if (bake) {
    const about = { neededFor: 'boot', isNeeded: false, otherwise: 'the image boots elsewhere' } as const;
    add({ name: QEMU, ...about }, findProgram(QEMU, host));
  }
  return tools;
}

interface Guests {
  readonly for: string;
  readonly isNeeded: true | 'perhaps';
  readonly canDoWithout: boolean;
}

function needsProot({ base, packages = [], apk, script }: Cake['cook']): Guests | undefined {
  const isNative = 'alpine' in base || apk === 'native';
  const hasPackages = 'alpine' in base || packages.length > 0;
  if (!hasPackages && !script) return undefined;
  const what = [
    ...(hasPackages ? [isNative ? 'scripts of packages' : 'apk'] : []),
    ...(script ? ['the script'] : []),
  ];
  return {
    for: what.join(' and '),
    isNeeded: script || !isNative ? true : 'perhaps',
    canDoWithout: !script,
  };
}
