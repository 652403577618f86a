/**
 * Makes one image on every kind of device and prints a line for each: `DEVICE SHA256 of the file system`.
 * Plain JavaScript over the built package, so that any Node can run it: `node make-image.mjs`.
 */
import { createHash } from 'node:crypto';
import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, fileDevice, format, memoryDevice, openWriter } from 'ext2fs-wasm';
import { createFsFromVolume, Volume } from 'memfs';

const MiB = 1024 * 1024;
const size = 48 * MiB;
const offset = 3 * MiB + 512;
const epoch = 1_700_000_000;
const text = new TextEncoder();
const bytes = (string) => text.encode(string);

const folder = nodeFs.mkdtempSync(join(tmpdir(), 'rootless-bake-test-'));
try {
  for (const [name, make] of Object.entries(devices())) {
    const { device, content } = make();
    await format(device, { uuid: '99999999-9999-9999-9999-999999999999', label: 'röot', epoch });
    await fill(device);
    const { clean, output } = await check(device, { optimizeDirectories: true });
    if (!clean) throw new Error(`${name}: ${output}`);
    console.log(`${name} ${createHash('sha256').update(content()).digest('hex')}`);
  }
} finally {
  nodeFs.rmSync(folder, { recursive: true, force: true });
}

function devices() {
  return {
    buffer: () => {
      const buffer = Buffer.alloc(size);
      return { device: memoryDevice(buffer), content: () => buffer };
    },
    'buffer-at-an-offset': () => {
      const buffer = Buffer.alloc(offset + size + MiB);
      const part = buffer.subarray(offset, offset + size);
      return { device: memoryDevice(part), content: () => part };
    },
    fd: () => onFile(nodeFs, join(folder, 'image'), { fresh: true }),
    'fd-at-an-offset': () => onFile(nodeFs, join(folder, 'disk'), { fresh: true, offset }),
    'fd-not-fresh': () => onFile(nodeFs, join(folder, 'zeros'), {}),
    memfs: () => onFile(createFsFromVolume(new Volume()), '/image', { fresh: true }),
    'memfs-at-an-offset': () => onFile(createFsFromVolume(new Volume()), '/disk', { fresh: true, offset }),
  };
}

/** A device in a new file, and what the file holds at the device's place in the end. */
function onFile(fs, path, { fresh = false, offset = 0 }) {
  const fd = fs.openSync(path, 'w+');
  fs.ftruncateSync(fd, offset + size);
  const device = fileDevice(fs, fd, { offset, size, fresh });
  const content = () => {
    const target = Buffer.alloc(size);
    for (let done = 0; done < size; ) done += fs.readSync(fd, target, done, size - done, offset + done);
    return target;
  };
  return { device, content };
}

/** Entries of every type, with what is rare about owners, times, names, attributes and sizes. */
async function fill(device) {
  const writer = await openWriter(device, { epoch });
  const of = (changes) => ({ uid: 0, gid: 0, mode: 0o644, mtime: 1_600_000_000_123_456_789n, ...changes });
  const file = (parent, name, content, changes) => {
    const path = typeof name === 'string' ? bytes(name) : name;
    const { inode, extents } = writer.createFile(parent, path, of(changes), content.length);
    let done = 0;
    for (const { offset: at, length } of extents) {
      device.write(content.subarray(done, done + length), at);
      done += length;
    }
    return inode;
  };
  const { root } = writer;
  file(root, 'empty', new Uint8Array(0));
  file(root, 'large', pattern(9_000_001));
  file(root, 'owner', bytes('owner'), { uid: 3_000_000_000, gid: 70_000, mode: 0o6755 });
  file(root, 'before 1970', bytes('old'), { mtime: -86_400_123_456_789n });
  file(root, 'after 2038', bytes('late'), { mtime: 13_000_000_000_000_000_001n });
  file(root, 'n'.repeat(255), bytes('longest name'));
  file(root, Uint8Array.of(0x66, 0xfc, 0x72), bytes('latin 1'));
  file(root, 'größe 文件 🎂', bytes('UTF-8'));
  const capability = Uint8Array.of(1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const linked = file(root, 'attributes', bytes('x'), {
    xattrs: [
      ['user.large', pattern(700)],
      ['security.capability', capability],
      ['trusted.empty', new Uint8Array(0)],
    ],
  });
  writer.setFlags(linked, { immutable: true });
  const links = writer.mkdir(root, bytes('links'), of({ mode: 0o1777 }));
  writer.link(links, bytes('hard'), linked);
  writer.symlink(links, bytes('fast'), of({ mode: 0o777 }), bytes('../attributes'));
  writer.symlink(links, bytes('slow'), of({ mode: 0o777 }), bytes('x/'.repeat(400)));
  const dev = writer.mkdir(root, bytes('dev'), of({ mode: 0o2755, uid: 5 }));
  writer.mknod(dev, bytes('null'), of({ mode: 0o666 }), 'char', 1, 3);
  writer.mknod(dev, bytes('wide'), of({ mode: 0o660 }), 'block', 4095, 1_048_575);
  writer.mknod(dev, bytes('fifo'), of({ mode: 0o600 }), 'fifo');
  writer.mknod(dev, bytes('socket'), of({ mode: 0o600 }), 'socket');
  let deep = root;
  for (let level = 0; level < 40; level++) deep = writer.mkdir(deep, bytes(`level ${level}`), of());
  const many = writer.mkdir(root, bytes('many'), of({ mode: 0o755 }));
  for (let index = 0; index < 4000; index++) file(many, `entry-${index}`, pattern(index % 1300));
  writer.setAttributes(writer.lookup(root, bytes('lost+found')), of({ mode: 0o711 }));
  writer.finish();
}

function pattern(length) {
  const content = new Uint8Array(length);
  for (let at = 0; at < length; at++) content[at] = (at * 31 + (at >> 8)) & 0xff;
  return content;
}
