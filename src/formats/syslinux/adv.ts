import {
  LDLINUX_MAGIC_ADV_HEAD,
  LDLINUX_MAGIC_ADV_SUM,
  LDLINUX_MAGIC_ADV_TAIL,
  SECTOR_SIZE,
} from './layout.ts';

/** Copies of the auxiliary data vector at the end of ldlinux.sys on disk. */
export const ADV_COPIES = 2;

/**
 * One empty auxiliary data vector (512 bytes; ldlinux.sys ends with two): head magic, checksum, 500
 * zero bytes, tail magic. It is where SYSLINUX keeps "boot once" and "menu save" (libinstaller/setadv.c
 * and com32/include/syslinux/advconst.h of syslinux).
 */
export function emptyAdv(): Uint8Array {
  const adv = new Uint8Array(SECTOR_SIZE);
  const view = new DataView(adv.buffer);
  view.setUint32(0, LDLINUX_MAGIC_ADV_HEAD, true);
  // The checksum is this constant less the sum of the data's dwords, which are all zero.
  view.setUint32(4, LDLINUX_MAGIC_ADV_SUM, true);
  view.setUint32(SECTOR_SIZE - 4, LDLINUX_MAGIC_ADV_TAIL, true);
  return adv;
}
