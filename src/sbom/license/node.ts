import { createHash } from 'node:crypto';
import type { License, OtherLicense } from '../component.ts';

export type Operator = 'AND' | 'OR';

/** A licence expression as a tree. */
export type LicenseNode =
  | LicenseTerm
  | { readonly operator: Operator; readonly operands: readonly LicenseNode[] };

export interface LicenseTerm {
  /** An identifier, with its exception. */
  readonly term: string;
  /** What a `LicenseRef-…` stands for. */
  readonly other?: string;
}

/** A licence that SPDX's list lacks. Equal names have equal identifiers, others have others. */
export function otherLicense(name: string): LicenseTerm {
  if (/^LicenseRef-[A-Za-z0-9.-]+$/.test(name)) return { term: name, other: name };
  const safe = name.replace(/[^A-Za-z0-9.-]+/g, '-');
  if (safe === name) return { term: `LicenseRef-${name}`, other: name };
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return { term: `LicenseRef-${safe.slice(0, 60).replace(/^-+|-+$/g, '')}-${digest}`, other: name };
}

/** Joins expressions, without what comes again. */
export function joined(operator: Operator, nodes: readonly LicenseNode[]): LicenseNode {
  const operands = new Map<string, LicenseNode>();
  for (const node of nodes) {
    const flat = 'operator' in node && node.operator === operator ? node.operands : [node];
    for (const operand of flat) operands.set(format(operand), operand);
  }
  return operands.size === 1 ? [...operands.values()][0]! : { operator, operands: [...operands.values()] };
}

export function toLicense(node: LicenseNode): License {
  const others = new Map([...othersOf(node)].map((other) => [other.id, other]));
  return { expression: format(node), others: [...others.keys()].sort().map((id) => others.get(id)!) };
}

/** Alternatives within a conjunction need parentheses. */
function format(node: LicenseNode): string {
  if ('term' in node) return node.term;
  return node.operands
    .map((operand) =>
      node.operator === 'AND' && 'operator' in operand ? `(${format(operand)})` : format(operand),
    )
    .join(` ${node.operator} `);
}

function* othersOf(node: LicenseNode): Generator<OtherLicense> {
  if ('operator' in node) for (const operand of node.operands) yield* othersOf(operand);
  else if (node.other !== undefined) yield { id: node.term, name: node.other };
}
