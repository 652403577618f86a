/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mke2fs and e2fsck ask of the operating system, answered for a sandbox that has one device, nothing
 * mounted, no other processes and no source of randomness.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blkid/blkid.h"
#include "device.h"
#include "ext2fs/ext2_fs.h"
#include "ext2fs/ext2fs.h"
#include "support/devname.h"
#include "support/plausible.h"
#include "uuid/uuid.h"

#include "e2fsck.h"

errcode_t ext2fs_get_device_size2(const char *file, int blocksize, blk64_t *blocks)
{
	(void)file;
	*blocks = (blk64_t)device_size() / (unsigned)blocksize;
	return 0;
}

errcode_t ext2fs_get_device_sectsize(const char *file, int *size)
{
	(void)file;
	*size = 512;
	return 0;
}

errcode_t ext2fs_get_device_phys_sectsize(const char *file, int *size)
{
	return ext2fs_get_device_sectsize(file, size);
}

errcode_t ext2fs_check_if_mounted(const char *file, int *flags)
{
	(void)file;
	*flags = 0;
	return 0;
}

errcode_t ext2fs_check_mount_point(const char *device, int *flags, char *directory, int size)
{
	if (size > 0)
		directory[0] = 0;
	return ext2fs_check_if_mounted(device, flags);
}

errcode_t ext2fs_sync_device(int fd, int flushb)
{
	(void)fd;
	(void)flushb;
	return 0;
}

int check_plausibility(const char *device, int flags, int *is_device)
{
	(void)device;
	(void)flags;
	if (is_device)
		*is_device = 1;
	return 1;
}

/*
 * Asked for only where a UUID is missing that the caller should have given (e2fsck repairing a null one).
 * The same file system has to get the same one each time: it is counted up from a fixed value (variant and
 * version of a random UUID).
 */
void uuid_generate(uuid_t out)
{
	static unsigned char serial;

	memset(out, 0, 16);
	memcpy(out, "ext2fs", 6);
	out[6] = 0x40;
	out[8] = 0x80;
	out[15] = ++serial;
}

void uuid_generate_time(uuid_t out)
{
	uuid_generate(out);
}

int blkid_get_cache(blkid_cache *cache, const char *filename)
{
	(void)filename;
	*cache = NULL;
	return -1;
}

void blkid_put_cache(blkid_cache cache)
{
	(void)cache;
}

char *blkid_get_devname(blkid_cache cache, const char *token, const char *value)
{
	(void)cache;
	return token && !value ? strdup(token) : NULL;
}

char *blkid_devno_to_devname(dev_t devno)
{
	(void)devno;
	return NULL;
}

char *get_devname(blkid_cache cache, const char *token, const char *value)
{
	return blkid_get_devname(cache, token, value);
}

errcode_t set_undo_io_backing_manager(io_manager manager)
{
	(void)manager;
	return EXT2_ET_UNIMPLEMENTED;
}

errcode_t set_undo_io_backup_file(char *file)
{
	(void)file;
	return EXT2_ET_UNIMPLEMENTED;
}

void sigcatcher_setup(void)
{
}

/* e2fsck opens /dev/null until its first descriptors are taken: here they always are. */
int platform_open(const char *path, int flags, ...)
{
	(void)path;
	(void)flags;
	return 3;
}

int ext2fs_open_file(const char *path, int flags, mode_t mode)
{
	(void)path;
	(void)flags;
	(void)mode;
	errno = ENOSYS;
	return -1;
}

int dup(int fd)
{
	(void)fd;
	errno = EBADF;
	return -1;
}

int pipe(int fds[2])
{
	(void)fds;
	errno = ENOSYS;
	return -1;
}

int fork(void)
{
	errno = ENOSYS;
	return -1;
}

int daemon(int nochdir, int noclose)
{
	(void)nochdir;
	(void)noclose;
	errno = ENOSYS;
	return -1;
}
