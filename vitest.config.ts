import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './packages/core/test/patience.ts';
import { SlowFirst } from './tools/slow-first.ts';

const conditions = ['@holdfast/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Global set-up runs in an environment of its own; without this it would look for built packages, which a clone has not.
  environments: { __vitest__: { resolve: { conditions: [...conditions, 'node', 'module', 'import'] } } },
  test: {
    include: ['packages/**/*.test.ts', 'tools/**/*.test.ts'],
    globalSetup: ['packages/server/test/test-cluster.ts'],
    // No test measures time: whoever waits does so for as long as a busy machine may take, and says no number of their own.
    testTimeout: 4 * PATIENCE_MS,
    hookTimeout: 4 * PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS } },
    // Loading the same modules anew for every file cost a third of the run. What a file does to globals is taken back,
    // and none keeps anything else in its process.
    isolate: false,
    unstubGlobals: true,
    unstubEnvs: true,
    restoreMocks: true,
    // One more than there are cores: the slow files wait for other processes half of their time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: SlowFirst },
  },
});
