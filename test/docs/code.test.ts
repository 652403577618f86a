/** The TypeScript of the documents, compiled as strictly as the project against the types that users get. */
import { join } from 'node:path';
import ts from 'typescript';
import { expect, inject, test } from 'vitest';
import { blocksOf } from '../support/document.ts';
import { DOCUMENTS, PROJECT, readDocument } from '../support/documents.ts';

const product = inject('product');

const sources = new Map(
  DOCUMENTS.flatMap((document) =>
    blocksOf(readDocument(document))
      .filter(({ language }) => language === 'ts')
      .map(({ line, text }) => [
        join(PROJECT, 'test/docs', `${document.replaceAll(/\W/g, '-')}-${line}.ts`),
        text,
      ]),
  ),
);

test('it compiles', () => {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    moduleDetection: ts.ModuleDetectionKind.Force,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(PROJECT, 'node_modules/@types')],
    paths: { 'rootless-bake': [join(product.root, 'dist/index.d.ts')] },
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  const { getSourceFile } = host;
  host.getSourceFile = (path, ...rest) =>
    sources.has(path)
      ? ts.createSourceFile(path, sources.get(path)!, ts.ScriptTarget.ES2023)
      : getSourceFile(path, ...rest);
  const program = ts.createProgram([...sources.keys()], options, host);
  const faults = ts.getPreEmitDiagnostics(program);
  expect(ts.formatDiagnostics(faults, { ...host, getNewLine: () => '\n' })).toBe('');
  expect(sources.size).toBeGreaterThan(5);
});
