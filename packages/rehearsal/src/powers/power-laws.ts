import {
  type Applied,
  type NetworkState,
  type Party,
  type Power,
  parseApproval,
  type StatementBody,
  type StatementOf,
  thumbprint,
} from '@holdfast/core';
import type { Oracles } from '../oracles.ts';
import { DAY_MS, EXCEPTION_QUORUM } from './powers-signing.ts';

type Announced = { readonly at: number; readonly noticeMs: number; readonly lapsesAt?: number };

/** What was really entered, remembered by rules of our own: what the fold makes of it is held against this. */
export class PowerLaws {
  readonly #oracles: Oracles;
  readonly #stolen = new Set<string>();
  readonly #announced = new Map<number, Announced>();
  readonly #cancelled = new Set<number>();
  readonly #powers = new Map<string, { readonly power: Power; readonly approved: number }>();
  #inForce = 0;

  constructor(oracles: Oracles) {
    this.#oracles = oracles;
  }

  /** Before an entry is applied: what has to be compared after it. */
  look(state: NetworkState, body: StatementBody): (applied: Applied, digest?: string) => void {
    const before = body.type === 'party' ? state.parties.get(body.party.id) : undefined;
    const [index, inForce] = [state.tree.size, state.rulebook];
    return (applied, digest) => {
      if (!applied.ok || inForce === undefined) return;
      if (body.type === 'decision' && digest !== undefined) {
        this.#powers.set(digest, { power: body.power, approved: body.approvals.length });
        this.#expectApproved(state, body, inForce);
      }
      if (body.type === 'party') this.#expectNarrow(state, before, body);
      if (body.type === 'cancellation') this.#cancelled.add(body.amendment);
      if (body.type === 'rulebook' && index > 0) {
        const ends = body.lapsesAt === undefined ? {} : { lapsesAt: body.lapsesAt };
        this.#announced.set(index, { at: state.time, noticeMs: inForce.body.notice.amendMs, ...ends });
      }
    };
  }

  /** After an epoch: which rules are in force, and what stolen keys still count for. */
  lookAtEpoch(state: NetworkState, wasNoticeMs: number): void {
    const { rulebook, time } = state;
    if (rulebook === undefined) return;
    const { index } = rulebook;
    const said = this.#announced.get(index);
    const isBack = index < this.#inForce;
    const isNoticed = said === undefined || time - said.at >= said.noticeMs || said.lapsesAt !== undefined;
    const isLooser = rulebook.body.notice.amendMs < wasNoticeMs;
    // Back to what an emergency stood in for is no loosening that anybody decided on.
    const mayLoosen = isBack || (isNoticed && said?.lapsesAt === undefined);
    const isOver = said?.lapsesAt !== undefined && said.lapsesAt <= time;
    const stoodTooLong = said?.lapsesAt !== undefined && said.lapsesAt > said.at + 3 * 86_400_000;
    if (index !== this.#inForce || said?.lapsesAt !== undefined) {
      const isRight = isNoticed && (!isLooser || mayLoosen) && !isOver && !stoodTooLong && !this.#cancelled.has(index);
      const what = () => `#${index} in force, ${isLooser ? 'looser' : 'no looser'} than #${this.#inForce}`;
      this.#oracles.expect('rules-loosen-only-after-notice', isRight, time, what);
    }
    this.#inForce = index;
    this.#expectFilled(state);
  }

  isStolen(key: string): boolean {
    return this.#stolen.has(key);
  }

