import { afterEach, describe } from 'vitest';
import { createVerifierWorld, type VerifierWorld } from '../../../test/verifier-world.ts';
import { verificationContract } from '../../ports/verification.contract.ts';
import { createVerifierRole } from '../../roles/verifier/verifier-role.ts';
import { createInProcessVerification } from './in-process-verifier.ts';

const worlds: VerifierWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

describe('a verifier in this process', () => {
  verificationContract(async () => {
    const world = await createVerifierWorld();
    worlds.push(world);
    const verification = createInProcessVerification(createVerifierRole(await world.role('north')));
    return { verification, credential: () => world.credential() };
  });
});
