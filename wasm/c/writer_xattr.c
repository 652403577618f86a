/* SPDX-License-Identifier: GPL-2.0-only */
/* Extended attributes, in the inode and in a block of their own. */
#include "writer.h"

static struct ext2_xattr_handle *xattrs;

/* Starts replacing all extended attributes of an inode: it has none now. */
EXPORT(writer_xattr_begin) errcode_t writer_xattr_begin(ext2_ino_t ino)
{
	errcode_t error = ext2fs_xattrs_open(writer_fs, ino, &xattrs);

	return error ? error : ext2fs_xattrs_write(xattrs);
}

/* `name` ends with NUL. POSIX ACLs come in the format of getxattr(2). */
EXPORT(writer_xattr_set) errcode_t writer_xattr_set(const char *name, const void *value, unsigned length)
{
	return ext2fs_xattr_set(xattrs, name, value, length);
}

EXPORT(writer_xattr_end) errcode_t writer_xattr_end(void)
{
	return ext2fs_xattrs_close(&xattrs);
}
