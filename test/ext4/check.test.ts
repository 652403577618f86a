import { format, memoryDevice } from 'ext2fs-wasm';
import { expect, it } from 'vitest';
import { checkFileSystem } from '../../src/ext4/check.ts';
import { formatOptions } from '../../src/ext4/format-options.ts';

it("a damaged file system is refused in e2fsck's own words", async () => {
  const bytes = new Uint8Array(4 << 20);
  const device = memoryDevice(bytes);
  await format(device, formatOptions({ uuid: '99999999-9999-9999-9999-999999999999', epoch: 1 }));
  await expect(checkFileSystem(device)).resolves.toBeUndefined();
  bytes.fill(0xff, 4096, 4160); // the first group descriptor
  await expect(checkFileSystem(device)).rejects.toMatchObject({
    code: 'RB_EXT4_CHECK_FAILED',
    message: expect.stringMatching(/^e2fsck finds faults in the new file system:\n.*descriptor/is),
  });
});
