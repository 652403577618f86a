import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { strict } from '../support/oracle.ts';

const script = resolve(import.meta.dirname, 'make-image.mjs');
const own = process.versions.node;
/** A major version of Node that is not the one at work. */
const otherMajor = Number.parseInt(own, 10) < 24 ? 24 : 20;
const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-test-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('one script that makes an image of every type of entry', () => {
  let images: Map<string, string>;
  beforeAll(() => {
    images = imagesOf(process.execPath);
  });

  it('gives the same bytes on every kind of device, at the start and at an offset', () => {
    expect([...images.keys()]).toEqual([
      'buffer',
      'buffer-at-an-offset',
      'fd',
      'fd-at-an-offset',
      'fd-not-fresh',
      'memfs',
      'memfs-at-an-offset',
    ]);
    expect(new Set(images.values()).size).toBe(1);
    expect(images.get('fd')).toMatch(/^[0-9a-f]{64}$/);
  });

  it(`gives the same bytes in Node ${own} and Node ${otherMajor}`, ({ skip }) => {
    const other = installNode(otherMajor) ?? skip();
    const version = execFileSync(other, ['--version'], { encoding: 'utf8' });
    expect(version).toMatch(new RegExp(`^v${otherMajor}\\.`));
    expect(imagesOf(other)).toEqual(images);
  });
});

/** The sha256 of the image by kind of device, made by the given Node. */
function imagesOf(node: string): Map<string, string> {
  const output = execFileSync(node, [script], { encoding: 'utf8' });
  return new Map(
    output
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
}

/** Node's program out of the npm package `node`; undefined, said loudly, where no registry can be reached. */
function installNode(major: number): string | undefined {
  const options = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder];
  const run = spawnSync('npm', ['install', `node@${major}`, ...options], { cwd: folder, encoding: 'utf8' });
  const program = join(folder, 'node_modules/node/bin/node');
  if (run.status === 0 && spawnSync(program, ['--version']).status === 0) return program;
  const reason = `npm install node@${major}: ${run.stderr}`;
  if (strict()) throw new Error(reason);
  process.stderr.write(`\n*** SKIPPED, for want of another Node: ${reason} ***\n\n`);
  return undefined;
}
