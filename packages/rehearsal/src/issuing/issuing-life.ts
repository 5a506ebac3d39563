import { openCase } from '../deciding.ts';
import { runUntilDone } from '../founding.ts';
import { CLEAR_LINE } from '../money/lossy-line.ts';
import { observe, type Walk } from '../presenting.ts';
import { HEALTHY } from '../wire.ts';
import type { World } from '../world.ts';
import { createHarbour, type Harbour, openHarbour } from './harbour.ts';
import { startReceiving } from './receiving.ts';

/** Mean times between two showings of what was issued, two decisions on it, two changes of the weather; milliseconds. */
const SHOWN_MS = 600;
const DECIDED_MS = 20_000;
const WEATHER_MS = 15_000;
/** How often a stranger fetches the lists. */
const FETCHED_MS = 1500;

/** An issuer role in a rehearsed network, from its accreditation to the proof of what it has handed out. */
export type IssuingLife = {
  /** Has the office accredited and its first list opened, in calm weather; people come from here on. */
  readonly begin: () => Promise<void>;
  readonly startFaults: () => void;
  readonly endFaults: () => void;
  readonly prove: () => Promise<void>;
};

export function createIssuingLife(world: World): IssuingLife {
  const harbour = createHarbour(world);
  const { node, line } = harbour;
  return {
    begin: () => runUntilDone(world, openHarbour(world, harbour)),
    startFaults() {
      startReceiving(world, harbour);
      startShowing(world);
      startRevoking(world);
      startWeather(world, harbour);
      startReadingTokens(world, harbour);
    },
    endFaults() {
      line.conditions = CLEAR_LINE;
      node.wire.conditions = HEALTHY;
    },
    prove: () => harbour.laws.prove(node),
  };
}

/** What was issued is shown everywhere, also where its list was not heard of yet. */
function startShowing(world: World): void {
  const { scheduler, issued, trouble } = world;
  const random = world.random.fork('showing');
  const walk: Walk = { random, seen: undefined };
  const next = () => {
    if (trouble().isOver) return;
    if (issued.length > 0) {
      const { name, credential } = random.pick(issued);
      const request = { class: random.pick(['pay', 'view'] as const), freshness: { mode: 'any' } } as const;
      const visit = { node: random.pick(world.verifiers()), credential: name, text: credential, request };
      observe(world, walk, visit).catch((error: unknown) => {
        world.oracles.expect('refused-for-the-right-reason', false, scheduler.now, () => `${name}: ${String(error)}`);
      });
    }
    scheduler.after(1 + random.below(2 * SHOWN_MS), next);
  };
  next();
}

function startRevoking(world: World): void {
  const { scheduler, issued, trouble } = world;
  const random = world.random.fork('revoking');
  let cases = 0;
  const next = () => {
    if (trouble().isOver) return;
    if (issued.length > 0) {
      cases += 1;
      const { list, index } = random.pick(issued);
      openCase(world, `harbour case ${cases}`, { target: { list, index }, power: 'revoke' });
    }
    scheduler.after(1 + random.below(2 * DECIDED_MS), next);
  };
  next();
}

function startReadingTokens({ scheduler, trouble }: World, { node, laws }: Harbour): void {
  const next = () => {
    if (trouble().isOver) return;
    laws.checkTokens(node);
    scheduler.after(FETCHED_MS, next);
  };
  next();
}

function startWeather(world: World, { line, node }: Harbour): void {
  const { scheduler, trouble, faults } = world;
  const random = world.random.fork('harbour weather');
  const next = () => {
    if (trouble().isOver) return;
    line.conditions = { loss: random.below(20) / 100, tail: random.below(20) / 100, isCut: random.chance(0.1) };
    const isCut = random.chance(0.2);
    if (isCut) faults.add('issuer cut off');
    node.wire.conditions = { ...HEALTHY, loss: random.below(15) / 100, isRequestCut: isCut, isAnswerCut: isCut };
    scheduler.after(1 + random.below(2 * WEATHER_MS), next);
  };
  next();
}
