import { defaultEntry } from '../inspect/boot/facts.ts';
import { fileAt } from '../inspect/boot/volumes.ts';
import { escapeName } from '../inspect/listing.ts';
import { isReadable, type RootFacts } from '../inspect/root-facts.ts';
import { readContent } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import type { BootStep } from './boot-chain.ts';

/** Where the kernel looks for its first process (init/main.c of Linux). */
const INITS = ['/sbin/init', '/etc/init', '/bin/init', '/bin/sh'];
const INITTAB = '/etc/inittab';
/** Lines of an inittab that are told. */
const LINES = 12;

/** The first process of a root, and what it is known to start. */
export function initStep(tree: Tree, { boot }: Pick<RootFacts, 'boot'>): BootStep {
  const asked = /(?:^|\s)init=(\S+)/.exec(defaultEntry(boot)?.options ?? '')?.[1];
  const path = [...(asked === undefined ? [] : [asked]), ...INITS].find((name) => fileAt(tree, name));
  const step = { title: 'first process', subject: escapeName(asked ?? INITS[0]!), facts: [] };
  if (path === undefined) return { ...step, problem: 'it is not there' };
  const place = tree.resolve(path)!.path;
  const target = place === path ? [] : [`leads to ${escapeName(place)}`];
  const started = startedBy(tree, place);
  return {
    ...step,
    subject: escapeName(path),
    facts: [...target, ...started.facts],
    ...(started.loads !== undefined && { loads: started.loads }),
  };
}

function startedBy(tree: Tree, program: string): { facts: string[]; loads?: string } {
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (name === 'systemd') {
    const target =
      tree.resolve('/etc/systemd/system/default.target') ??
      tree.resolve('/usr/lib/systemd/system/default.target');
    return { facts: ['systemd'], ...(target && { loads: escapeName(target.name) }) };
  }
  if (!fileAt(tree, INITTAB)) {
    if (name === 'busybox' && fileAt(tree, '/etc/init.d/rcS'))
      return { facts: ['busybox init'], loads: '/etc/init.d/rcS' };
    return { facts: [] };
  }
  const commands = inittabCommands(tree).map(escapeName);
  const more = commands.length - LINES;
  const shown = [...commands.slice(0, LINES), ...(more > 0 ? [`and ${more} more`] : [])];
  return {
    facts: [...(name === 'busybox' ? ['busybox init'] : []), `as ${INITTAB} says`],
    ...(shown.length > 0 && { loads: shown.join(', ') }),
  };
}

/** What runs without being asked: `id:runlevels:action:process`, inittab(5). */
function inittabCommands(tree: Tree): string[] {
  if (!isReadable(tree, [INITTAB])) return [];
  const lines = Buffer.from(readContent(fileAt(tree, INITTAB)!.content))
    .toString('utf8')
    .split('\n');
  return lines.flatMap((line) => {
    const [, action = '', process = ''] = /^[^#:]*:[^:]*:([^:]*):(.*)$/.exec(line) ?? [];
    const isStarted = ['sysinit', 'boot', 'bootwait', 'wait', 'once', 'respawn', 'askfirst'].includes(action);
    return isStarted && process.trim() !== '' ? [process.trim().replace(/^-/, '')] : [];
  });
}
