/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * e2fsck jumps only out of e2fsck_run, when it abandons a run: c/abandon.c does that through the host, for
 * which setjmp() has nothing to do.
 */
#ifndef EXT2FS_WASM_SETJMP_H
#define EXT2FS_WASM_SETJMP_H
typedef int jmp_buf[1];
typedef int sigjmp_buf[1];
_Noreturn void platform_abandon(void);
#define setjmp(env) ((void)(env), 0)
#define sigsetjmp(env, save) ((void)(env), 0)
#define longjmp(env, value) platform_abandon()
#define siglongjmp(env, value) platform_abandon()
#endif
