/** What newc archives are marked with; see cpio(5) and the kernel's initramfs buffer format. */
export const MAGIC = '070701';

/** The name of the entry that ends an archive. */
export const TRAILER = 'TRAILER!!!';

/** `PATH_MAX` of linux/limits.h, the NUL byte included: the kernel skips longer names without a word. */
export const PATH_MAX = 4096;
