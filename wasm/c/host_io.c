/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The io_manager (lib/ext2fs/ext2_io.h) over the host's device. It stands where unix_io stood, so the
 * library, mke2fs and e2fsck open it under their usual names. All channels share the one device and the
 * one page cache.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "ext2fs/ext2_fs.h"
#include "ext2fs/ext2fs.h"
#include "host_io.h"
#include "page_cache.h"

static uint64_t transfers_left = UINT64_MAX;

/*
 * e2fsck -fy of the most damaged image at hand takes a few transfers for each block of the device; the
 * constant is for small devices.
 */
void host_io_limit(void)
{
	transfers_left = (1u << 22) + 64 * ((uint64_t)device_size() / 1024);
}

static void count_transfer(uint64_t length)
{
	uint64_t transfers = length / 1024 + 1;

	if (transfers >= transfers_left)
		device_exhausted();
	transfers_left -= transfers;
}

static errcode_t host_open(const char *name, int flags, io_channel *result);

/* `count` is in blocks, or in bytes when negative. */
static uint64_t byte_count(io_channel channel, int count)
{
	return count < 0 ? (uint64_t)-(int64_t)count : (uint64_t)count * (unsigned)channel->block_size;
}

static int beyond_device(uint64_t offset, uint64_t length)
{
	uint64_t size = (uint64_t)device_size();

	return offset > size || length > size - offset;
}

static errcode_t host_close(io_channel channel)
{
	if (--channel->refcount > 0)
		return 0;
	page_cache_flush();
	free(channel->name);
	free(channel);
	return 0;
}

static errcode_t host_set_blksize(io_channel channel, int size)
{
	channel->block_size = size;
	return 0;
}

/* Reads what there is, as pread(2) does at the end of a file, and zeros the rest. */
static errcode_t short_read(io_channel channel, unsigned long long block, int count, void *data)
{
	uint64_t offset = block * (unsigned)channel->block_size;
	uint64_t length = byte_count(channel, count);
	uint64_t size = (uint64_t)device_size();
	uint64_t part = offset < size ? size - offset : 0;
	errcode_t error = page_cache_read(offset, part, data);

	if (error)
		return error;
	memset((char *)data + part, 0, length - part);
	if (channel->read_error)
		return channel->read_error(channel, block, count, data, length, part, EXT2_ET_SHORT_READ);
	return EXT2_ET_SHORT_READ;
}

static errcode_t host_read64(io_channel channel, unsigned long long block, int count, void *data)
{
	uint64_t offset = block * (unsigned)channel->block_size;
	uint64_t length = byte_count(channel, count);

	count_transfer(length);
	if (beyond_device(offset, length))
		return short_read(channel, block, count, data);
	return page_cache_read(offset, length, data);
}

static errcode_t host_write64(io_channel channel, unsigned long long block, int count, const void *data)
{
	uint64_t offset = block * (unsigned)channel->block_size;
	uint64_t length = byte_count(channel, count);

	count_transfer(length);
	if (beyond_device(offset, length)) {
		if (channel->write_error)
			return channel->write_error(channel, block, count, data, length, 0, EXT2_ET_SHORT_WRITE);
		return EXT2_ET_SHORT_WRITE;
	}
	return page_cache_write(offset, length, data);
}

static errcode_t host_read(io_channel channel, unsigned long block, int count, void *data)
{
	return host_read64(channel, block, count, data);
}

static errcode_t host_write(io_channel channel, unsigned long block, int count, const void *data)
{
	return host_write64(channel, block, count, data);
}

static errcode_t host_write_byte(io_channel channel, unsigned long offset, int size, const void *data)
{
	(void)channel;
	if (beyond_device(offset, size))
		return EXT2_ET_SHORT_WRITE;
	return page_cache_write(offset, size, data);
}

static errcode_t host_zeroout(io_channel channel, unsigned long long block, unsigned long long count)
{
	uint64_t offset = block * (unsigned)channel->block_size;
	uint64_t length = count * (unsigned)channel->block_size;

	if (beyond_device(offset, length))
		return EXT2_ET_SHORT_WRITE;
	return page_cache_zero(offset, length);
}

static errcode_t host_flush(io_channel channel)
{
	(void)channel;
	page_cache_flush();
	return 0;
}

static struct struct_io_manager host_manager = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER,
	.name = "host",
	.open = host_open,
	.close = host_close,
	.set_blksize = host_set_blksize,
	.read_blk = host_read,
	.write_blk = host_write,
	.flush = host_flush,
	.write_byte = host_write_byte,
	.read_blk64 = host_read64,
	.write_blk64 = host_write64,
	.zeroout = host_zeroout,
};

/* Managers that are not here. mke2fs compares the one in use with undo_io_manager: it has to be another. */
static struct struct_io_manager no_manager = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER,
	.name = "none",
};

io_manager unix_io_manager = &host_manager;
io_manager undo_io_manager = &no_manager;
io_manager sparse_io_manager = &no_manager;

static errcode_t host_open(const char *name, int flags, io_channel *result)
{
	io_channel channel = calloc(1, sizeof(*channel));

	(void)flags;
	if (!channel)
		return EXT2_ET_NO_MEMORY;
	channel->magic = EXT2_ET_MAGIC_IO_CHANNEL;
	channel->manager = &host_manager;
	channel->name = strdup(name);
	channel->block_size = 1024;
	channel->refcount = 1;
	*result = channel;
	return 0;
}
