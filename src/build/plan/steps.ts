import type { BaseOptions, ContentOptions, CookOptions } from '../../cook/options.ts';
import { counted } from '../../counted.ts';
import { isHttpUrl, redactUrl } from '../../net/url.ts';
import type { PlannedStep } from './planned.ts';

/** The steps of a cook in their order, in words for people. */
export function cookSteps(cook: CookOptions): PlannedStep[] {
  const { base, prepare, packages = [], script, contents = [], path = [], machine } = cook;
  const { cleanup, owners = [] } = cook;
  const steps: [step: string, what: string | false | undefined][] = [
    ['base', baseWords(base)],
    ['prepare', prepare && `${lines(prepare)}, on this machine`],
    ['packages', packages.length > 0 && packages.join(' ')],
    ['script', script && `${lines(script)}, in the root`],
    ['contents', contents.length > 0 && contentWords(contents)],
    ['path', path.length > 0 && path.join(' ')],
    ['machine', machine && Object.keys(machine).join(', ')],
    ['cleanup', cleanup && `${lines(cleanup)}, on this machine`],
    ['owners', owners.length > 0 && counted(owners.length, 'rule')],
  ];
  return steps.flatMap(([step, what]) => (what ? [{ step, what }] : []));
}

function baseWords(base: BaseOptions): string {
  if ('tar' in base) return `tar ${isHttpUrl(base.tar) ? redactUrl(base.tar) : base.tar}`;
  if ('dir' in base) return `folder ${base.dir}`;
  if ('oci' in base) return `image ${base.oci}`;
  if ('alpine' in base) return `Alpine ${base.alpine}`;
  if ('empty' in base) return 'nothing';
  return 'a tree of the caller';
}

/** `2 dir, 1 deb, 3 symlink` */
function contentWords(contents: readonly ContentOptions[]): string {
  const counts = new Map<string, number>();
  for (const content of contents) {
    const kind = KINDS.find((name) => name in content)!;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
}

/** A symlink has a `to` as files have, but no key of another kind. */
const KINDS = ['dir', 'file', 'deb', 'debian', 'nix', 'mkdir', 'symlink'] as const;

function lines(script: string): string {
  return counted(script.trimEnd().split('\n').length, 'line');
}
