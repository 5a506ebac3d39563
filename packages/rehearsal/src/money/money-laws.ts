import {
  type Account,
  admit,
  encodeDestination,
  intakeRoot,
  type Position,
  type Program,
  type ProgramRecord,
  parseAccountId,
  parseTransferId,
  parseVerdictEnvelope,
  programDigest,
  settlementLineId,
} from '@holdfast/core';
import type { KeptApplication, LedgerStore } from '@holdfast/server/roles';
import { LIST } from '../holders.ts';
import type { OracleName } from '../oracles.ts';
import type { World } from '../world.ts';
import { ActLaws } from './act-laws.ts';
import { type CustodyOf, createCustody } from './custody.ts';
import { DecisionCustody } from './decision-custody.ts';
import { checkArrivals } from './instant-laws.ts';
import { accountOf, type Money, postOf, type Row, type Sent } from './money.ts';
import { sharesOf } from './shares.ts';

/** Most accounts in one answer of a ledger, and how many answers a rehearsal fills at most. */
const MAX_ACCOUNTS = 1000;
const MAX_ANSWERS = 8;

/**
 * Holds the stores of everybody who handles money against the laws, at every step of the schedule at which one of them may
 * have changed. Looks at what is durable, never at what a role says.
 */
export class MoneyLaws {
  readonly #world: World;
  readonly #money: Money;
  readonly #custodyOf: CustodyOf;
  readonly #decisions: DecisionCustody;
  readonly #acts: ActLaws;
  /** What was looked at once for good: intakes, seals, draws, posted transfers. */
  readonly #seen = new Set<string>();
  #linesSeen = 0;

  constructor(world: World, money: Money) {
    this.#world = world;
    this.#money = money;
    this.#custodyOf = createCustody(world, money);
    this.#decisions = new DecisionCustody(world);
    this.#acts = new ActLaws(world, money);
  }

  async check(): Promise<void> {
    const { programs, sent } = this.#money;
    await this.#checkLedger();
    await this.#decisions.check();
    await this.#acts.check();
    for (const program of programs) await this.#checkProgram(program);
    for (const one of sent) await this.#checkSent(one);
    this.#checkLines();
  }

