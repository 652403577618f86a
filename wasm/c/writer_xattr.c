/* SPDX-License-Identifier: GPL-2.0-only */
/* Extended attributes, in the inode and in a block of their own. */
#include "writer.h"

#include <string.h>

/* Before each attribute of a list: bytes of the name, its NUL included, then of the value; both follow. */
struct list_entry {
	uint32_t name_length;
	uint32_t value_length;
};

/*
 * Gives extended attributes to an inode that is on the device; with `replace` it loses those that it has, without
 * it has none. Names are full (`user.x`); POSIX ACLs come in the format of getxattr(2).
 */
errcode_t xattrs_write(ext2_ino_t ino, const unsigned char *list, size_t length, int replace)
{
	const unsigned char *end = list + length;
	struct ext2_xattr_handle *handle;
	errcode_t error, closing;

	ext2fs_flush_icache(writer_fs);
	error = ext2fs_xattrs_open(writer_fs, ino, &handle);
	if (error)
		return error;
	if (replace)
		error = ext2fs_xattrs_write(handle);	/* nothing has been read into it */
	while (!error && list < end) {
		struct list_entry entry;
		const char *name = (const char *)list + sizeof(entry);

		memcpy(&entry, list, sizeof(entry));
		error = ext2fs_xattr_set(handle, name, name + entry.name_length, entry.value_length);
		list += sizeof(entry) + entry.name_length + entry.value_length;
	}
	closing = ext2fs_xattrs_close(&handle);
	return error ? error : closing;
}

/* Replaces all extended attributes of an inode. */
EXPORT(writer_set_xattrs) errcode_t writer_set_xattrs(ext2_ino_t ino, const unsigned char *list, size_t length)
{
	return xattrs_write(ino, list, length, 1);
}
