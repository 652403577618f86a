/** The least that a kernel image must have to be taken for one: it does not boot. */
export function smallKernel(release: string): Buffer {
  const image = Buffer.alloc(4096);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(0x300, 0x20e);
  image.write(`${release} (nobody@nowhere)\0`, 0x500, 'latin1');
  return image;
}
