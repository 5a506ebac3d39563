import {
  type AccountId,
  type Application,
  type Instruction,
  type Program,
  type PublicJwk,
  parseAccountId,
} from '@holdfast/core';
import type { FilingDesk, KeptApplication, Verification } from '@holdfast/server/roles';
import type { Holder } from '../holders.ts';
import { HEALTHY } from '../wire.ts';
import type { World } from '../world.ts';
import { type Bank, type BankOptions, createBank } from './bank.ts';
import { connectNeighbours } from './distributor-neighbours.ts';
import { DistributorNode } from './distributor-node.ts';
import { LedgerNode } from './ledger-node.ts';
import { CLEAR_LINE, LossyLine } from './lossy-line.ts';
import { PayingVerifierNode } from './paying-verifier-node.ts';
import type { Rival } from './rivals.ts';
import { Skew } from './skew.ts';

/** Who sends an application. All but the honest ones want what is not theirs. */
export const APPLICANTS = ['honest', 'borrower', 'swapper'] as const;
export type ApplicantKind = (typeof APPLICANTS)[number];

/** What one applicant sends, and what they were told. */
export type Sent = {
  readonly kind: ApplicantKind;
  readonly program: Program;
  readonly holder: Holder;
  readonly application: Application;
  readonly presentation: string;
  /** Digest of the presentation. */
  readonly presented: string;
  /** `applicationDigest`. */
  readonly digest: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** The signed acceptance, once it is in their hands. */
  acknowledgement: string | undefined;
  /** The code of a final no. */
  refused: string | undefined;
};

/** One application, and what its distributor keeps of it. */
export type Row = { readonly sent: Sent; readonly kept: KeptApplication };

/** The transfer that pays it. */
export function postOf({ program, digest }: Pick<Sent, 'program' | 'digest'>): string {
  return `post.${program.id}.${digest}`;
}

/** The ledger's account that this application is paid into, by the names that the ledger is known to have; none outside. */
export function accountOf({ program, application: { destination } }: Sent): AccountId | undefined {
  if (destination.kind !== 'internal') return undefined;
  return parseAccountId(`holder.${program.asset.code}.${destination.account}`);
}

/** One act on a payment that officers were asked to decide. */
export type Act = {
  readonly instruction: Instruction;
  /** What stands in the log of it. */
  readonly digest: string;
  /** Taken by mistake for paid; another act puts it right. */
  readonly isMistaken: boolean;
  /** Whether the distributor has carried it out, or will never. */
  isDone: boolean;
};

/** The part of a rehearsed network that takes applications and pays them, with its neighbours and its lines. */
export type Money = {
  readonly keys: { readonly distributor: PublicJwk; readonly north: PublicJwk };
  readonly distributor: DistributorNode;
  readonly north: PayingVerifierNode;
  readonly ledger: LedgerNode;
  readonly bank: Bank;
  readonly lines: Readonly<Record<LineName, LossyLine>>;
  readonly skews: Readonly<Record<'distributor' | 'north' | 'ledger', Skew>>;
  /** Filled by the release. */
  readonly programs: Program[];
  readonly sent: Sent[];
  readonly rivals: Rival[];
  /** Acts on payments that officers were asked to decide. */
  readonly acts: Act[];
};

export const LINES = ['door', 'verifier', 'ledger', 'bank'] as const;
export type LineName = (typeof LINES)[number];

/** Where it is not the same in every rehearsal of money. */
export type MoneyOptions = {
  /** What the distributor is told in place of what its verifier says. */
  readonly told?: (verification: Verification) => Verification;
  /** Where it files what people have to decide; nobody when absent. */
  readonly filing?: { readonly line: LossyLine; readonly desk: () => FilingDesk | undefined };
  readonly bank?: BankOptions;
};

export function createMoney(world: World, { told = (given) => given, filing, bank: of }: MoneyOptions = {}): Money {
  const { signatures, random } = world;
  const keys = { distributor: signatures.createKey('ES256'), north: signatures.createKey('ES256') };
  const skews = { distributor: new Skew(), north: new Skew(), ledger: new Skew() };
  const lines = Object.fromEntries(LINES.map((name) => [name, new LossyLine(name, world)])) as Money['lines'];
  const bank = createBank(world, random.fork('bank'), of);
  const north = new PayingVerifierNode(world, keys.north, skews.north);
  const ledger = new LedgerNode(world, skews.ledger);
  const nodes = {
    verification: () => north.verification && told(north.verification),
    ...(filing === undefined ? {} : { filing }),
    ledger: () => ledger.role,
    rail: bank.running,
    terms: bank.rail,
  };
  const signing = { statement: keys.distributor, ledger: ledger.key };
  const distributor = new DistributorNode(world, signing, skews.distributor, (life) =>
    connectNeighbours(lines, nodes, life),
  );
  for (const node of [north, ledger, distributor]) node.start();
  return { keys, distributor, north, ledger, bank, lines, skews, programs: [], sent: [], rivals: [], acts: [] };
}

/** How often the weather between those who handle money changes; mean milliseconds. */
const WEATHER_MS = 12_000;

/** Lines lose and delay and are cut, the verifier loses its network, clocks are set forward and back. */
export function startMoneyFaults(world: World, { lines, skews, north, distributor }: Money): void {
  const { scheduler, faults, trouble } = world;
  const random = world.random.fork('money faults');
  const next = () => {
    if (trouble().isOver) return;
    for (const line of Object.values(lines)) {
      line.conditions = { loss: random.below(15) / 100, tail: random.below(20) / 100, isCut: random.chance(0.1) };
    }
    for (const [name, { wire }] of [['verifier', north] as const, ['distributor', distributor] as const]) {
      const isCut = random.chance(name === 'verifier' ? 0.4 : 0.1);
      if (isCut) faults.add(`${name} cut off`);
      wire.conditions = { ...HEALTHY, loss: random.below(15) / 100, isRequestCut: isCut, isAnswerCut: isCut };
    }
    for (const skew of Object.values(skews)) {
      if (!random.chance(0.3)) continue;
      skew.drift(random);
      faults.add('clock set');
    }
    scheduler.after(1 + random.below(2 * WEATHER_MS), next);
  };
  next();
}

export function endMoneyFaults({ lines, skews, north, distributor }: Money): void {
  for (const line of Object.values(lines)) line.conditions = CLEAR_LINE;
  for (const { wire } of [north, distributor]) wire.conditions = HEALTHY;
  for (const skew of Object.values(skews)) skew.set();
}
