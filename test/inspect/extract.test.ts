import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Extracted, extractPaths } from '../../src/inspect/extract.ts';
import { textContent } from '../../src/tree/content.ts';
import { directoryEntry, fileEntry, type Metadata, metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { testHost } from '../support/host.ts';
import { richTree } from '../support/rich-tree.ts';

const meta = (over: Partial<Metadata> = {}): Metadata =>
  metadata({ mtime: 1_600_000_000_500_000_000n, origin: 'test', ...over });

let folder: string;
let output: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-extract-'));
  output = join(folder, 'out');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function extract(tree: Tree, paths: string[], force = false, events: unknown[] = []): Promise<Extracted> {
  const { host } = testHost({ emit: (event) => events.push(event) });
  return extractPaths(tree, paths, { output, image: 'image', force }, host);
}

function smallTree(): Tree {
  const tree = new Tree();
  tree.set('/a', directoryEntry(meta({ mode: 0o750 })));
  tree.set('/a/sealed', directoryEntry(meta({ mode: 0o500 })));
  tree.set('/a/sealed/file', fileEntry(textContent('text'), meta({ mode: 0o4751 })));
  tree.set('/a/hard', tree.get('/a/sealed/file')!);
  tree.set('/a/out', symlinkEntry('../../../victim', meta()));
  return tree;
}

describe('extractPaths', () => {
  it('keeps parents, modes without setuid, whole seconds, hard and symbolic links', async () => {
    const { paths, bytes } = await extract(smallTree(), ['/a/sealed', '/a/hard', '/a/out']);
    expect([paths, bytes]).toEqual([['/a/sealed', '/a/sealed/file', '/a/hard', '/a/out'], 4]);
    const mode = (path: string): number => lstatSync(join(output, path)).mode & 0o7777;
    expect(['a', 'a/sealed', 'a/sealed/file'].map(mode)).toEqual([0o750, 0o500, 0o751]);
    for (const path of ['a', 'a/sealed', 'a/sealed/file', 'a/out']) {
      expect(lstatSync(join(output, path)).mtimeMs, path).toBe(1_600_000_000_000);
    }
    expect(lstatSync(join(output, 'a/hard')).ino).toBe(lstatSync(join(output, 'a/sealed/file')).ino);
    expect(readlinkSync(join(output, 'a/out'))).toBe('../../../victim');
    chmodSync(join(output, 'a/sealed'), 0o700);
  });

  it('leaves devices, pipes and sockets out, and says so', async () => {
    const events: unknown[] = [];
    const { skipped } = await extract(richTree(), ['/dev', '/pipe', '/socket', '/owner'], false, events);
    expect(skipped).toEqual(['/dev/null', '/dev/wide', '/pipe', '/socket']);
    expect(readdirSync(output).sort()).toEqual(['dev', 'owner']);
    expect(events).toMatchObject([
      { type: 'message', level: 'warning', text: expect.stringMatching(/1 more$/) },
    ]);
  });

  it('does not follow a link of the host that is in the way', async () => {
    mkdirSync(output);
    mkdirSync(join(folder, 'victim'));
    symlinkSync('../victim', join(output, 'a'));
    await expect(extract(smallTree(), ['/a/hard'], true)).rejects.toMatchObject({
      code: 'RB_OUTPUT_UNWRITABLE',
      message: expect.stringContaining('it is a link'),
    });
    expect(readdirSync(join(folder, 'victim'))).toEqual([]);
  });

  it('replaces a link at the place itself only with force, and never what it leads to', async () => {
    mkdirSync(join(output, 'a'), { recursive: true });
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(output, 'a/hard'));
    await expect(extract(smallTree(), ['/a/hard'])).rejects.toMatchObject({ code: 'RB_OUTPUT_EXISTS' });
    await extract(smallTree(), ['/a/hard'], true);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(readFileSync(join(output, 'a/hard'), 'utf8')).toBe('text');
    expect(lstatSync(join(output, 'a/hard')).isFile()).toBe(true);
  });

  it('does not go through a link that it has made itself', async () => {
    await extract(smallTree(), ['/a/out']);
    const other = new Tree();
    other.set('/a/out/file', fileEntry(textContent('x'), meta()));
    await expect(extract(other, ['/a/out/file'], true)).rejects.toMatchObject({
      code: 'RB_OUTPUT_UNWRITABLE',
    });
    expect(existsSync(join(folder, 'victim'))).toBe(false);
  });

  it('leaves nothing half-done: no temporary file, not even of a second extraction', async () => {
    await extract(smallTree(), ['/a/hard', '/a/sealed/file']);
    chmodSync(join(output, 'a/sealed'), 0o700);
    await extract(smallTree(), ['/a/hard', '/a/sealed/file'], true);
    expect(readdirSync(join(output, 'a')).sort()).toEqual(['hard', 'sealed']);
    expect(readdirSync(join(output, 'a/sealed'))).toEqual(['file']);
  });

  it('refuses a path that the image has not', async () => {
    await expect(extract(smallTree(), ['/nope'])).rejects.toMatchObject({ code: 'RB_INPUT_NOT_FOUND' });
    expect(existsSync(output)).toBe(false);
  });
});
