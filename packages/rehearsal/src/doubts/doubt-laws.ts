import {
  type CaseRecord,
  encodeAttemptId,
  encodeDestination,
  isOpenCase,
  latestEnd,
  type NetworkState,
  ownerOfCase,
  ownerOfSettlement,
  rulingsOf,
  settlementLineId,
  stateOfSettlement,
  wordsOfOwner,
} from '@holdfast/core';
import { type KeptApplication, settledByEntry } from '@holdfast/server/roles';
import { accountOf, type Sent } from '../money/money.ts';
import { sharesOf } from '../money/shares.ts';
import type { OracleName } from '../oracles.ts';
import type { DoubtsWorld } from './doubts.ts';

type Row = { readonly sent: Sent; readonly kept: KeptApplication };
type Money = NonNullable<KeptApplication['payment']>['state'];

const MAX_ACCOUNTS = 1000;
/** About one silent payment, in the time that there is. */
const MAX_CASES = 8;
/** Money that is still the program's own: nobody has it. */
const MOVED: readonly (Money | undefined)[] = ['posted', 'carried', 'voided'];

/**
 * Holds what the distributor and the ledger keep, and the log, against the laws of money in doubt: at every step of the
 * schedule at which one of them may have changed, and in the end.
 */
export class DoubtLaws {
  readonly #doubts: DoubtsWorld;
  /** What was looked at once for good, when it had come to that. */
  readonly #seen = new Set<string>();
  /** Applications whose money was set aside while they were in doubt. */
  readonly #held = new Map<string, Sent>();

  constructor(doubts: DoubtsWorld) {
    this.#doubts = doubts;
  }

  async check(): Promise<void> {
    const state = this.#state();
    if (state === undefined) return;
    for (const program of this.#doubts.money.programs) {
      const rows = await this.#readRows(program.id);
      for (const row of rows) await this.#checkDoubt(row, state);
      this.#checkLate(rows, state);
      this.#checkPeople(rows);
    }
    await this.#checkLedger();
    await this.#checkSilent(state);
  }

  /** Every program has ended, nobody waits for an answer, and every case is over. */
  async isOver(): Promise<boolean> {
    const { money, desk } = this.#doubts;
    const { distributor } = money;
    if (distributor.running === undefined || desk.running === undefined) return false;
    for (const { uniqueness } of money.programs) {
      if ((await distributor.store.readKey(uniqueness.key)) !== undefined) return false;
    }
    const cases = [...(this.#state()?.docket.cases.values() ?? [])];
    const isOpen = cases.some((record) => isOpenCase(record) && record.about === 'application');
    return !isOpen && (await distributor.filed.readWaiting(1)).length === 0;
  }

  async prove(): Promise<void> {
    const { money } = this.#doubts;
    const state = this.#state();
    for (const { id, uniqueness } of money.programs) {
      const hasEnded = (await money.distributor.store.readKey(uniqueness.key)) === undefined;
      this.#expect('every-program-ends', hasEnded, () => id);
    }
    if (state === undefined) return;
    const open = [...state.docket.cases.values()].filter((one) => isOpenCase(one) && one.about === 'application');
    this.#expect('doubt-has-one-case', open.length === 0, () => `${open.map(({ id }) => id)} never ended`);
    for (const { sent, case: id } of this.#doubts.complaints) {
      const isKnown = id === undefined || state.docket.cases.has(id);
      this.#expect(
        'doubt-has-one-case',
        isKnown,
        () => `${sent.digest} was told of ${id}, which the log does not have`,
      );
    }
    for (const sent of this.#held.values()) await this.#proveDoubt(sent, state);
    for (const { id } of money.programs) await this.#proveAdmissions(id, state);
    await this.#proveDrawn(state);
    await this.#proveSilent(state);
  }

  #expect(oracle: OracleName, holds: boolean, what: () => string): void {
    const { oracles, scheduler } = this.#doubts.world;
    oracles.expect(oracle, holds, scheduler.now, what);
  }

  /** Of whoever has read furthest. */
  #state(): Readonly<NetworkState> | undefined {
    const { money, desk, world } = this.#doubts;
    const followers = [desk.follower, money.distributor.follower, money.north.follower, world.governor().follower];
    const read = followers.filter((follower) => follower?.position !== undefined);
    return read.sort((a, b) => (b?.position?.size ?? 0) - (a?.position?.size ?? 0))[0]?.state;
  }