  #expect(oracle: OracleName, holds: boolean, what: () => string): void {
    this.#world.oracles.expect(oracle, holds, this.#world.scheduler.now, what);
  }

  async #checkLedger(): Promise<void> {
    const { store } = this.#money.ledger;
    const assets = new Map<string, bigint>();
    for (const { id, asset, rule, debitsPosted, debitsPending, creditsPosted, creditsPending } of await readAll(
      store,
    )) {
      const balance = creditsPosted - debitsPosted + (creditsPending - debitsPending);
      assets.set(asset.code, (assets.get(asset.code) ?? 0n) + balance);
      const isBacked = rule === 'none' || debitsPosted + debitsPending <= creditsPosted;
      this.#expect('pending-is-never-spendable', isBacked, () => `${id} gave more than it was paid`);
    }
    for (const [asset, sum] of assets) this.#expect('ledger-sums-to-zero', sum === 0n, () => `${asset}: ${sum}`);
  }

  async #checkProgram(program: Program): Promise<void> {
    const rows = await this.#readRows(program);
    this.#checkPeople(program, rows);
    await this.#checkBudget(program, rows);
    if (program.allocation.mode === 'instant') checkArrivals(this.#world, program, rows);
    const record = this.#recordOf(program.id);
    if (record === undefined) return;
    if (record.intake !== undefined) await this.#checkIntake(record);
    if (program.allocation.mode === 'sealed' && record.sealedAt !== undefined) await this.#checkSeal(record, rows);
    if (record.draw !== undefined) await this.#checkDraw(record, rows);
    for (const row of rows) await this.#checkPosted(record, row);
  }

  async #readRows({ id }: Program): Promise<Row[]> {
    const { sent, distributor } = this.#money;
    const rows: Row[] = [];
    const names = new Set<string>();
    for (const one of sent) {
      if (one.program.id !== id || names.has(one.digest)) continue;
      names.add(one.digest);
      const kept = await distributor.store.read(id, one.digest);
      if (kept !== undefined) rows.push({ sent: one, kept });
    }
    return rows;
  }

  #checkPeople({ id }: Program, rows: readonly Row[]): void {
    const people = new Map<number, number>();
    for (const { sent, kept } of rows) {
      const isCounted = kept.admitted === true || (kept.payment !== undefined && kept.payment.state !== 'voided');
      if (isCounted) people.set(sent.holder.index, (people.get(sent.holder.index) ?? 0) + 1);
      const isHonest = sent.kind === 'honest' || kept.admitted !== true;
      this.#expect('only-what-the-holder-signed', isHonest, () => `${id}: a ${sent.kind} counts`);
    }
    for (const [index, count] of people) {
      this.#expect('one-entitlement-per-person', count <= 1, () => `${id}: person ${index} counts ${count} times`);
    }
  }

  async #checkBudget({ id, budget, allocation }: Program, rows: readonly Row[]): Promise<void> {
    const { store } = this.#money.ledger;
    const transfers = await store.readTransfers(rows.map(({ sent }) => reserveOf(sent)));
    const out = transfers.reduce((sum, transfer) => {
      const isOut = transfer?.state === 'pending' || transfer?.state === 'posted';
      return isOut && transfer.command.kind === 'pending' ? sum + transfer.command.amount : sum;
    }, 0n);
    const [account] = await store.readAccounts([parseAccountId(`program.${id}`)]);
    const given = account?.creditsPosted ?? 0n;
    const places = allocation.mode === 'instant' ? allocation.maxRecipients : rows.length;
    const served = transfers.filter((transfer) => transfer?.state === 'pending' || transfer?.state === 'posted').length;
    const isWithin = out <= BigInt(budget) && given <= BigInt(budget) && served <= places;
    const what = () => `${id}: ${out} of ${budget} is out to ${served} of ${places}, ${given} was given`;
    this.#expect('never-beyond-the-budget', isWithin, what);
    const [closing] = await store.readTransfers([parseTransferId(`close.${id}`)]);
    if (closing?.state !== 'posted') return;
    const isFreed = transfers.every((transfer) => transfer?.state !== 'pending') && account?.debitsPending === 0n;
    const isEmpty = isFreed && account.creditsPosted === account.debitsPosted;
    this.#expect('closing-leaves-nothing-reserved', isEmpty, () => `${id} is closed, and something is left`);
  }

  /** Every acceptance that anybody holds is in the list whose root stands in the log. */
  async #checkIntake({ program, intake }: ProgramRecord): Promise<void> {
    if (this.#isSeen(`intake ${program.id}`)) return;
    const leaves = await this.#money.distributor.store.readLeaves(program.id, 1000);
    const { root, count } = intakeRoot(leaves);
    const isWhole = intake?.root === root && intake.count === count;
    this.#expect(
      'acknowledged-stands-in-the-intake',
      isWhole,
      () => `${program.id}: ${intake?.count} of ${count} stand there`,
    );
  }

  /** Who counts is the same in whatever order people came: the lowest digest of each person who qualifies. */
  async #checkSeal({ program, seal, judgedAt }: ProgramRecord, rows: readonly Row[]): Promise<void> {
    if (this.#isSeen(`seal ${program.id}`)) return;
    for (const { sent, kept } of rows) {
      if (kept.judgement?.verdict === undefined) continue;
      const stood = await this.#positionOfJudgement(kept);
      const isThere = stood !== undefined && stood.log === judgedAt?.log && stood.size === judgedAt.size;
      const what = () => `${program.id}: ${sent.digest} at ${stood?.size}, the intake at ${judgedAt?.size}`;
      this.#expect('judged-at-one-position', isThere, what);
    }
    this.#expect(
      'rules-at-posting-are-those-sealed',
      seal?.position === judgedAt?.size,
      () => `${program.id} was sealed at ${seal?.position}`,
    );
    const lowest = new Map<number, { readonly held: boolean; readonly digest: string }>();
    for (const { sent, kept } of rows) {
      const { judgement } = kept;
      const isQualified =
        judgement !== undefined && ('candidacy' in judgement || judgement.refused === 'application.duplicate_person');
      if (!isQualified) continue;
      const known = lowest.get(sent.holder.index);
      // What has to be confirmed yields to what need not be.
      const held = 'candidacy' in judgement && judgement.candidacy.held;
      const isBefore = known === undefined || (held === known.held ? sent.digest < known.digest : known.held);
      if (isBefore) lowest.set(sent.holder.index, { held, digest: sent.digest });
    }
    const counted = rows.filter(({ kept }) => kept.admitted === true).map(({ sent }) => sent.digest);
    const isSame =
      counted.sort().join() ===
      [...lowest.values()]
        .map(({ digest }) => digest)
        .sort()
        .join();
    this.#expect('arrivals-change-nothing', isSame, () => `${program.id}: others count than the lowest of each person`);
    const qualified = rows.map(({ sent }) => ({ application: sent.digest, nullifier: `${sent.holder.index}` }));
    const [there, back] = [qualified, qualified.toReversed()].map((order) =>
      admit(order, 'sealed')
        .admitted.map(({ application }) => application)
        .sort()
        .join(),
    );
    this.#expect('arrivals-change-nothing', there === back, () => `${program.id}: the order of people decides`);
  }

  async #checkDraw({ program, draw, seal, sealedAt }: ProgramRecord, rows: readonly Row[]): Promise<void> {
    if (this.#isSeen(`draw ${program.id}`)) return;
    const admitted = rows.filter(({ kept }) => kept.admitted === true);
    const claimants = admitted.map(({ kept }) => {
      const { want = '0', weight = '0' } = candidacyOf(kept);
      return { application: kept.application, want: BigInt(want), weight: BigInt(weight) };
    });
    const shares = sharesOf(program, claimants);
    if (shares !== undefined) {
      const total = [...shares.values()].reduce((sum, amount) => sum + amount, 0n);
      const isExact = draw?.allocated.total === `${total}`;
      this.#expect('shares-are-exact', isExact, () => `${program.id}: ${draw?.allocated.total} instead of ${total}`);
    }
    if (program.beacon === undefined) return;
    const reveals = await this.#money.distributor.reveals.read(programDigest(program));
    for (const { party, at } of reveals) {
      const isAfter = sealedAt !== undefined && at >= sealedAt.time;
      this.#expect('seed-after-seal', isAfter, () => `${party} revealed at ${at}, sealed at ${sealedAt?.time}`);
    }
    const isOrdered = seal !== undefined && draw !== undefined && sealedAt !== undefined && draw.entry >= sealedAt.size;
    this.#expect('seed-after-seal', isOrdered, () => `drawn at ${draw?.entry}, sealed at ${sealedAt?.size}`);
  }

  /** Money that is posted was confirmed by somebody who had read as far as the seal, and by rules nobody has changed. */
  async #checkPosted(record: ProgramRecord, { sent, kept }: Row): Promise<void> {
    const { program, judgedAt, digest } = record;
    const [transfer] = await this.#money.ledger.store.readTransfers([reserveOf(sent)]);
    if (transfer?.state !== 'posted' || this.#isSeen(`posted ${program.id} ${sent.digest}`)) return;
    // A program may say that who could not be confirmed in time is paid all the same.
    if (program.confirm.otherwise === 'post' && kept.payment?.settledBy === undefined) return;
    const isSameRules = digest === sent.application.program && programDigest(program) === digest;
    this.#expect('rules-at-posting-are-those-sealed', isSameRules, () => `${program.id} has other rules now`);
    // What is paid at once is confirmed by somebody who has read as far as when it was judged.
    const least = program.allocation.mode === 'instant' ? await this.#positionOfJudgement(kept) : judgedAt;
    const confirming = this.#money.north.confirming.get(kept.judgement?.verdict ?? '') ?? [];
    const isConfirmed = confirming.some(({ outcome, allows, basis }) => {
      const { reachIn, truthOf, truth } = this.#world;
      const hasRead = least !== undefined && reachIn(least.log, basis.positions) >= least.size;
      const own = truthOf(basis.positions[0]?.log ?? '') ?? truth;
      const isTrue = own.statusAt(sent.holder.list ?? LIST, sent.holder.index, basis) === 'valid';
      return hasRead && isTrue && outcome === 'valid' && allows.effect === 'final';
    });
    const what = () =>
      `${program.id}: ${sent.digest} was paid on ${confirming.map(({ outcome }) => outcome).join(' ')}`;
    this.#expect('posting-needs-a-later-verdict', isConfirmed, what);
  }

  /** How far the verdict had read on which somebody was judged. */
  async #positionOfJudgement({ judgement }: KeptApplication): Promise<Position | undefined> {
    const record = await this.#money.north.verdicts.read(judgement?.verdict ?? '');
    return record && parseVerdictEnvelope(record.signed).envelope.verdict.basis.positions[0];
  }

  async #checkSent(sent: Sent): Promise<void> {
    const { program, digest, kind, acknowledgement } = sent;
    if (kind === 'swapper') {
      const isRefused = acknowledgement === undefined;
      this.#expect('only-what-the-holder-signed', isRefused, () => `${program.id}: a swapped destination was accepted`);
    }
    for (const { crossing, owners } of await this.#custodyOf(sent)) {
      const what = () => `${program.id}: the ${crossing} of ${digest} belongs to ${owners.join(' and ') || 'nobody'}`;
      this.#expect('exactly-one-owner', owners.length === 1, what);
    }
    const kept = await this.#money.distributor.store.read(program.id, digest);
    const due = kept?.payment?.amount ?? 0n;
    const paid = await this.#paidTo(sent);
    this.#expect('never-paid-twice', paid <= due, () => `${program.id}: ${paid} went out for ${due} of ${digest}`);
  }

  async #paidTo(sent: Sent): Promise<bigint> {
    const { bank, ledger } = this.#money;
    const account = accountOf(sent);
    if (account === undefined) return bank.paidTo(encodeDestination(sent.application.destination));
    const [found] = await ledger.store.readAccounts([account]);
    return found?.creditsPosted ?? 0n;
  }

  /** Each line that the bank has taken goes where the holder of its application signed that it should, or somebody did. */
  #checkLines(): void {
    const { sent, bank } = this.#money;
    const { taken } = bank.rail;
    for (; this.#linesSeen < taken.length; this.#linesSeen += 1) {
      const line = taken[this.#linesSeen];
      const one = sent.find((candidate) => settlementLineId(postOf(candidate)) === line?.lineId.split('-')[0]);
      const signers = one === undefined ? sent : [one];
      const to = line && encodeDestination(line.destination);
      const isSigned = signers.some(({ application }) => encodeDestination(application.destination) === to);
      this.#expect('only-what-the-holder-signed', isSigned, () => `${line?.lineId} goes to ${to}, which nobody signed`);
    }
  }

  #recordOf(id: string): ProgramRecord | undefined {
    const { distributor, north } = this.#money;
    const followers = [distributor.follower, north.follower, this.#world.governor().follower];
    const records = followers.map((follower) => follower?.state.programs.get(id));
    return records.find((record) => record?.draw) ?? records.find((record) => record?.seal) ?? records.find(Boolean);
  }

  #isSeen(what: string): boolean {
    if (this.#seen.has(what)) return true;
    this.#seen.add(what);
    return false;
  }
}

async function readAll(store: LedgerStore): Promise<Account[]> {
  const accounts: Account[] = [];
  for (let answer = 0; answer < MAX_ANSWERS; answer += 1) {
    const found = await store.readAccountsAfter(accounts.at(-1)?.id, MAX_ACCOUNTS);
    accounts.push(...found);
    if (found.length < MAX_ACCOUNTS) break;
  }
  return accounts;
}

function reserveOf({ program, digest }: Sent) {
  return parseTransferId(`reserve.${program.id}.${digest}`);
}

function candidacyOf({ judgement }: KeptApplication): { readonly want?: string; readonly weight?: string } {
  return judgement !== undefined && 'candidacy' in judgement ? judgement.candidacy : {};
}
