const SECTOR = 512;

/** SeaBIOS does not boot virtio disks of less than a cylinder. */
const DISK = 1 << 20;

/** Where the BIOS loads a boot sector. */
const ORIGIN = 0x7c00;

/** The first serial port of a PC, and its line status register with the "transmitter empty" bit. */
const COM1 = 0x3f8;
const LINE_STATUS = 5;
const TRANSMITTER_EMPTY = 0x20;

/**
 * A disk of 1 MiB that is empty but for its boot sector, whose program writes a text to the first serial port and halts: the smallest
 * proof that a virtual machine runs BIOS code.
 *
 * @param text Latin-1, at most 470 characters
 */
export function serialBootDisk(text: string): Uint8Array {
  // biome-ignore format: one instruction a line
  const head = Uint8Array.of(
    0x31, 0xc0, //                         0  xor  ax, ax
    0x8e, 0xd8, //                         2  mov  ds, ax
    0xfc, //                               4  cld
    0xbe, 0x00, 0x00, //                   5  mov  si, text (filled in below)
    0xac, //                               8  lodsb
    0x84, 0xc0, //                         9  test al, al
    0x74, 0x12, //                        11  jz   31
    0x88, 0xc4, //                        13  mov  ah, al
    0xba, ...word(COM1 + LINE_STATUS), // 15  mov  dx, line status
    0xec, //                              18  in   al, dx
    0xa8, TRANSMITTER_EMPTY, //           19  test al, transmitter empty
    0x74, 0xfb, //                        21  jz   18
    0x88, 0xe0, //                        23  mov  al, ah
    0xba, ...word(COM1), //               25  mov  dx, data
    0xee, //                              28  out  dx, al
    0xeb, 0xe9, //                        29  jmp  8
    0xf4, //                              31  hlt
    0xeb, 0xfd, //                        32  jmp  31
  );
  const disk = new Uint8Array(DISK);
  const bytes = Buffer.from(`${text}\0`, 'latin1');
  if (head.length + bytes.length > SECTOR - 2)
    throw new RangeError('the text does not fit into a boot sector');
  disk.set(head);
  disk.set(word(ORIGIN + head.length), 6);
  disk.set(bytes, head.length);
  disk.set([0x55, 0xaa], SECTOR - 2);
  return disk;
}

function word(value: number): [number, number] {
  return [value & 0xff, value >> 8];
}