  async #readRows(program: string): Promise<Row[]> {
    const { money } = this.#doubts;
    const sent = money.sent.filter((one) => one.program.id === program && one.kind !== 'swapper');
    const kept = await Promise.all(sent.map(({ digest }) => money.distributor.store.read(program, digest)));
    return sent.flatMap((one, i) => {
      const row = kept[i];
      return row === undefined ? [] : [{ sent: one, kept: row }];
    });
  }

  /** What the distributor was told of its filing. */
  async #receiptOf({ program, digest }: Sent) {
    const kept = await this.#doubts.money.distributor.filed.read(`doubt.${program.id}.${digest}`);
    return kept?.outcome !== undefined && 'receipt' in kept.outcome ? kept.outcome.receipt : undefined;
  }

  /** Every case about it, by what whoever filed one was told. */
  async #casesAbout(sent: Sent, state: Readonly<NetworkState>): Promise<CaseRecord[]> {
    const receipt = await this.#receiptOf(sent);
    const told = this.#doubts.complaints.filter((one) => one.sent === sent).map((one) => one.case);
    const ids = new Set([receipt?.id, ...told]);
    return [...ids].flatMap((id) => state.docket.cases.get(id ?? '') ?? []);
  }

  async #checkDoubt({ sent, kept }: Row, state: Readonly<NetworkState>): Promise<void> {
    const { payment, judgement } = kept;
    const isHeld = judgement !== undefined && 'candidacy' in judgement && judgement.candidacy.held;
    if (!isHeld || payment === undefined) return;
    if (payment.state === 'reserved') {
      this.#held.set(`${sent.program.id} ${sent.digest}`, sent);
      await this.#checkCase(sent, state);
      return;
    }
    if (MOVED.includes(payment.state) && !this.#isSeen(`moved ${sent.program.id} ${sent.digest}`)) {
      await this.#checkMoved({ sent, kept }, state);
    }
  }

  /** While the money waits: one open case at most, and none once that is overdue that the governor has promised. */
  async #checkCase(sent: Sent, state: Readonly<NetworkState>): Promise<void> {
    const records = await this.#casesAbout(sent, state);
    const open = records.filter(isOpenCase);
    const name = `${sent.program.id} ${sent.digest}`;
    const receipt = await this.#receiptOf(sent);
    if (receipt === undefined && open.length === 0) return;
    this.#expect('doubt-has-one-case', open.length <= 1, () => `${name} has ${open.length} open cases`);
    const isLate = receipt !== undefined && records.length === 0 && state.time > receipt.promisedBy;
    this.#expect('doubt-has-one-case', !isLate, () => `${name} was acknowledged, and has no case`);
    for (const record of open) {
      const owner = wordsOfOwner(ownerOfCase(record));
      const isKept = owner !== '' && record.dueAt > state.time && latestEnd(record) >= record.dueAt;
      this.#expect('doubt-has-one-case', isKept, () => `${record.id}: "${owner}" until ${record.dueAt}`);
    }
  }

  /** Money of somebody in doubt has moved: by a verdict that is none any more, by what was ruled, or by default where nobody looks. */
  async #checkMoved({ sent, kept }: Row, state: Readonly<NetworkState>): Promise<void> {
    const { payment } = kept;
    const by = payment?.settledBy;
    const records = await this.#casesAbout(sent, state);
    const entries = [rulingsOf(state, sent.program.id).admissions.get(sent.digest), ...dismissals(records)];
    const isRuled = entries.some((entry) => entry !== undefined && by === settledByEntry(entry));
    const isPaid = payment?.state !== 'voided';
    // Whoever was killed when it had paid, and meets a verifier that is silent, knows only that it has paid.
    const isVerdict = isPaid ? by?.startsWith('entry-') !== true : by !== undefined && !by.startsWith('entry-');
    const isCleared = isVerdict && (!isPaid || !this.#doubts.doubting.isDoubted(sent));
    const isDefault = by === undefined && !isPaid && records.every((record) => !isOpenCase(record));
    const what = () => `${sent.program.id} ${sent.digest} is ${payment?.state} by ${by}, ${records.map(wordsOf)}`;
    this.#expect('doubt-waits-for-its-case', isRuled || isCleared || isDefault, what);
  }

  /** Who is admitted late comes after all who stand in the lists, and gets what they get. */
  #checkLate(rows: readonly Row[], state: Readonly<NetworkState>): void {
    const late = rows.filter(({ kept }) => isLate(kept) && kept.payment !== undefined);
    const listed = rows.filter(({ kept }) => kept.admitted === true && !isLate(kept));
    const [first] = rows;
    if (first === undefined) return;
    const { program } = first.sent;
    const out = rows.reduce(
      (sum, { kept }) => sum + (kept.payment?.state === 'voided' ? 0n : (kept.payment?.amount ?? 0n)),
      0n,
    );
    if (late.length > 0) {
      this.#expect('late-takes-from-nobody', out <= BigInt(program.budget), () => `${program.id}: ${out} is out`);
    }
    for (const { sent, kept } of late) {
      if (this.#isSeen(`late ${program.id} ${sent.digest}`)) continue;
      const isAfter = listed.every((row) => row.kept.payment !== undefined);
      const due = shareIn(listed, kept, program);
      const isSame = kept.payment?.amount === due;
      const what = () => `${program.id} ${sent.digest}: ${kept.payment?.amount} where others like it have ${due}`;
      this.#expect('late-takes-from-nobody', isAfter && isSame, what);
      const isRuled = rulingsOf(state, program.id).admissions.has(sent.digest);
      this.#expect('late-takes-from-nobody', isRuled, () => `${program.id} ${sent.digest}: nobody admitted it`);
    }
  }

  #checkPeople(rows: readonly Row[]): void {
    const people = new Map<number, number>();
    for (const { sent, kept } of rows) {
      if (kept.payment === undefined || kept.payment.state === 'voided') continue;
      people.set(sent.holder.index, (people.get(sent.holder.index) ?? 0) + 1);
    }
    for (const [index, count] of people) {
      this.#expect('one-entitlement-per-person', count <= 1, () => `person ${index} counts ${count} times`);
    }
  }

  async #checkLedger(): Promise<void> {
    const { ledger, sent, distributor } = this.#doubts.money;
    const accounts = await ledger.store.readAccountsAfter(undefined, MAX_ACCOUNTS);
    const sum = accounts.reduce((all, account) => all + account.creditsPosted - account.debitsPosted, 0n);
    this.#expect('ledger-sums-to-zero', sum === 0n, () => `${sum}`);
    const paid = new Map(accounts.map(({ id, creditsPosted }) => [id, creditsPosted]));
    for (const one of sent) {
      const account = accountOf(one);
      const credited = account === undefined ? 0n : (paid.get(account) ?? 0n);
      if (credited === 0n) continue;
      const kept = await distributor.store.read(one.program.id, one.digest);
      const due = kept?.payment?.amount ?? 0n;
      this.#expect('never-paid-twice', credited <= due, () => `${one.digest}: ${credited} for ${due}`);
    }
  }

  /** Whose doubt has not cleared up by itself, has had a case, and an end. */
  async #proveDoubt(sent: Sent, state: Readonly<NetworkState>): Promise<void> {
    const { money, doubting } = this.#doubts;
    const kept = await money.distributor.store.read(sent.program.id, sent.digest);
    const name = `${sent.program.id} ${sent.digest}`;
    const isMoved = MOVED.includes(kept?.payment?.state);
    this.#expect('doubt-waits-for-its-case', isMoved, () => `${name} is still ${kept?.payment?.state}`);
    if (doubting.of(sent)?.clearsAt !== undefined || !doubting.isDoubted(sent)) return;
    const records = await this.#casesAbout(sent, state);
    this.#expect('doubt-has-one-case', records.length > 0, () => `${name} was in doubt to its end, and no case`);
  }

  /** Payments of which nobody knows, with the cases that the distributor was told of. */
  async #silent(state: Readonly<NetworkState>) {
    const { distributor } = this.#doubts.money;
    const lines = (await distributor.settlements.readOpen(MAX_ACCOUNTS)).filter(
      ({ settlement }) => ownerOfSettlement(settlement) === 'officers',
    );
    return Promise.all(
      lines.map(async (line) => {
        const attempt = encodeAttemptId(line.id, line.settlement.attempts.length);
        const matters = Array.from({ length: MAX_CASES }, (_, i) => `unanswered.${attempt}.${i + 1}`);
        const kept = await Promise.all(matters.map((matter) => distributor.filed.read(matter)));
        const ids = kept.flatMap((one) => (one?.outcome && 'receipt' in one.outcome ? [one.outcome.receipt.id] : []));
        const records = [...new Set(ids)].flatMap((id) => state.docket.cases.get(id) ?? []);
        return { line, isFiled: kept.some((one) => one !== undefined), records };
      }),
    );
  }

  async #checkSilent(state: Readonly<NetworkState>): Promise<void> {
    for (const { line, records } of await this.#silent(state)) {
      const open = records.filter(isOpenCase);
      this.#expect('silence-is-a-case', open.length <= 1, () => `${line.id} has ${open.length} open cases`);
    }
  }

  /** Whatever nobody knows in the end is somebody's case; what is known is what the bank has really done. */
  async #proveSilent(state: Readonly<NetworkState>): Promise<void> {
    const { bank, distributor, sent } = this.#doubts.money;
    for (const { line, isFiled } of await this.#silent(state)) {
      this.#expect('silence-is-a-case', isFiled, () => `nobody was told that ${line.id} is not known`);
    }
    for (const { program, digest, application } of sent) {
      const [line] = await distributor.settlements.read([settlementLineId(`post.${program.id}.${digest}`)]);
      const isRuled = line?.settlement.attempts.some(({ ruling }) => ruling !== undefined) === true;
      if (line === undefined || !isRuled) continue;
      const isPaid = bank.paidTo(encodeDestination(application.destination)) === line.amount;
      const isSaid = stateOfSettlement(line.settlement) === 'accepted';
      this.#doubts.world.verdicts.add(isPaid ? 'silent, and paid' : 'silent, and lost');
      this.#expect('silence-is-a-case', isSaid === isPaid, () => `${line.id} counts as ${isSaid}, and was ${isPaid}`);
    }
  }

  async #proveAdmissions(program: string, state: Readonly<NetworkState>): Promise<void> {
    const { money } = this.#doubts;
    const rulings = rulingsOf(state, program);
    const told = (await money.distributor.running?.distributor.find(program))?.exceptions ?? [];
    for (const [digest, entry] of rulings.admissions) {
      const sent = money.sent.find((one) => one.program.id === program && one.digest === digest);
      const view = told.find((one) => one.entry === entry);
      const kept = await money.distributor.store.read(program, digest);
      const account = sent && accountOf(sent);
      const [found] = account === undefined ? [] : await money.ledger.store.readAccounts([account]);
      // What a bank makes of it is its own law.
      const isThere = account === undefined || found?.creditsPosted === kept?.payment?.amount;
      const isPaid = kept?.payment?.state === 'carried' && isThere;
      const isTold = (view?.state === 'refused' || view?.state === 'too-late') && view.why !== undefined;
      const what = () => `${program} ${digest}: ${kept?.payment?.state ?? 'not paid'}, ${view?.state} ${view?.why}`;
      this.#doubts.world.verdicts.add(`admitted ${isPaid ? 'and paid' : (view?.why ?? view?.state)}`);
      this.#expect('admitted-is-paid-or-told', isPaid || isTold, what);
    }
  }

  /** Who stands in the lists has what was drawn, or had it returned; whoever came later took none of it. */
  async #proveDrawn(state: Readonly<NetworkState>): Promise<void> {
    for (const { id } of this.#doubts.money.programs) {
      const rows = await this.#readRows(id);
      const listed = rows.filter(({ kept }) => kept.admitted === true && !isLate(kept));
      const record = state.programs.get(id);
      const sum = listed.reduce((all, { kept }) => all + (kept.payment?.amount ?? 0n), 0n);
      const isDrawn = record?.draw?.allocated.total === `${sum}`;
      this.#expect(
        'late-takes-from-nobody',
        isDrawn,
        () => `${id}: ${record?.draw?.allocated.total}, and ${sum} planned`,
      );
      const states = listed.map(({ kept }) => kept.payment?.state);
      const isOver = states.every((one) => one === 'carried' || one === 'voided');
      this.#expect('nothing-acknowledged-is-lost', isOver, () => `${id}: ${states}`);
    }
  }

  #isSeen(what: string): boolean {
    if (this.#seen.has(what)) return true;
    this.#seen.add(what);
    return false;
  }
}

