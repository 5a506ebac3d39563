import { defineConfig } from 'vitest/config';

const conditions = ['@holdfast/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/**/*.test.ts', 'tools/**/*.test.ts'],
    globalSetup: ['packages/server/test/test-cluster.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
