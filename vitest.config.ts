import { defineConfig } from 'vitest/config';

const conditions = ['@holdfast/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Global set-up runs in an environment of its own; without this it would look for built packages, which a clone has not.
  environments: { __vitest__: { resolve: { conditions: [...conditions, 'node', 'module', 'import'] } } },
  test: {
    include: ['packages/**/*.test.ts', 'tools/**/*.test.ts'],
    globalSetup: ['packages/server/test/test-cluster.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
