/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block device, given by the host as WebAssembly imports of module "device". Offsets and lengths are
 * bytes; they travel as doubles, which are exact up to 2^53. A host function that fails throws: the
 * exception leaves this instance, which is then never entered again.
 */
#ifndef EXT2FS_WASM_DEVICE_H
#define EXT2FS_WASM_DEVICE_H

#define DEVICE_IMPORT(name) __attribute__((import_module("device"), import_name(#name)))

DEVICE_IMPORT(size) double device_size(void);
DEVICE_IMPORT(read) void device_read(void *target, unsigned length, double offset);
DEVICE_IMPORT(write) void device_write(const void *source, unsigned length, double offset);
DEVICE_IMPORT(zero) void device_zero(double offset, double length);
/* Ends the instance: the limit of host_io.h is reached. */
DEVICE_IMPORT(exhausted) _Noreturn void device_exhausted(void);

#endif