function isLate({ judgement }: KeptApplication): boolean {
  return judgement?.sealedAs !== undefined;
}

function dismissals(records: readonly CaseRecord[]): number[] {
  return records.filter((record) => !isOpenCase(record) && record.finding?.upheld !== true).map(({ entry }) => entry);
}

function wordsOf({ id, stage, finding }: CaseRecord): string {
  return `${id} ${stage} ${finding?.upheld ?? ''}`;
}

/** By the words of the rule: what somebody like this would have had among these. */
function shareIn(listed: readonly Row[], kept: KeptApplication, program: Sent['program']): bigint | undefined {
  const claimants = listed.map(({ kept: one }) => ({ application: one.application, want: wantOf(one), weight: 0n }));
  const shares = [...(sharesOf(program, claimants)?.entries() ?? [])];
  const want = wantOf(kept);
  const isFull = shares.every(([application, amount]) =>
    claimants.some((one) => one.application === application && one.want === amount),
  );
  const level = shares.reduce((most, [, amount]) => (amount > most ? amount : most), 0n);
  return isFull || want < level ? want : level;
}

function wantOf({ judgement }: KeptApplication): bigint {
  const candidacy = judgement !== undefined && 'candidacy' in judgement ? judgement.candidacy : undefined;
  return BigInt(candidacy?.want ?? '0');
}
