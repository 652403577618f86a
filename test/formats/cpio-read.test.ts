import { describe, expect, it } from 'vitest';
import { cpioBytes, readCpioInPlace } from '../../src/formats/cpio/index.ts';
import { bytesContent, readContent } from '../../src/tree/content.ts';
import { Tree } from '../../src/tree/tree.ts';
import { describeTree, differences } from '../support/describe-tree.ts';
import { newc } from '../support/newc.ts';
import { richTree } from '../support/rich-tree.ts';

const read = async (bytes: Uint8Array, limit?: number): Promise<{ tree: Tree; end: number }> => {
  const tree = new Tree();
  const options = { origin: 'a.cpio', ...(limit && { limit }) };
  const end = await readCpioInPlace(tree, bytesContent(bytes), options);
  return { tree, end };
};

interface Record {
  readonly name: string;
  readonly mode?: number;
  readonly body?: string;
  readonly ino?: number;
  readonly nlink?: number;
}

/** A newc archive by hand, with its trailer. */
function archive(...records: readonly Record[]): Buffer {
  return Buffer.concat(
    [...records, { name: 'TRAILER!!!', mode: 0 }].map(
      ({ name, mode = 0o100644, body = '', ino = 0, nlink = 1 }) => {
        const numbers = [ino, mode, 0, 0, nlink, 0, body.length, 0, 0, 0, 0, name.length + 1, 0];
        const head = `070701${numbers.map((value) => value.toString(16).padStart(8, '0')).join('')}${name}\0`;
        const pad = (text: string): string => text.padEnd(text.length + (-text.length & 3), '\0');
        return Buffer.from(pad(head) + pad(body), 'latin1');
      },
    ),
  );
}

describe('readCpioInPlace', () => {
  it('reads what we write, links and devices included', async () => {
    const { tree } = await read(cpioBytes(richTree()));
    expect(differences(newc(describeTree(tree)), newc(describeTree(richTree())))).toEqual([]);
  });

  it('tells where the archive ends', async () => {
    const bytes = archive({ name: 'one', body: 'x' });
    expect((await read(Buffer.concat([bytes, Buffer.from('more')]))).end).toBe(bytes.length);
  });

  it('gives all names of an inode the content that came with any of them', async () => {
    const link = { ino: 7, nlink: 3 };
    const { tree } = await read(
      archive({ name: 'a', ...link }, { name: 'b', body: 'data', ...link }, { name: 'c', ...link }),
    );
    const entry = tree.get('/a')!;
    expect(tree.get('/b')).toBe(entry);
    expect(tree.get('/c')).toBe(entry);
    expect(entry.type === 'file' && Buffer.from(readContent(entry.content)).toString()).toBe('data');
  });

  it('refuses every cut but the one behind the last entry', async () => {
    const bytes = archive({ name: 'file', body: 'content' }, { name: 'link', mode: 0o120777, body: 'file' });
    let refused = 0;
    for (let length = 1; length < bytes.length; length += 1) {
      try {
        await read(bytes.subarray(0, length));
      } catch (error) {
        expect(error).toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(bytes.length - 16);
  });

  it.each([
    ['a name with ..', archive({ name: '../out' }), 'RB_PATH_INVALID'],
    ['an unknown type', archive({ name: 'x', mode: 0o170000 }), 'RB_ARCHIVE_DAMAGED'],
    ['a link without a target', archive({ name: 'x', mode: 0o120777 }), 'RB_PATH_INVALID'],
    ['a file below a file', archive({ name: 'x' }, { name: 'x/y' }), 'RB_TREE_CONFLICT'],
    ['no header', Buffer.alloc(200, 'x'), 'RB_ARCHIVE_DAMAGED'],
  ])('refuses %s', async (_, bytes, code) => {
    await expect(read(bytes)).rejects.toThrow(expect.objectContaining({ code }));
  });

  it('stops at the limit', async () => {
    const bytes = archive({ name: 'a' }, { name: 'b' });
    await expect(read(bytes, 1)).rejects.toThrow(expect.objectContaining({ code: 'RB_ARCHIVE_TOO_LARGE' }));
  });
});
