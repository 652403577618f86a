/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening a file system to read it, and the buffer that results are handed over in. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "e2p/e2p.h"
#include "host_io.h"

struct reader_result reader_result;
ext2_filsys reader_fs;

static size_t capacity;

EXPORT(reader_results) struct reader_result *reader_results(void)
{
	return &reader_result;
}

void reader_begin(void)
{
	reader_result.count = 0;
	reader_result.length = 0;
	host_io_limit();
}

void *reader_append(size_t length)
{
	size_t rounded = (length + 7) & ~(size_t)7;
	size_t needed = reader_result.length + rounded;
	void *out;

	if (needed > capacity) {
		size_t wanted = needed + needed / 2 + 4096;
		unsigned char *grown = realloc(reader_result.bytes, wanted);

		if (!grown)
			return NULL;
		reader_result.bytes = grown;
		capacity = wanted;
	}
	out = reader_result.bytes + reader_result.length;
	memset(out, 0, rounded);
	reader_result.length = needed;
	return out;
}

/* A block count that the device cannot even hold the group descriptors of is damage, not a reason to allocate. */
static int descriptors_fit(ext2_filsys fs)
{
	return (double)fs->desc_blocks * fs->blocksize <= device_size();
}

/* Opens the device's file system. A journal that waits to be replayed is left as it is. */
EXPORT(reader_open) errcode_t reader_open(void)
{
	const int flags = EXT2_FLAG_64BITS | EXT2_FLAG_SOFTSUPP_FEATURES;
	errcode_t error;

	initialize_ext2_error_table();
	reader_begin();
	error = ext2fs_open2("device", NULL, flags | EXT2_FLAG_SUPER_ONLY, 0, 0, unix_io_manager, &reader_fs);
	if (error)
		return error;
	if (!descriptors_fit(reader_fs))
		return EXT2_ET_CORRUPT_SUPERBLOCK;
	ext2fs_free(reader_fs);
	error = ext2fs_open2("device", NULL, flags, 0, 0, unix_io_manager, &reader_fs);
	if (error)
		return error;
	reader_result.superblock = reader_fs->super;
	reader_result.block_size = reader_fs->blocksize;
	return 0;
}

static errcode_t append_features(int kind, uint32_t bits)
{
	for (int bit = 0; bit < 32; bit++) {
		const char *name;
		char *out;

		if (!(bits & 1u << bit))
			continue;
		name = e2p_feature2string(kind, 1u << bit);
		out = reader_append(strlen(name) + 1);
		if (!out)
			return EXT2_ET_NO_MEMORY;
		strcpy(out, name);
		reader_result.count++;
	}
	return 0;
}

/* The names of the file system's features, each with a NUL behind it and up to a multiple of 8 bytes. */
EXPORT(reader_features) errcode_t reader_features(void)
{
	errcode_t error;

	reader_begin();
	error = append_features(E2P_FEATURE_COMPAT, reader_fs->super->s_feature_compat);
	if (!error)
		error = append_features(E2P_FEATURE_INCOMPAT, reader_fs->super->s_feature_incompat);
	if (!error)
		error = append_features(E2P_FEATURE_RO_INCOMPAT, reader_fs->super->s_feature_ro_compat);
	return error;
}
