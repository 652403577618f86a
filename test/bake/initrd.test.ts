import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { initrdTree, makeInitrd } from '../../src/bake/initrd.ts';
import { readContent, textContent } from '../../src/tree/content.ts';

const options = {
  busybox: {
    program: textContent('busybox'),
    loader: { path: '/lib/ld-musl-x86_64.so.1', content: textContent('loader') },
    origin: 'test',
  },
  modules: [{ file: 'virtio_blk.ko', bytes: Buffer.from('module'), required: true }],
  epoch: 1_700_000_000,
  uuid: '99999999-9999-9999-9999-999999999999',
  debug: false,
};

describe('initrd', () => {
  it('holds busybox, its loader, the modules, a console and /init', () => {
    const tree = initrdTree(options);
    expect(tree.resolve('/bin/sh')?.path).toBe('/bin/busybox');
    expect(tree.get('/bin/busybox')).toMatchObject({ mode: 0o755, uid: 0 });
    expect(tree.get('/lib/ld-musl-x86_64.so.1')).toMatchObject({ mode: 0o755 });
    expect(tree.get('/dev/console')).toMatchObject({ type: 'char', major: 5, minor: 1 });
    expect(tree.get('/init')).toMatchObject({ mode: 0o755 });
    const module = tree.get('/lib/modules/initrd/virtio_blk.ko');
    expect(module?.type === 'file' && Buffer.from(readContent(module.content)).toString()).toBe('module');
    for (const { entry } of tree.walk()) expect(entry.mtime).toBe(1_700_000_000_000_000_000n);
  });

  it('is a compressed newc archive, the same each time', async () => {
    const initrd = await makeInitrd(options);
    expect(gunzipSync(initrd).subarray(0, 6).toString()).toBe('070701');
    expect(Buffer.from(await makeInitrd(options))).toEqual(Buffer.from(initrd));
  });
});
