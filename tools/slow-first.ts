import { relative, sep } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that start networks, databases or rehearsals of their own: they take longest, and mostly wait. */
const SLOW = ['packages/cli/test/', 'packages/rehearsal/', 'packages/server/src/adapters/embedded-postgres/'];

/** Slow test files first, so that the many quick ones fill in beside them and nobody waits for one slow file at the end. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const path = relative(this.ctx.config.root, moduleId).split(sep).join('/');
      const at = SLOW.findIndex((folder) => path.startsWith(folder));
      return at === -1 ? SLOW.length : at;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
