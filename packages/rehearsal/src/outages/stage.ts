import { createWorld } from '../create-world.ts';
import { foundRehearsed, runUntilDone } from '../founding.ts';
import { createHolders } from '../holders.ts';
import { createHarbour, type Harbour, openHarbour } from '../issuing/harbour.ts';
import { prepareApplications } from '../money/applying.ts';
import { CLEAR_LINE, LossyLine } from '../money/lossy-line.ts';
import { createMoney, type Money } from '../money/money.ts';
import { type ReliefName, releasePrograms } from '../money/relief-programs.ts';
import { HEALTHY, type Wire } from '../wire.ts';
import type { World } from '../world.ts';

/** Enough to see what becomes of a payment: inside, outside, and by lot. */
const PROGRAMS: readonly ReliefName[] = ['equal', 'pro-rata', 'lottery'];

/** What can be away. Whoever is away is only unreachable: what it kept, it keeps. */
export const PARTS = [
  ...(['nothing', 'network', 'witnesses', 'governor', 'issuer'] as const),
  ...(['verifier', 'distributor', 'ledger', 'bank'] as const),
] as const;
export type Part = (typeof PARTS)[number];

/** A whole network in calm weather, every part of it running, from which one part can be taken away and given back. */
export type Stage = {
  readonly world: World;
  readonly money: Money;
  readonly harbour: Harbour;
  /** From an officer to the governor. */
  readonly desk: LossyLine;
  readonly take: (part: Part) => void;
  readonly giveBack: () => void;
};

const HOLDERS = 12;
const CUT = { ...CLEAR_LINE, isCut: true };

/** `isWitnessed`: the rulebook names witnesses, all of whom are sound. */
export async function createStage(seed: number, isWitnessed = false): Promise<Stage> {
  const world = await createWorld(seed, { isWitnessed });
  for (const node of world.witnesses) node.heal();
  const money = createMoney(world);
  const harbour = createHarbour(world);
  const { opened } = await foundRehearsed(world);
  const { signatures, keys, scheduler } = world;
  const random = world.random.fork('credentials');
  const made = { place: world.place, signatures, random, issuerKey: keys.credential, opened, now: scheduler.now };
  world.holders.push(...createHolders(made, HOLDERS));
  await runUntilDone(world, openHarbour(world, harbour));
  money.programs.push(...(await runUntilDone(world, releasePrograms(world, money, PROGRAMS))));
  money.sent.push(...prepareApplications(world, money.programs, 'usual'));
  const desk = new LossyLine('governor', world);
  const lines = { ...money.lines, issuer: harbour.line, desk };
  const wires = () => [
    ...world.verifiers().map(({ wire }) => wire),
    world.governor().wire,
    money.north.wire,
    money.distributor.wire,
    harbour.node.wire,
  ];
  return {
    ...{ world, money, harbour, desk },
    take(part) {
      if (part === 'network') for (const wire of wires()) cut(wire);
      if (part === 'witnesses') for (const node of world.witnesses) node.isAway = true;
      for (const line of linesTo(part, lines)) line.conditions = CUT;
    },
    giveBack() {
      for (const wire of wires()) wire.conditions = HEALTHY;
      for (const node of world.witnesses) node.isAway = false;
      for (const line of Object.values(lines)) line.conditions = CLEAR_LINE;
    },
  };
}

type Lines = Readonly<Record<'door' | 'verifier' | 'ledger' | 'bank' | 'issuer' | 'desk', LossyLine>>;

function linesTo(part: Part, lines: Lines): LossyLine[] {
  switch (part) {
    case 'nothing':
    case 'network':
    case 'witnesses':
      return [];
    case 'governor':
      return [lines.desk];
    case 'distributor':
      return [lines.door];
    default:
      return [lines[part]];
  }
}

function cut(wire: Wire): void {
  wire.conditions = { ...HEALTHY, isRequestCut: true, isAnswerCut: true };
}
