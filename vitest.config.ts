import { defineConfig } from 'vitest/config';

/** Cooks, bakes and boots emulate a whole machine in software: minutes, not seconds, are the right limit. */
const SLOW = 10 * 60_000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: SLOW,
    hookTimeout: SLOW,
    maxWorkers: 2,
    globalSetup: ['test/support/banner.ts', 'test/support/product.ts'],
  },
});
