import type { Attributes, BlockDevice, Writer } from 'ext2fs-wasm';
import { format, memoryDevice, openWriter } from 'ext2fs-wasm';

export const uuid = '99999999-9999-9999-9999-999999999999';
export const epoch = 1_700_000_000;
export const MiB = 1024 * 1024;

/** The bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Attributes of a plain file of root's, less what is given. */
export function attributes(changes: Partial<Attributes> = {}): Attributes {
  return { uid: 0, gid: 0, mode: 0o644, mtime: 1_600_000_000_123_456_789n, ...changes };
}

/** A formatted device in memory and its bytes. */
export async function formatted(
  size: number,
  options: Partial<Parameters<typeof format>[1]> = {},
): Promise<{ device: BlockDevice; image: Uint8Array; writer: Writer }> {
  const image = new Uint8Array(size);
  const device = memoryDevice(image);
  await format(device, { uuid, epoch, ...options });
  return { device, image, writer: await openWriter(device, { epoch }) };
}

/** Makes a file and writes its content at its extents. */
export function addFile(
  device: BlockDevice,
  writer: Writer,
  parent: number,
  name: string,
  content: Uint8Array,
  changes: Partial<Attributes> = {},
): number {
  const { inode, extents } = writer.createFile(parent, bytes(name), attributes(changes), content.length);
  let done = 0;
  for (const extent of extents) {
    device.write(content.subarray(done, done + extent.length), extent.offset);
    done += extent.length;
  }
  return inode;
}

/** `length` bytes that differ from each other and with the seed. */
export function pattern(length: number, seed = 1): Uint8Array {
  const content = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    content[index] = state >>> 16;
  }
  return content;
}

/** Adds a small tree with every type of entry. */
export function addSampleTree(device: BlockDevice, writer: Writer): void {
  const { root } = writer;
  const etc = writer.mkdir(root, bytes('etc'), attributes({ mode: 0o755, uid: 1, gid: 2 }));
  const passwd = addFile(device, writer, etc, 'passwd', pattern(5000), {
    mode: 0o4640,
    uid: 100_000,
    gid: 70_000,
  });
  writer.link(root, bytes('hard link'), passwd);
  writer.symlink(etc, bytes('short'), attributes({ mode: 0o777 }), bytes('passwd'));
  writer.symlink(etc, bytes('long'), attributes({ mode: 0o777 }), bytes(`/${'x'.repeat(200)}`));
  const dev = writer.mkdir(root, bytes('dev'), attributes({ mode: 0o1777 }));
  writer.mknod(dev, bytes('null'), attributes({ mode: 0o666 }), 'char', 1, 3);
  writer.mknod(dev, bytes('sdzz'), attributes({ mode: 0o660, gid: 6 }), 'block', 259, 70_000);
  writer.mknod(dev, bytes('fifo'), attributes({ mode: 0o600 }), 'fifo');
  writer.mknod(dev, bytes('socket'), attributes({ mode: 0o600 }), 'socket');
  for (let index = 0; index < 300; index++) {
    addFile(device, writer, dev, `file-${index}`, pattern(index * 7, index));
  }
}

/** A device of any size in which only the pages exist that were written. */
export function sparseDevice(size: number): BlockDevice & { readonly bytesHeld: number } {
  const pageSize = 4096;
  const pages = new Map<number, Uint8Array>();
  /** Calls `visit` with each piece of the range that lies in one page. */
  function each(
    offset: number,
    length: number,
    visit: (page: number, within: number, done: number, count: number) => void,
  ): void {
    for (let done = 0; done < length; ) {
      const within = (offset + done) % pageSize;
      const count = Math.min(pageSize - within, length - done);
      visit(Math.floor((offset + done) / pageSize), within, done, count);
      done += count;
    }
  }
  return {
    size,
    get bytesHeld() {
      return pages.size * pageSize;
    },
    read(target, offset) {
      each(offset, target.length, (page, within, done, count) => {
        const bytes = pages.get(page);
        if (bytes) target.set(bytes.subarray(within, within + count), done);
        else target.fill(0, done, done + count);
      });
    },
    write(source, offset) {
      each(offset, source.length, (page, within, done, count) => {
        const bytes = pages.get(page) ?? new Uint8Array(pageSize);
        pages.set(page, bytes);
        bytes.set(source.subarray(done, done + count), within);
      });
    },
    zero(offset, length) {
      if (length / pageSize < pages.size) {
        each(offset, length, (page, within, _done, count) => {
          pages.get(page)?.fill(0, within, within + count);
        });
        return;
      }
      for (const [page, bytes] of pages) {
        const start = Math.max(offset, page * pageSize);
        const end = Math.min(offset + length, (page + 1) * pageSize);
        if (start < end) bytes.fill(0, start - page * pageSize, end - page * pageSize);
      }
    },
  };
}
