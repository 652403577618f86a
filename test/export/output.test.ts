import { describe, expect, test } from 'vitest';
import { rootOutput } from '../../src/export/output.ts';
import { ROOT_FORMATS } from '../../src/export/root-formats.ts';

describe('where a root goes', () => {
  test.each([
    ['root.tar', 'tar'],
    ['a.b/root.tar.gz', 'tar.gz'],
    ['root.tgz', 'tar.gz'],
    ['root.tar.zst', 'tar.zst'],
    ['root.tzst', 'tar.zst'],
    ['root.cpio', 'cpio'],
    ['root.cpio.gz', 'cpio.gz'],
    ['root.cpio.zst', 'cpio.zst'],
    ['image.oci.tar', 'oci.tar'],
    ['image.oci', 'oci'],
    ['root', 'dir'],
    ['./root.d/', 'dir'],
    ['tar', 'dir'],
    ['.tar', 'tar'],
  ])('%s is a %s', (path, format) => {
    expect(rootOutput(path)).toEqual({ path, format });
  });

  test.each([
    ['oci:layout', { path: 'layout', format: 'oci' }],
    ['oci:/a/b.tar', { path: '/a/b.tar', format: 'oci' }],
    ['oci:./a:1.0', { path: './a', format: 'oci', name: '1.0' }],
    ['oci:a:b/c', { path: 'a:b/c', format: 'oci' }],
  ])('%s names a layout', (text, output) => {
    expect(rootOutput(text)).toEqual(output);
    expect(rootOutput(text, 'oci')).toEqual(output);
  });

  test.each(ROOT_FORMATS)('a format that is told wins: %s', (format) => {
    expect(rootOutput('root.tar', format)).toEqual({ path: 'root.tar', format });
    expect(rootOutput('root.tar.xz', format)).toEqual({ path: 'root.tar.xz', format });
  });

  test.each(['root.tar.xz', 'root.tar.bz2', 'root.txz', 'root.zip', 'image.oci.tar.gz', 'image.oci.gz'])(
    '%s is not written, and is no folder',
    (path) => {
      expect(() => rootOutput(path)).toThrow(
        expect.objectContaining({ code: 'RB_ARGUMENT', hint: expect.stringContaining('tar.gz') }),
      );
    },
  );

  test('a format that is none', () => {
    expect(() => rootOutput('root', 'tgz')).toThrow(
      expect.objectContaining({ code: 'RB_ARGUMENT', message: '"tgz" is no format of a root' }),
    );
  });
});
