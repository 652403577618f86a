import { memfs } from 'memfs';
import { describe, expect, it } from 'vitest';
import { ImageFile } from '../../src/disk/image-file.ts';
import type { WritableVolume } from '../../src/tree/volume.ts';

function volumeWith(files: Record<string, string>): { volume: WritableVolume; names: () => string[] } {
  const { fs } = memfs({ '/out/.keep': '', ...files });
  return {
    volume: fs as unknown as WritableVolume,
    names: () => (fs.readdirSync('/out') as string[]).filter((name) => name !== '.keep'),
  };
}

describe('ImageFile', () => {
  it('has its name only when it is committed', async () => {
    const { volume, names } = volumeWith({});
    const image = ImageFile.create('/out/a.img', 4096, { volume });
    image.write(Buffer.from('boot'), 510);
    expect(names()).toEqual([expect.stringMatching(/^\.a\.img\.[0-9a-f]+\.tmp$/)]);
    await image.commit();
    image.discard();
    expect(names()).toEqual(['a.img']);
  });

  it('leaves nothing behind when it is discarded', () => {
    const { volume, names } = volumeWith({});
    ImageFile.create('/out/a.img', 4096, { volume }).discard();
    expect(names()).toEqual([]);
  });

  it('refuses a name that is taken, and takes it with force', async () => {
    const { volume, names } = volumeWith({ '/out/a.img': 'precious' });
    expect(() => ImageFile.create('/out/a.img', 4096, { volume })).toThrow(
      expect.objectContaining({ code: 'RB_OUTPUT_EXISTS' }),
    );
    await ImageFile.create('/out/a.img', 4096, { volume, force: true }).commit();
    expect(names()).toEqual(['a.img']);
  });

  it('says which folder is missing', () => {
    const { volume } = volumeWith({});
    expect(() => ImageFile.create('/none/a.img', 4096, { volume })).toThrow(
      expect.objectContaining({ code: 'RB_OUTPUT_UNWRITABLE', hint: expect.stringContaining('/none') }),
    );
  });
});
