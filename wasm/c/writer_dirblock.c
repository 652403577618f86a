/* SPDX-License-Identifier: GPL-2.0-only */
/* Directory blocks: entries, the tails with their checksums (ext4's on-disk format, "Directory Entries"). */
#include "writer.h"

#include <string.h>

static struct ext2_dir_entry *entry_at(struct dirblock_writer *writer, unsigned offset)
{
	return (struct ext2_dir_entry *)(writer->buffer + offset);
}

/* Begins the next block. */
void dirblock_start(struct dirblock_writer *writer)
{
	memset(writer->buffer, 0, writer_fs->blocksize);
	writer->offset = 0;
	writer->last = 0;
}

static void put(struct dirblock_writer *writer, ext2_ino_t ino, const void *bytes, unsigned length, int type)
{
	struct ext2_dir_entry *entry = entry_at(writer, writer->offset);

	entry->inode = ino;
	entry->rec_len = EXT2_DIR_REC_LEN(length);
	ext2fs_dirent_set_name_len(entry, length);
	ext2fs_dirent_set_file_type(entry, ext2fs_has_feature_filetype(writer_fs->super) ? type : 0);
	memcpy(entry->name, bytes, length);
	writer->last = writer->offset;
	writer->offset += entry->rec_len;
}

/* The caller has seen to it that the name fits. */
void dirblock_put(struct dirblock_writer *writer, const struct name *name)
{
	put(writer, name->ino, name->bytes, name->length, name->file_type);
}

void dirblock_put_dots(struct dirblock_writer *writer)
{
	put(writer, writer->directory->ino, ".", 1, EXT2_FT_DIR);
	put(writer, writer->directory->parent, "..", 2, EXT2_FT_DIR);
}

static errcode_t write_block(struct dirblock_writer *writer)
{
	const struct block_range *range = &writer->ranges->items[writer->at];
	blk64_t block = range->start + (writer->block - range->logical);

	if (++writer->block == range->logical + range->count)
		writer->at++;
	return io_channel_write_blk64(writer_fs->io, block, 1, writer->buffer);
}

/* Ends a block of entries: the last one takes what is left. */
errcode_t dirblock_finish(struct dirblock_writer *writer)
{
	unsigned space = directory_block_space();
	errcode_t error = ext2fs_set_rec_len(writer_fs, space - writer->last, entry_at(writer, writer->last));

	if (error)
		return error;
	if (space < writer_fs->blocksize) {
		struct ext2_dir_entry_tail *tail = EXT2_DIRENT_TAIL(writer->buffer, writer_fs->blocksize);

		ext2fs_initialize_dirent_tail(writer_fs, tail);
		tail->det_checksum =
			metadata_checksum(writer->directory->ino, writer->generation, writer->buffer, space);
	}
	return write_block(writer);
}

/* Ends a block of the index, whose count and limit are at `count_offset`. */
errcode_t dirblock_finish_index(struct dirblock_writer *writer, unsigned count_offset)
{
	struct ext2_dx_countlimit *counts = (struct ext2_dx_countlimit *)(writer->buffer + count_offset);

	if (ext2fs_has_feature_metadata_csum(writer_fs->super)) {
		struct ext2_dx_tail *tail = (struct ext2_dx_tail *)((struct ext2_dx_entry *)counts + counts->limit);
		size_t used = count_offset + counts->count * sizeof(struct ext2_dx_entry);
		uint32_t sum = metadata_checksum(writer->directory->ino, writer->generation, writer->buffer, used);

		/* Then the tail, its checksum taken as zero. */
		tail->dt_reserved = 0;
		tail->dt_checksum = 0;
		tail->dt_checksum = ext2fs_crc32c_le(sum, (unsigned char *)tail, sizeof(*tail));
	}
	return write_block(writer);
}
