/* SPDX-License-Identifier: GPL-2.0-only */
/* The entry points of mke2fs and e2fsck for the host: run main, then leave nothing in a buffer. */
#include "config.h"

#include <stdio.h>

#include "host_io.h"
#include "page_cache.h"

int mke2fs_main(int argc, char **argv);
int e2fsck_main(int argc, char **argv);

static int finish(int status)
{
	page_cache_flush();
	fflush(NULL);
	return status;
}

__attribute__((export_name("run_mke2fs"))) int run_mke2fs(int argc, char **argv)
{
	return finish(mke2fs_main(argc, argv));
}

__attribute__((export_name("run_e2fsck"))) int run_e2fsck(int argc, char **argv)
{
	host_io_limit();
	return finish(e2fsck_main(argc, argv));
}
