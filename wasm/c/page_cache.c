/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a cache on this side: libext2fs rewrites the same inode table, bitmap and directory blocks again and
 * again. Here a rewrite is a memcpy; without it each would be a call out of WebAssembly and a positioned
 * write of the host.
 *
 * Only the sectors of a page that were written here go to the device. A sector is the smallest block of a file
 * system: the others in its page may be file content, which the host writes past this cache.
 *
 * Pages are found by a chained hash table. When the cache is full, everything dirty is written and the
 * cache starts empty: metadata is revisited in rough order of offset, so a finer policy gains little.
 */
#include "page_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

#define PAGE_SIZE 4096u
#define SECTOR_SIZE 1024u
#define MAX_PAGES 2048u		/* 8 MiB */
#define BUCKETS 4096u		/* a power of two */
#define SLAB_PAGES 64u
#define STAGING_SIZE (1u << 20)	/* the largest joined write */
#define NONE UINT32_MAX

struct page {
	uint64_t number;	/* offset / PAGE_SIZE */
	uint32_t next;		/* in the bucket or in the free list */
	uint8_t dirty;		/* a bit for each sector */
	uint8_t used;
};

static struct page pages[MAX_PAGES];
static unsigned char *slabs[MAX_PAGES / SLAB_PAGES];
static uint32_t buckets[BUCKETS];
static uint32_t free_list = NONE;
static uint32_t page_count;	/* pages[0 .. page_count) have been handed out at least once */
static int initialized;
static unsigned char staging[STAGING_SIZE];

static unsigned char *page_data(uint32_t index)
{
	return slabs[index / SLAB_PAGES] + (size_t)(index % SLAB_PAGES) * PAGE_SIZE;
}

static uint32_t bucket_of(uint64_t number)
{
	return (uint32_t)((number * 0x9E3779B97F4A7C15ull) >> 40) & (BUCKETS - 1);
}

/* The bytes of the page that lie on the device: less than PAGE_SIZE only for its last page. */
static unsigned page_length(uint64_t number)
{
	uint64_t left = (uint64_t)device_size() - number * PAGE_SIZE;

	return left < PAGE_SIZE ? (unsigned)left : PAGE_SIZE;
}

static void reset(void)
{
	memset(buckets, 0xff, sizeof(buckets));
	free_list = NONE;
	for (uint32_t i = page_count; i-- > 0;) {
		pages[i].used = 0;
		pages[i].dirty = 0;
		pages[i].next = free_list;
		free_list = i;
	}
	initialized = 1;
}

static uint32_t find(uint64_t number)
{
	uint32_t index;

	if (!initialized)
		reset();
	for (index = buckets[bucket_of(number)]; index != NONE; index = pages[index].next)
		if (pages[index].number == number)
			return index;
	return NONE;
}

static void drop(uint64_t number)
{
	uint32_t *link = &buckets[bucket_of(number)];

	for (; *link != NONE; link = &pages[*link].next) {
		uint32_t index = *link;

		if (pages[index].number != number)
			continue;
		*link = pages[index].next;
		pages[index].used = 0;
		pages[index].dirty = 0;
		pages[index].next = free_list;
		free_list = index;
		return;
	}
}

/* A page for `number`, which must not be cached yet; its data is not set. NONE: no memory. */
static uint32_t add(uint64_t number)
{
	uint32_t index, bucket;

	if (free_list == NONE && page_count == MAX_PAGES) {
		page_cache_flush();
		reset();
	}
	if (free_list != NONE) {
		index = free_list;
		free_list = pages[index].next;
	} else {
		unsigned char **slab = &slabs[page_count / SLAB_PAGES];

		if (!*slab && !(*slab = malloc((size_t)SLAB_PAGES * PAGE_SIZE)))
			return NONE;
		index = page_count++;
	}
	bucket = bucket_of(number);
	pages[index].number = number;
	pages[index].used = 1;
	pages[index].dirty = 0;
	pages[index].next = buckets[bucket];
	buckets[bucket] = index;
	return index;
}

