/* SPDX-License-Identifier: GPL-2.0-only */
/* What the io_manager over the host's device offers beside struct_io_manager. */
#ifndef EXT2FS_WASM_HOST_IO_H
#define EXT2FS_WASM_HOST_IO_H

/*
 * From now on, more block transfers than any sensible operation needs on a device of this size end the
 * instance (device_exhausted): damaged structures that refer to each other can send libext2fs and e2fsck
 * round and round. Until the first call there is no limit.
 */
void host_io_limit(void);

#endif
