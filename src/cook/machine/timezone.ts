import { didYouMean } from '../../suggest.ts';
import { readContent } from '../../tree/content.ts';
import type { MachineRoot } from './machine-root.ts';
import { unfit } from './unfit.ts';

const ZONES = '/usr/share/zoneinfo';

/** How a zone's file begins: tzfile(5). */
const MAGIC = 'TZif';

/** Links /etc/localtime to the zone's file, and names it in /etc/timezone. Without any zone files there is only UTC. */
export function setTimezone(root: MachineRoot, timezone: string): void {
  if (isZone(root, timezone)) root.link('/etc/localtime', `..${ZONES}/${timezone}`);
  else if (timezone === 'UTC' && !root.has(ZONES)) root.remove('/etc/localtime');
  else throw unknown(root, timezone);
  root.write('/etc/timezone', `${timezone}\n`);
}

function isZone(root: MachineRoot, timezone: string): boolean {
  const entry = root.find(`${ZONES}/${timezone}`);
  if (entry?.type !== 'file' || entry.content.size < MAGIC.length) return false;
  return Buffer.from(readContent(entry.content)).toString('latin1', 0, MAGIC.length) === MAGIC;
}

function unknown(root: MachineRoot, timezone: string): Error {
  if (!root.has(ZONES)) {
    const hint = 'put the package tzdata into the root (its name with apk, apt and dnf), or write UTC';
    return unfit('machine.timezone', `the root has no time zones: there is no ${ZONES}`, hint);
  }
  const names = [...root.tree.walk(root.tree.resolve(ZONES)!.path)]
    .map(({ path }) => path.slice(root.tree.resolve(ZONES)!.path.length + 1))
    .filter((name) => /^[A-Z]/.test(name));
  // People know the city: Berlin.
  const byCity = names.filter((name) => name.toLowerCase().endsWith(`/${timezone.toLowerCase()}`));
  const hint = byCity.length > 0 ? `did you mean ${JSON.stringify(byCity[0])}?` : didYouMean(timezone, names);
  return unfit(
    'machine.timezone',
    `the root has no time zone ${JSON.stringify(timezone)}`,
    hint ?? `${ZONES} of the root names them all, such as Europe/Berlin`,
  );
}
