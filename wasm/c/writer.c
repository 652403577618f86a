/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening and closing the file system of the fill API; names that are there. */
#include "writer.h"

#include <errno.h>

#include "page_cache.h"

struct writer_result writer_result;
unsigned char writer_text[NAME_SPACE + TARGET_SPACE];
ext2_filsys writer_fs;
ext2_ino_t writer_lost_and_found;

EXPORT(writer_results) struct writer_result *writer_results(void)
{
	return &writer_result;
}

EXPORT(writer_text_space) unsigned char *writer_text_space(void)
{
	return writer_text;
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
	    ext2fs_has_feature_quota(writer_fs->super) ||
	    ext2fs_has_feature_inline_data(writer_fs->super) ||
	    ext2fs_has_feature_casefold(writer_fs->super))
		return EXT2_ET_UNSUPP_FEATURE;
	writer_fs->now = (time_t)epoch;
	/* A tree of used runs: its size goes with their number, not with that of the device. */
	writer_fs->default_bitmap_type = EXT2FS_BMAP64_RBTREE;
	writer_result.block_size = writer_fs->blocksize;
	error = ext2fs_read_bitmaps(writer_fs);
	if (error)
		return error;
	blocks_serve_library();
	/* e2fsck keeps it free of an index: names are put there without looking for blocks. */
	if (ext2fs_lookup(writer_fs, EXT2_ROOT_INO, "lost+found", 10, NULL, &writer_lost_and_found))
		writer_lost_and_found = 0;
	return 0;
}

EXPORT(writer_free_space) void writer_free_space(void)
{
	writer_result.free_blocks = (double)blocks_available();
	writer_result.free_inodes = writer_fs->super->s_free_inodes_count;
}

/* Writes everything to the device and closes the file system, marked clean. */
EXPORT(writer_close) errcode_t writer_close(void)
{
	errcode_t error = directories_write();

	if (!error)
		error = ext2fs_close_free(&writer_fs);
	page_cache_flush();
	return error;
}

/* The inode behind the name in writer_text: writer_result.inode, 0 if there is none. */
EXPORT(writer_lookup) errcode_t writer_lookup(ext2_ino_t parent, unsigned name_length)
{
	struct directory *directory;
	struct name *name;
	errcode_t error = directory_open(parent, &directory);

	if (error)
		return error;
	name = names_find(directory, writer_text, name_length);
	writer_result.inode = name ? name->ino : 0;
	return 0;
}
