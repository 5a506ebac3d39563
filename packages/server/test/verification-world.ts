import { LIST_URI } from '../../core/test/log-builder.ts';
import { settle } from '../../verifier/test/manual-clock.ts';
import { present } from '../../verifier/test/verify-world.ts';
import type { VerificationUnderTest } from '../src/ports/verification.contract.ts';
import type { Verification } from '../src/ports/verification.ts';
import { createVerifierRole, type VerifierRole } from '../src/roles/verifier/verifier-role.ts';
import type { VerifierWorld } from './verifier-world.ts';

const OTHER_POSITION = { log: 'log.example/other', size: 7, root: 'A'.repeat(43), time: 1_700_000_000_000 };

/** What the contract of a way to verifiers needs, around verifier `north` of this world; `connect` makes the way. */
export async function verificationUnderTest(
  world: VerifierWorld,
  connect: (role: VerifierRole) => Promise<Verification>,
): Promise<VerificationUnderTest> {
  const view = { ...(world.follower.view() ?? fail()), name: 'other', position: OTHER_POSITION };
  const other = { ...world.follower, view: () => view };
  const past = { readEntries: async () => [], at: async () => ({ ok: false, why: 'lost' }) as const };
  const options = await world.role('north', { others: new Map([['other', { follower: other, past }]]) });
  const start = () => connect(createVerifierRole(options));
  return {
    verification: await start(),
    credential: () => world.credential(),
    present: (credential, asked) =>
      present(credential, world.holder, { ...asked, iat: Math.floor(world.clock.now() / 1000) }),
    otherPosition: () => OTHER_POSITION,
    position: () => world.follower.position ?? fail(),
    async revoke() {
      world.feed.log.revoke([{ list: LIST_URI, index: 7 }]);
      world.feed.mint();
      await settle();
    },
    async patiently(answer) {
      let isOver = false;
      const end = () => {
        isOver = true;
      };
      answer.then(end, end);
      // Over a socket nothing says when the question has arrived; a step of time too early is made up for by the next.
      while (!isOver) {
        await world.clock.advance(100);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      return answer;
    },
    restart: start,
  };
}

function fail(): never {
  throw new Error('the verifier has read nothing');
}
