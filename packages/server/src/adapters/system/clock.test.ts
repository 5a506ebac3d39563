import { setTimeout as delay } from 'node:timers/promises';
import { createPlatformClock } from '@holdfast/verifier';
import { createManualClock } from '../../../../verifier/test/manual-clock.ts';
import { describeClock } from '../../ports/clock.contract.ts';

describeClock('the clock of the platform', () => ({ clock: createPlatformClock(), pass: (ms) => delay(ms) }));

describeClock('the clock that tests move by hand', () => {
  const clock = createManualClock();
  return { clock, pass: (ms) => clock.advance(ms) };
});
