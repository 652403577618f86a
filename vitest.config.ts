import { defineConfig } from 'vitest/config';

/** Cooks, bakes and boots emulate a whole machine in software: minutes, not seconds, are the right limit. */
const SLOW = 20 * 60_000 * Math.max(1, Number(process.env['RB_RUNS'] ?? 1));

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: SLOW,
    hookTimeout: SLOW,
    maxWorkers: 2,
    globalSetup: ['test/support/banner.ts', 'test/support/chance.ts', 'test/support/product.ts'],
    setupFiles: ['test/support/properties.ts'],
  },
});
