import type { Amount } from '../../events.ts';
import { formatSize } from '../../recipe/size.ts';

/** Milliseconds from which on a speed says something. */
const MEASURABLE = 500;

/** How much, and how fast where that was long enough to be told: `300 MiB`, `120 MiB/s`. */
export function amountWords(amount: Amount, milliseconds: number): string[] {
  return [formatAmount(amount), ...speedWords(amount, milliseconds)];
}

/** The same of a step under way: `45 % of 300 MiB`, `120 MiB/s`. */
export function progressWords(
  {
    current,
    total,
    unit,
  }: { readonly current: number; readonly total?: number; readonly unit: Amount['unit'] },
  milliseconds: number,
): string[] {
  const reached = { count: current, unit };
  const speed = speedWords(reached, milliseconds);
  if (total === undefined) return [formatAmount(reached), ...speed];
  const percent = total > 0 ? Math.floor((100 * Math.min(current, total)) / total) : 100;
  return [`${percent} % of ${formatAmount({ count: total, unit })}`, ...speed];
}

function speedWords({ count, unit }: Amount, milliseconds: number): string[] {
  if (milliseconds < MEASURABLE || count === 0) return [];
  const perSecond = Math.round((1000 * count) / milliseconds);
  return [`${unit === 'bytes' ? formatSize(perSecond) : formatCount(perSecond)}/s`];
}

function formatAmount({ count, unit }: Amount): string {
  if (unit === 'bytes') return formatSize(count);
  return `${formatCount(count)} ${count === 1 ? 'entry' : 'entries'}`;
}

/** `30,000` */
function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}
