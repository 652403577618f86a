import { describe, expect, it } from 'vitest';
import { ASPECTS, diffTrees } from '../../src/inspect/diff.ts';
import { diffBlocks } from '../../src/inspect/diff-blocks.ts';
import { bytesContent, textContent } from '../../src/tree/content.ts';
import { deviceEntry, fileEntry, type Metadata, metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { testHost } from '../support/host.ts';
import { richTree } from '../support/rich-tree.ts';

const { host } = testHost();
const meta = (over: Partial<Metadata> = {}): Metadata => metadata({ origin: 'test', ...over });
const file = (text: string, over: Partial<Metadata> = {}) => fileEntry(textContent(text), meta(over));

function trees(): [Tree, Tree] {
  const [one, other] = [new Tree(), new Tree()];
  const put = (path: string, before: Parameters<Tree['set']>[1], after: Parameters<Tree['set']>[1]): void => {
    one.set(path, before);
    other.set(path, after);
  };
  one.set('/gone/below', file('x'));
  other.set('/new', file('x'));
  put('/same', file('x'), file('x'));
  put('/content', file('one'), file('two'));
  put('/mode', file('x'), file('x', { mode: 0o4755 }));
  put('/owner', file('x'), file('x', { gid: 7 }));
  put('/time', file('x'), file('x', { mtime: 1n }));
  put('/xattrs', file('x'), file('x', { xattrs: new Map([['user.a', new Uint8Array([1])]]) }));
  put('/device', deviceEntry('char', 1, 3, meta()), deviceEntry('char', 1, 5, meta()));
  put('/target', symlinkEntry('a', meta()), symlinkEntry('b', meta()));
  put('/type', file('x'), symlinkEntry('x', meta()));
  return [one, other];
}

describe('diffTrees', () => {
  it('finds every kind of change', async () => {
    const found = await diffTrees(...trees(), {}, host);
    expect(found.map(({ path, change, aspects }) => `${change} ${path} ${aspects.join(' ')}`.trim())).toEqual(
      [
        'changed /content content',
        'changed /device device',
        'removed /gone',
        'removed /gone/below',
        'changed /mode mode',
        'added /new',
        'changed /owner owner',
        'changed /target target',
        'changed /time time',
        'changed /type type',
        'changed /xattrs xattrs',
      ],
    );
    expect(found.find(({ path }) => path === '/mode')).toMatchObject({
      before: { mode: '0644' },
      after: { mode: '4755' },
    });
  });

  it.each(ASPECTS)('leaves out %s when told to', async (aspect) => {
    const found = await diffTrees(...trees(), { ignore: [aspect] }, host);
    expect(found).toHaveLength(10);
    expect(found.flatMap(({ aspects }) => aspects)).not.toContain(aspect);
  });

  it('finds nothing between equal trees', async () => {
    expect(await diffTrees(richTree(), richTree(), {}, host)).toEqual([]);
  });
});

describe('diffBlocks', () => {
  const base = new Uint8Array(3 << 20).fill(7);
  const changed = (...offsets: number[]): Uint8Array => {
    const bytes = new Uint8Array(base);
    for (const offset of offsets) bytes[offset]! += 1;
    return bytes;
  };

  it('gives whole sectors, joined across chunks, and the tail of the longer one', async () => {
    const edge = 1 << 20;
    const other = Buffer.concat([changed(0, 5000, edge - 1, edge), Buffer.alloc(100)]);
    expect(await diffBlocks(bytesContent(base), bytesContent(other), host)).toEqual({
      ranges: [
        { position: 0, length: 512 },
        { position: 4608, length: 512 },
        { position: edge - 512, length: 1024 },
        { position: base.length, length: 100 },
      ],
      bytes: 2148,
      truncated: false,
      sizes: [base.length, base.length + 100],
    });
  });

  it('counts on when there are too many ranges', async () => {
    const one = new Uint8Array(12 << 20);
    const other = new Uint8Array(one);
    for (let at = 0; at < other.length; at += 1024) other[at] = 1;
    const { ranges, bytes, truncated } = await diffBlocks(bytesContent(one), bytesContent(other), host);
    expect([ranges.length, bytes, truncated]).toEqual([10_000, 12288 * 512, true]);
  });
});
