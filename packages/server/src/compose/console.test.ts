import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeJws, loginSigningInput, type SignatureCheck } from '@holdfast/core';
import { expect, onTestFinished, test } from 'vitest';
import { buildLog } from '../../../core/test/log-builder.ts';
import { createManualClock } from '../../../verifier/test/manual-clock.ts';
import { systemEntropy } from '../adapters/system/entropy.ts';
import { createOperators } from './console.ts';

test('an officer’s log-in is answered by one process of a data folder, once, also after a restart', async () => {
  const keysFolder = await mkdtemp(join(tmpdir(), 'holdfast-console-'));
  onTestFinished(() => rm(keysFolder, { recursive: true }));
  const { state, signatures } = buildLog();
  const process = () => {
    const clock = createManualClock(state.time);
    const engine = { verify: async (checks: readonly SignatureCheck[]) => checks.map(signatures.verify) };
    const door = {
      adminKey: 'admin-key-of-this-network',
      origin: 'http://localhost:4600',
      keysFolder,
      state: () => state,
    };
    return createOperators(door, { clock, engine, entropy: systemEntropy });
  };
  const [one, two] = [process(), process()];
  const officer = signatures.key('officer-a');
  const input = loginSigningInput(
    (await one.officers?.challenge()) ?? { nonce: '', network: '', origin: '' },
    officer.jwk,
  );
  const login = encodeJws(input, officer.sign(input));
  expect(await two.officers?.verify(login)).toMatchObject({ operator: { name: 'officer-a', role: 'operator' } });
  for (const later of [one, two, process()]) {
    await expect(later.officers?.verify(login)).rejects.toMatchObject({ code: 'login.challenge' });
  }
});
