import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** The layers of docs/ARCHITECTURE.md, top first. A file imports from its own layer or from those below. */
const LAYERS: readonly (readonly string[])[] = [
  ['cli'],
  ['index.ts', 'library.ts', 'look.ts', 'setup.ts', 'node-host.ts'],
  ['doctor'],
  ['build'],
  ['recipe', 'templates', 'vm', 'bake', 'export', 'cook', 'sbom', 'inspect', 'report'],
  ['sandbox', 'sources'],
  ['net', 'store'],
  ['disk', 'ext4'],
  ['formats'],
  ['tree'],
  [
    'host.ts',
    'events.ts',
    'counted.ts',
    'errors.ts',
    'error-help',
    'find-program.ts',
    'optional-package.ts',
    'shell-words.ts',
    'suggest.ts',
    'vendor',
  ],
];

interface Import {
  readonly from: string;
  readonly to: string;
}

function sourceFiles(folder = SRC): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => ({
    from: relative(SRC, file),
    to: relative(SRC, resolve(dirname(file), match[1]!)),
  }));
}

function layerOf(path: string): number {
  const top = path.split(sep)[0]!;
  return LAYERS.findIndex((layer) => layer.includes(top));
}

describe('architecture', () => {
  const files = sourceFiles();

  it('has a layer for every file', () => {
    expect(files.map((file) => relative(SRC, file)).filter((file) => layerOf(file) < 0)).toEqual([]);
  });

  it('imports point down only', () => {
    const upward = files.flatMap(importsOf).filter(({ from, to }) => layerOf(to) < layerOf(from));
    expect(upward).toEqual([]);
  });

  it('only the command line touches the console and the process', () => {
    const offenders = files
      .map((file) => relative(SRC, file))
      .filter((file) => !file.startsWith(`cli${sep}`) && file !== 'node-host.ts')
      .filter((file) =>
        /\bconsole\.(?:debug|error|info|log|warn)\b|\bprocess\.(?:argv|chdir|cwd|env|exit|on|once|std\w+|umask)\b/.test(
          readFileSync(join(SRC, file), 'utf8'),
        ),
      );
    expect(offenders).toEqual([]);
  });

  it('keeps files small', () => {
    const long = files
      .map((file) => ({ file: relative(SRC, file), lines: readFileSync(file, 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 330);
    expect(long).toEqual([]);
  });
});
