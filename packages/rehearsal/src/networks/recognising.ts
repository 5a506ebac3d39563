import { ASSURANCE_LEVELS } from '@holdfast/core';
import { atDesk, decide } from '../deciding.ts';
import type { World } from '../world.ts';
import { recognitionOf } from './town.ts';

/** Mean time between two decisions about the other network, and how long one is good for at most; milliseconds. */
const BETWEEN_MS = 20_000;
const GOOD_FOR_MS = 90_000;

/** Officers recognise the other network, change their minds about level and end, and take it back; most of it runs out. */
export function startRecognising(home: World, town: World): void {
  const { scheduler } = home;
  const random = home.random.fork('recognitions');
  let decisions = 0;
  const next = () => {
    if (home.trouble().isOver) return;
    decisions += 1;
    const isEnded = random.chance(0.2);
    const most = random.pick(ASSURANCE_LEVELS);
    const until = scheduler.now + 20_000 + random.below(GOOD_FOR_MS);
    const recognition = recognitionOf(town, most, until, isEnded);
    const reason = isEnded ? 'recognition-ended' : 'network-recognised';
    const request = { power: 'recognise', class: reason, recognition } as const;
    atDesk(home, decide(home, `recognition ${decisions}`, request));
    scheduler.after(1 + random.below(2 * BETWEEN_MS), next);
  };
  next();
}
