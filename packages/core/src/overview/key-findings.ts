import type { OverviewFacts } from './facts.ts';
import type { FoundWrong } from './finding.ts';

/** Keys that the log names and that a part does not hold: one finding for each part and use. */
export function keyFindings({ keys }: Pick<OverviewFacts, 'keys'>): FoundWrong[] {
  return keys.map(({ part, owner, party, use, missing, signs }) => ({
    code: signs ? 'key.missing' : 'key.ended',
    what: signs
      ? `The log has named a key (${use}) of ${party} that ${part} does not hold`
      : `No key (${use}) of ${party} that ${part} holds has been in force`,
    part,
    affected: signs
      ? `it signs by the key before, until that ends; the key is ${missing}`
      : `what it has to sign waits${missing === undefined ? '' : `; the log names ${missing}`}`,
    owner,
    resolves: 'when the key is in its folder of keys, or officers have named one that is',
    command: `npx holdfast keys prepare ${part}`,
  }));
}
