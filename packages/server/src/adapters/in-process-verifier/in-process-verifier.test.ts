import { afterEach, describe } from 'vitest';
import { verificationUnderTest } from '../../../test/verification-world.ts';
import { createVerifierWorld, type VerifierWorld } from '../../../test/verifier-world.ts';
import { verificationContract } from '../../ports/verification.contract.ts';
import { createInProcessVerification } from './in-process-verifier.ts';

const worlds: VerifierWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

describe('a verifier in this process', () => {
  verificationContract(async () => {
    const world = await createVerifierWorld();
    worlds.push(world);
    return verificationUnderTest(world, async (role) => createInProcessVerification(role));
  });
});