  #expectApproved(
    { time }: NetworkState,
    body: StatementOf<'decision'>,
    { index, body: rules }: NonNullable<NetworkState['rulebook']>,
  ): void {
    const keys = new Set(body.approvals.map((approval) => parseApproval(approval).kid));
    const sound = [...keys].filter((key) => !this.#stolen.has(key)).length;
    const quorum = rules.powers.find(({ power }) => power === body.power)?.quorum ?? Number.POSITIVE_INFINITY;
    const whose = () => `${sound} of ${quorum} sound keys to ${body.power}`;
    this.#oracles.expect('stolen-key-counts-for-nothing', sound >= quorum, time, whose);
    const isCited = body.rulebook === index || (body.rulebook < index && body.power === 'revoke');
    const cited = () => `${body.power} under #${body.rulebook}, in force is #${index}`;
    this.#oracles.expect('decided-under-rules-in-force', isCited, time, cited);
  }

  /** One officer alone lessens, and gives nobody anything. */
  #expectNarrow({ time }: NetworkState, before: Party | undefined, { party, decision }: StatementOf<'party'>): void {
    const { power, approved = 0 } = this.#powers.get(decision) ?? {};
    this.#expectExceptions(before, party, { power, approved, time });
    const stays = (before?.keys ?? []).every(
      ({ key, compromised }) =>
        compromised === undefined || party.keys.some((now) => isSame(now.key, key) && now.compromised === compromised),
    );
    const isAnew = ({ key, compromised }: Party['keys'][number]) =>
      compromised === undefined &&
      this.#stolen.has(thumbprint(key)) &&
      !before?.keys.some((was) => was.compromised === undefined && isSame(was.key, key));
    const isSound = stays && !party.keys.some(isAnew);
    this.#oracles.expect('stolen-key-counts-for-nothing', isSound, time, () => `${party.id} has its stolen key back`);
    for (const { key, compromised } of party.keys) if (compromised !== undefined) this.#stolen.add(thumbprint(key));
    if (before === undefined || power === undefined || power === 'accredit' || power === 'enrol') return;
    const gains = gainsOf(before, party);
    const mayGain = power === 'rotate' && party.kind === 'issuer' ? ['key'] : [];
    const isNarrow = gains.every((gain) => mayGain.includes(gain));
    const what = () => `${power} gave ${party.id}: ${gains.join(', ')}`;
    this.#oracles.expect('narrow-power-gives-nothing', isNarrow, time, what);
  }

  /** Only by its own power, by as many as it takes, and no longer than it may be. */
  #expectExceptions(
    before: Party | undefined,
    { id, accreditations }: Party,
    { power, approved, time }: { readonly power: Power | undefined; readonly approved: number; readonly time: number },
  ): void {
    const known = (before?.accreditations ?? []).map(({ exception }) => exception?.until);
    for (const { exception } of accreditations) {
      if (exception === undefined || known.includes(exception.until)) continue;
      const isRight = power === 'except' && approved >= EXCEPTION_QUORUM && exception.until <= time + DAY_MS;
      const what = () => `${power} by ${approved} excepted ${id} for ${exception.until - time} ms`;
      this.#oracles.expect('narrow-power-gives-nothing', isRight, time, what);
    }
  }

  #expectFilled({ lists, time }: NetworkState): void {
    for (const list of lists.values()) {
      if (!this.#stolen.has(list.key)) continue;
      const [first, middle, last] = [0, list.size >> 1, list.size - 1].map((at) => list.values[at]);
      const isFull = first === 1 && middle === 1 && last === 1;
      this.#oracles.expect('stolen-key-counts-for-nothing', isFull, time, () => `${list.id} is not all revoked`);
    }
  }
}

/** What somebody has after the change and had not before: a key, what it issues, a role. */
function gainsOf(before: Party, after: Party): string[] {
  const gains: string[] = [];
  if (after.keys.some(({ key }) => !before.keys.some((was) => isSame(was.key, key)))) gains.push('key');
  const wasMarked = before.keys.filter(({ compromised }) => compromised !== undefined).length;
  const isMarked = after.keys.filter(({ compromised }) => compromised !== undefined).length;
  if (isMarked < wasMarked) gains.push('a stolen key');
  const times = [0, 1, 500, 1000, 1500, Number.MAX_SAFE_INTEGER - 1];
  const may = ({ accreditations }: Party, at: number, level: number) =>
    accreditations.some(
      ({ from, until = Number.MAX_SAFE_INTEGER, assurance }) =>
        from <= at && at < until && ['low', 'substantial', 'high'].indexOf(assurance) >= level,
    );
  const more = times.some((at) => [0, 1, 2].some((level) => may(after, at, level) && !may(before, at, level)));
  if (more) gains.push('an accreditation');
  if ((after.roles ?? []).some((role) => !(before.roles ?? []).includes(role))) gains.push('a role');
  return gains;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
