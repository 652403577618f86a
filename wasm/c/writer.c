/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening, listing and closing the file system of the fill API. */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "page_cache.h"

struct writer_result writer_result;
ext2_filsys writer_fs;

EXPORT(writer_results) struct writer_result *writer_results(void)
{
	return &writer_result;
}

/* Opens the device's file system. Refuses what the fill API does not write correctly. */
EXPORT(writer_open) errcode_t writer_open(double epoch)
{
	errcode_t error;

	initialize_ext2_error_table();
	error = ext2fs_open2("device", NULL, EXT2_FLAG_RW | EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &writer_fs);
	if (error)
		return error;
	if (ext2fs_has_feature_journal_needs_recovery(writer_fs->super) ||
	    ext2fs_has_feature_journal_dev(writer_fs->super) ||
	    ext2fs_has_feature_bigalloc(writer_fs->super) ||
	    ext2fs_has_feature_inline_data(writer_fs->super) ||
	    ext2fs_has_feature_casefold(writer_fs->super))
		return EXT2_ET_UNSUPP_FEATURE;
	writer_fs->now = (time_t)epoch;
	writer_result.block_size = writer_fs->blocksize;
	return ext2fs_read_bitmaps(writer_fs);
}

EXPORT(writer_free_space) void writer_free_space(void)
{
	writer_result.free_blocks = (double)ext2fs_free_blocks_count(writer_fs->super);
	writer_result.free_inodes = writer_fs->super->s_free_inodes_count;
}

/* Writes everything to the device and closes the file system, marked clean. */
EXPORT(writer_close) errcode_t writer_close(void)
{
	errcode_t error = directory_flush();

	if (!error)
		error = ext2fs_close_free(&writer_fs);
	page_cache_flush();
	return error;
}

struct listing {
	size_t capacity;
	errcode_t error;
};

static int list_entry(ext2_ino_t dir, int entry, struct ext2_dir_entry *dirent, int offset, int blocksize,
		      char *buf, void *data)
{
	struct listing *listing = data;
	unsigned length = ext2fs_dirent_name_len(dirent);
	size_t needed = writer_result.list_length + 5 + length;
	unsigned char *out;

	(void)dir; (void)entry; (void)offset; (void)blocksize; (void)buf;
	if (needed > listing->capacity) {
		size_t capacity = needed * 2 + 4096;
		unsigned char *grown = realloc(writer_result.list, capacity);

		if (!grown) {
			listing->error = EXT2_ET_NO_MEMORY;
			return DIRENT_ABORT;
		}
		writer_result.list = grown;
		listing->capacity = capacity;
	}
	out = writer_result.list + writer_result.list_length;
	memcpy(out, &dirent->inode, 4);
	out[4] = length;
	memcpy(out + 5, dirent->name, length);
	writer_result.list_length = needed;
	return 0;
}

/* Lists a directory into writer_result.list, valid until the next call. */
EXPORT(writer_list) errcode_t writer_list(ext2_ino_t dir)
{
	struct listing listing = { 0, 0 };
	errcode_t error = directory_flush();

	free(writer_result.list);
	writer_result.list = NULL;
	writer_result.list_length = 0;
	if (!error)
		error = ext2fs_check_directory(writer_fs, dir);
	if (!error)
		error = ext2fs_dir_iterate2(writer_fs, dir, 0, NULL, list_entry, &listing);
	return error ? error : listing.error;
}
