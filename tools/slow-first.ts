import { relative, sep } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, the longest first: one that began when the others were over would have a machine to
 * itself. Then what starts networks, databases or rehearsals of its own, and mostly waits.
 */
const SLOW = [
  'packages/rehearsal/src/mutants.test.ts',
  'packages/cli/test/console.test.ts',
  'packages/cli/test/overview-faults.test.ts',
  'packages/cli/test/commands.test.ts',
  'packages/cli/test/tour.test.ts',
  'packages/cli/test/kill.test.ts',
  'packages/cli/test/page.test.ts',
  'packages/server/src/compose/roles-alone.test.ts',
  'packages/cli/test/',
  'packages/rehearsal/',
  'packages/server/src/adapters/embedded-postgres/',
];

/** Slow test files first, so that the many quick ones fill in beside them and nobody waits for one slow file at the end. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const path = relative(this.ctx.config.root, moduleId).split(sep).join('/');
      const at = SLOW.findIndex((part) => path.startsWith(part));
      return at === -1 ? SLOW.length : at;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