int page_cache_read(uint64_t offset, uint64_t length, void *target)
{
	unsigned char *out = target;

	while (length) {
		uint64_t number = offset / PAGE_SIZE;
		unsigned within = offset % PAGE_SIZE;
		unsigned part = PAGE_SIZE - within;
		uint32_t index = find(number);

		if (part > length)
			part = length;
		if (index == NONE && part == PAGE_SIZE) {
			/* Whole pages that are not cached: one host call for the run, not kept. */
			uint64_t run = 1;

			while ((run + 1) * PAGE_SIZE <= length && run < STAGING_SIZE / PAGE_SIZE && find(number + run) == NONE)
				run++;
			if (run > 1) {
				device_read(out, run * PAGE_SIZE, offset);
				offset += run * PAGE_SIZE;
				out += run * PAGE_SIZE;
				length -= run * PAGE_SIZE;
				continue;
			}
		}
		if (index == NONE) {
			index = add(number);
			if (index == NONE)
				return ENOMEM;
			device_read(page_data(index), page_length(number), (double)number * PAGE_SIZE);
		}
		memcpy(out, page_data(index) + within, part);
		offset += part;
		out += part;
		length -= part;
	}
	return 0;
}

/* Writes `source`, or zeros if it is NULL, into the cache. */
static int write_pages(uint64_t offset, uint64_t length, const unsigned char *source)
{
	while (length) {
		uint64_t number = offset / PAGE_SIZE;
		unsigned within = offset % PAGE_SIZE;
		unsigned part = PAGE_SIZE - within;
		uint32_t index = find(number);

		if (part > length)
			part = length;
		if (index == NONE) {
			unsigned on_device = page_length(number);

			index = add(number);
			if (index == NONE)
				return ENOMEM;
			if (within || part < on_device)
				device_read(page_data(index), on_device, (double)number * PAGE_SIZE);
		}
		if (source) {
			memcpy(page_data(index) + within, source, part);
			source += part;
		} else {
			memset(page_data(index) + within, 0, part);
		}
		for (unsigned sector = within / SECTOR_SIZE; sector * SECTOR_SIZE < within + part; sector++)
			pages[index].dirty |= 1u << sector;
		offset += part;
		length -= part;
	}
	return 0;
}

int page_cache_write(uint64_t offset, uint64_t length, const void *source)
{
	return write_pages(offset, length, source);
}

int page_cache_zero(uint64_t offset, uint64_t length)
{
	uint64_t end = offset + length;
	uint64_t first = (offset + PAGE_SIZE - 1) / PAGE_SIZE;	/* whole pages: [first, last) */
	uint64_t last = end / PAGE_SIZE;
	int error;

	if (first >= last)
		return write_pages(offset, length, NULL);
	error = write_pages(offset, first * PAGE_SIZE - offset, NULL);
	if (!error)
		error = write_pages(last * PAGE_SIZE, end - last * PAGE_SIZE, NULL);
	if (error)
		return error;
	/* What is cached of the whole pages is void now. */
	if (last - first > page_count) {
		for (uint32_t i = 0; i < page_count; i++)
			if (pages[i].used && pages[i].number >= first && pages[i].number < last)
				drop(pages[i].number);
	} else {
		for (uint64_t number = first; number < last; number++)
			if (find(number) != NONE)
				drop(number);
	}
	device_zero((double)first * PAGE_SIZE, (double)(last - first) * PAGE_SIZE);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t left = pages[*(const uint32_t *)a].number;
	uint64_t right = pages[*(const uint32_t *)b].number;

	return left < right ? -1 : left > right;
}

/* The joined write that flush is collecting: staging[0 .. pending) belongs at pending_offset. */
static uint64_t pending_offset;
static unsigned pending;

static void write_pending(void)
{
	if (pending)
		device_write(staging, pending, (double)pending_offset);
	pending = 0;
}

static void append(uint64_t offset, const unsigned char *data, unsigned length)
{
	if (pending && (offset != pending_offset + pending || pending + length > STAGING_SIZE))
		write_pending();
	if (!pending)
		pending_offset = offset;
	memcpy(staging + pending, data, length);
	pending += length;
}

void page_cache_flush(void)
{
	static uint32_t order[MAX_PAGES];
	uint32_t count = 0;

	for (uint32_t i = 0; i < page_count; i++)
		if (pages[i].dirty)
			order[count++] = i;
	qsort(order, count, sizeof(*order), by_number);
	for (uint32_t i = 0; i < count; i++) {
		struct page *page = &pages[order[i]];
		unsigned end = page_length(page->number);

		for (unsigned start = 0; start < end; start += SECTOR_SIZE) {
			unsigned length = end - start < SECTOR_SIZE ? end - start : SECTOR_SIZE;

			if (page->dirty & 1u << start / SECTOR_SIZE)
				append(page->number * PAGE_SIZE + start, page_data(order[i]) + start, length);
		}
		page->dirty = 0;
	}
	write_pending();
}
