/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * setjmp and longjmp of e2fsck_run, by the host: e2fsck calls e2fsck_run_abandonable in its place (a macro of
 * the build). The host calls back run_passes and catches what jump() throws.
 */
#include "config.h"

#include <setjmp.h>
#include <string.h>

#include "e2fsck.h"

#define CONTROL_IMPORT(name) __attribute__((import_module("control"), import_name(#name)))

/* Calls run_passes; whether it ended by jump(). */
CONTROL_IMPORT(guard) int control_guard(void);
CONTROL_IMPORT(jump) _Noreturn void control_jump(void);

static e2fsck_t context;
static int result;

void platform_abandon(void)
{
	control_jump();
}

__attribute__((export_name("run_passes"))) void run_passes(void)
{
	result = e2fsck_run(context);
}

int e2fsck_run_abandonable(e2fsck_t ctx)
{
	/* A frame on the stack in memory: on return from here the stack is as before, jump or not. */
	volatile char frame[16];

	frame[0] = 0;
	context = ctx;
	if (!control_guard())
		return result;
	ctx->flags &= ~E2F_FLAG_SETJMP_OK;
	return ctx->flags & E2F_FLAG_RUN_RETURN;
}
