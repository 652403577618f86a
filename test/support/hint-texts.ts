/** Finds what the hints of errors say in the product's source, as far as it is written there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as ts from 'typescript';

/** One wording of a hint. */
export interface HintText {
  /** `src/x/y.ts:12` */
  readonly place: string;
  /** What is put in at run time is `{}`. */
  readonly text: string;
}

/** What is put in at run time. */
const HOLE = '{}';

interface Source {
  readonly name: string;
  readonly ast: ts.SourceFile;
}

/**
 * Every text in the place of a hint: the property `hint`, constants and functions that are named after one,
 * and arguments for parameters called `hint`.
 */
export function hintTexts(project: string, folder = 'src'): HintText[] {
  const sources = sourcesIn(join(project, folder)).map(
    (path): Source => ({
      name: relative(project, path),
      ast: ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true),
    }),
  );
  const takers = hintTakers(sources);
  return sources.flatMap(({ name, ast }) =>
    nodesOf(ast)
      .flatMap((node) => hintsAt(node, takers))
      .flatMap(({ at, text }) => {
        const { line } = ast.getLineAndCharacterOfPosition(at);
        return text === HOLE ? [] : [{ place: `${name}:${line + 1}`, text }];
      }),
  );
}

interface Wording {
  readonly at: number;
  readonly text: string;
}

function hintsAt(node: ts.Node, takers: ReadonlyMap<string, number>): Wording[] {
  if (ts.isPropertyAssignment(node) && nameOf(node.name) === 'hint') return wordings(node.initializer);
  if (ts.isVariableDeclaration(node) && isHintName(nameOf(node.name)) && node.initializer) {
    return wordings(node.initializer);
  }
  if (ts.isReturnStatement(node) && node.expression && isHintName(functionAround(node))) {
    return wordings(node.expression);
  }
  if (ts.isCallExpression(node)) {
    const argument = node.arguments[takers.get(node.expression.getText()) ?? -1];
    return argument ? wordings(argument) : [];
  }
  return [];
}

/** Functions with a parameter called `hint`, and which it is. */
function hintTakers(sources: readonly Source[]): Map<string, number> {
  const takers = new Map<string, number>();
  for (const node of sources.flatMap(({ ast }) => nodesOf(ast))) {
    if (!ts.isFunctionDeclaration(node) || !node.name) continue;
    const index = node.parameters.findIndex(({ name }) => isHintName(nameOf(name)));
    if (index >= 0) takers.set(node.name.text, index);
  }
  return takers;
}

/** The texts that an expression can become. */
function wordings(node: ts.Expression): Wording[] {
  const at = node.getStart();
  if (ts.isStringLiteralLike(node)) return [{ at, text: node.text }];
  if (ts.isTemplateExpression(node)) {
    return [
      { at, text: node.head.text + node.templateSpans.map((span) => `${HOLE}${span.literal.text}`).join('') },
    ];
  }
  if (ts.isParenthesizedExpression(node)) return wordings(node.expression);
  if (ts.isConditionalExpression(node)) return [...wordings(node.whenTrue), ...wordings(node.whenFalse)];
  if (ts.isObjectLiteralExpression(node)) {
    return node.properties.flatMap((one) => (ts.isPropertyAssignment(one) ? wordings(one.initializer) : []));
  }
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [wordings(node.left), wordings(node.right)];
    const { kind } = node.operatorToken;
    if (kind === ts.SyntaxKind.PlusToken) {
      return left.flatMap((start) => right.map((end) => ({ at, text: start.text + end.text })));
    }
    return kind === ts.SyntaxKind.AmpersandAmpersandToken ? right : [...left, ...right];
  }
  return [{ at, text: HOLE }];
}

function functionAround(node: ts.Node): string {
  const around = ts.findAncestor(node, ts.isFunctionLike);
  return around && ts.isFunctionDeclaration(around) ? (around.name?.text ?? '') : '';
}

function isHintName(name: string): boolean {
  return /^hint|Hint|HINT/.test(name);
}

function nameOf(node: ts.Node): string {
  return ts.isIdentifier(node) || ts.isStringLiteral(node) ? node.text : '';
}

function nodesOf(node: ts.Node): ts.Node[] {
  const nodes = [node];
  ts.forEachChild(node, (child) => void nodes.push(...nodesOf(child)));
  return nodes;
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .sort();
}
