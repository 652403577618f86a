import { type BlockDevice, fileDevice, memoryDevice, type PositionedFs } from 'ext2fs-wasm';
import { createFsFromVolume, Volume } from 'memfs';
import { describe, expect, it } from 'vitest';
import { pattern } from './support.ts';

const size = 300_000;

/** A file in memory, as memfs gives it. */
function openFile(content: Uint8Array = new Uint8Array(0)): {
  fs: PositionedFs;
  fd: number;
  read: () => Uint8Array;
} {
  const volume = new Volume();
  const fs = createFsFromVolume(volume);
  fs.writeFileSync('/image', content);
  return {
    fs,
    fd: fs.openSync('/image', 'r+'),
    read: () => fs.readFileSync('/image') as Uint8Array,
  };
}

function readRange(device: BlockDevice, offset: number, length: number): Uint8Array {
  const target = new Uint8Array(length).fill(0xee);
  device.read(target, offset);
  return target;
}

describe.each<[string, () => BlockDevice]>([
  ['memoryDevice', () => memoryDevice(new Uint8Array(size))],
  ['fileDevice', () => ((file) => fileDevice(file.fs, file.fd, { size }))(openFile())],
  ['fileDevice, fresh', () => ((file) => fileDevice(file.fs, file.fd, { size, fresh: true }))(openFile())],
  [
    'fileDevice at an offset',
    () => ((file) => fileDevice(file.fs, file.fd, { size, offset: 12_345 }))(openFile()),
  ],
])('%s', (_name, make) => {
  it('reads zeros where nothing was written', () => {
    expect(readRange(make(), 100, 5000).every((byte) => byte === 0)).toBe(true);
  });
  it('reads back what was written', () => {
    const device = make();
    device.write(pattern(100_000), 70_001);
    expect(Buffer.compare(readRange(device, 70_001, 100_000), pattern(100_000))).toBe(0);
    expect(readRange(device, 70_000, 1)).toEqual(Uint8Array.of(0));
  });
  it('zeroes a range and nothing beside it', () => {
    const device = make();
    const content = pattern(size);
    device.write(content, 0);
    device.zero(65_000, 140_000);
    content.fill(0, 65_000, 205_000);
    expect(Buffer.compare(readRange(device, 0, size), content)).toBe(0);
  });
  it('refuses a range that is not within it', () => {
    const device = make();
    expect(() => device.read(new Uint8Array(2), size - 1)).toThrow(RangeError);
    expect(() => device.write(new Uint8Array(2), size - 1)).toThrow(RangeError);
    expect(() => device.zero(-1, 1)).toThrow(RangeError);
    expect(() => device.zero(Number.NaN, 1)).toThrow(RangeError);
  });
});

describe('fileDevice', () => {
  it('leaves the file around its range alone', () => {
    const content = pattern(30_000);
    const file = openFile(content);
    const device = fileDevice(file.fs, file.fd, { offset: 10_000, size: 10_000 });
    device.zero(0, 10_000);
    content.fill(0, 10_000, 20_000);
    expect(Buffer.compare(file.read(), content)).toBe(0);
  });
  it('does not write zeros where a fresh range has not been written', () => {
    const file = openFile();
    const device = fileDevice(file.fs, file.fd, { size, fresh: true });
    device.zero(0, size);
    expect(file.read().length).toBe(0);
  });
  it('refuses a place that is no number of bytes', () => {
    const { fs, fd } = openFile();
    expect(() => fileDevice(fs, fd, { size: -1 })).toThrow(RangeError);
    expect(() => fileDevice(fs, fd, { size: 1.5 })).toThrow(RangeError);
    expect(() => fileDevice(fs, fd, { size: 2 ** 53 })).toThrow(RangeError);
    expect(() => fileDevice(fs, fd, { size: 1, offset: -1 })).toThrow(RangeError);
    expect(() => fileDevice(fs, fd, { size: 2 ** 52, offset: 2 ** 52 })).toThrow(RangeError);
  });
  it('goes on after a part, and ends when nothing more can be written', () => {
    const file = openFile();
    let room = 1000;
    const short: PositionedFs = {
      readSync: (fd, buffer, offset, length, position) =>
        file.fs.readSync(fd, buffer, offset, Math.min(length, 300), position),
      writeSync: (fd, buffer, offset, length, position) => {
        const part = Math.min(length, 300, room);
        room -= part;
        return part === 0 ? 0 : file.fs.writeSync(fd, buffer, offset, part, position);
      },
    };
    const device = fileDevice(short, file.fd, { size: 5000, offset: 7 });
    device.write(pattern(900), 50);
    expect(Buffer.compare(readRange(device, 50, 900), pattern(900))).toBe(0);
    expect(() => device.write(pattern(900), 50)).toThrow(
      expect.objectContaining({ code: 'EIO', message: expect.stringContaining('at byte 157') }),
    );
  });
});
