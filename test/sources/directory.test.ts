import { Volume } from 'memfs';
import { describe, expect, test } from 'vitest';
import { readDirectory } from '../../src/sources/directory.ts';
import { readHostFile } from '../../src/sources/file.ts';
import { readContent } from '../../src/tree/content.ts';
import { describeTree } from '../support/describe-tree.ts';

function volume(): Volume {
  const made = Volume.fromJSON({
    '/root/etc/motd': 'hello',
    '/root/etc/größe': 'utf-8',
    '/root/empty': null,
  });
  made.symlinkSync('etc/motd', '/root/link');
  made.symlinkSync('/root', '/link-to-root');
  made.linkSync('/root/etc/motd', '/root/hard');
  made.chmodSync('/root/etc/motd', 0o4777);
  made.chownSync('/root/etc/motd', 5, 6);
  made.lutimesSync('/root/etc/motd', 1000, 1000.5);
  return made;
}

describe('a folder of a memfs volume', () => {
  test('becomes a tree', async () => {
    const tree = await readDirectory(volume(), '/root', { owner: 'keep', origin: 'test', mtime: 7n });
    expect([...tree.walk()].map(({ path }) => path)).toEqual([
      '/',
      '/empty',
      '/etc',
      '/etc/größe',
      '/etc/motd',
      '/hard',
      '/link',
    ]);
    expect(describeTree(tree).get('/etc/motd')).toBe(
      'file 4777 5:6 links=2 mtime=7 5 bytes 2cf24dba5fb0a30e',
    );
    expect(tree.get('/link')).toMatchObject({ type: 'symlink', target: 'etc/motd', origin: 'test' });
    expect(tree.get('/hard')).toBe(tree.get('/etc/motd'));
  });

  test('keeps times and gives it an owner, through a link too', async () => {
    const tree = await readDirectory(volume(), '/link-to-root', { owner: '100:4294967295', origin: 'test' });
    expect(tree.get('/etc/motd')).toMatchObject({ uid: 100, gid: 4_294_967_295, mtime: 1_000_500_000_000n });
    expect(tree.root).toMatchObject({ uid: 100 });
  });

  test('is read when its contents are, not before', async () => {
    const disk = volume();
    const tree = await readDirectory(disk, '/root', { owner: 'keep', origin: 'test' });
    const entry = tree.get('/etc/motd');
    const content = entry?.type === 'file' ? entry.content : undefined;
    disk.writeFileSync('/root/etc/motd', 'HELLO, and more');
    expect(Buffer.from(readContent(content!)).toString()).toBe('HELLO');
    disk.writeFileSync('/root/etc/motd', 'HE');
    expect(() => readContent(content!)).toThrow(expect.objectContaining({ code: 'RB_ARCHIVE_DAMAGED' }));
    disk.chmodSync('/root/etc/motd', 0);
    expect(() => readContent(content!)).toThrow(expect.objectContaining({ code: 'RB_INPUT_UNREADABLE' }));
    disk.unlinkSync('/root/hard');
    expect(() => readContent(content!)).toThrow(expect.objectContaining({ code: 'RB_INPUT_NOT_FOUND' }));
  });

  test('is refused when it is not there or no folder', async () => {
    const read = (path: string) => readDirectory(volume(), path, { owner: 'keep', origin: 'test' });
    await expect(read('/nowhere')).rejects.toMatchObject({ code: 'RB_INPUT_NOT_FOUND' });
    await expect(read('/root/etc/motd')).rejects.toThrow(/\/root\/etc\/motd is not a folder/);
  });
});

test('a file is found through links; a folder is none', () => {
  expect(Buffer.from(readContent(readHostFile(volume(), '/root/link'))).toString()).toBe('hello');
  expect(() => readHostFile(volume(), '/root/etc')).toThrow(/is not a file/);
  expect(() => readHostFile(volume(), '/nowhere')).toThrow(
    expect.objectContaining({ code: 'RB_INPUT_NOT_FOUND' }),
  );
});
