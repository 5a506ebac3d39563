import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** `npm run test:faults`: what takes minutes, or the rights of root, and so is no part of `npm test`. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['packages/**/*.fault.ts'], fileParallelism: false },
});
