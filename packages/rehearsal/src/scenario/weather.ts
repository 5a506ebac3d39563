import { atDesk, decide } from '../deciding.ts';
import type { BankManners } from '../money/bank.ts';
import { CLEAR_LINE, type LineConditions, type LossyLine } from '../money/lossy-line.ts';
import type { Money } from '../money/money.ts';
import { HEALTHY, type Wire } from '../wire.ts';
import type { World } from '../world.ts';
import type { Coming } from './arriving.ts';
import { pick } from './people.ts';
import type { FaultOf, Moment, ScenarioFault } from './scenario.ts';

/** A bank that answers every payment within half a minute. */
export const PLAIN_BANK: BankManners = { late: 0, rejects: 0, mute: 0, lost: 0 };

/** How long after the first sending the same is sent again, milliseconds. */
const AGAIN_MS = 400;

type Periodic = Extract<ScenarioFault, { readonly for: number }>;

/** What goes wrong where, now: begun and ended by the clock, and over at the latest at `end`. */
export type Weather = {
  readonly start: () => void;
  /** Told once the lists are sealed: what waits for that begins. */
  readonly sealed: () => void;
  readonly end: () => void;
  readonly bank: () => BankManners;
  /** Of all faults, the latest moment that is known of beforehand. Unix milliseconds. */
  readonly lastMs: number;
};

export type WeatherPlaces = {
  readonly world: World;
  readonly money: () => Money;
  readonly issuerLine: LossyLine;
  readonly coming: readonly Coming[];
  readonly window: { readonly opensAt: number; readonly closesAt: number };
};

export function createWeather(places: WeatherPlaces, faults: readonly ScenarioFault[]): Weather {
  const { world, window } = places;
  const { scheduler } = world;
  const active = new Map<Periodic, number>();
  const waiting: (() => void)[] = [];
  let isOver = false;
  const ofKind = <What extends Periodic['what']>(what: What) =>
    [...active.keys()].filter((one): one is FaultOf<What> & Periodic => one.what === what);

  function apply(): void {
    applyLines(places, ofKind);
    applyWires(places, ofKind);
    const { skews } = places.money();
    for (const [part, skew] of [
      ['verifier', skews.north],
      ['distributor', skews.distributor],
      ['ledger', skews.ledger],
    ] as const) {
      skew.set(ofKind('wrong-clock').reduce((sum, fault) => sum + (fault.part === part ? fault.by : 0), 0));
    }
    world.desk.lateMs = (officer) => {
      const late = ofKind('late-officers').reduce((sum, { by }) => sum + by, 0);
      const silent = officer === world.officers[0] ? ofKind('silent-officer') : [];
      return late + Math.max(0, ...silent.map((fault) => (active.get(fault) ?? 0) - scheduler.now));
    };
  }

  function begin(fault: ScenarioFault, i: number): void {
    if (isOver) return;
    world.faults.add(fault.what);
    if (fault.what === 'revoked') atDesk(world, revoke(places, fault, i));
    if (!('for' in fault)) return;
    active.set(fault, scheduler.now + fault.for);
    if (fault.what === 'away' && fault.part === 'network') world.network().stayAway(fault.for);
    apply();
    scheduler.after(fault.for, () => {
      active.delete(fault);
      apply();
    });
  }

  const atOf = ({ of, afterMs }: Moment) => (of === 'close' ? window.closesAt : window.opensAt) + afterMs;
  return {
    lastMs: Math.max(
      0,
      ...faults.map((fault) =>
        'from' in fault && fault.from.of !== 'seal' ? atOf(fault.from) + ('for' in fault ? fault.for : 0) : 0,
      ),
    ),
    bank: () => {
      const [silent] = ofKind('silent-bank');
      return silent === undefined ? PLAIN_BANK : { ...PLAIN_BANK, mute: silent.payments, lost: silent.unpaid };
    },
    start() {
      for (const [i, fault] of faults.entries()) {
        if (fault.what === 'crashes') world.crossings.armEach();
        if (fault.what === 'asked-again') sendAgain(places, fault, atOf(fault.from));
        if (!('from' in fault)) continue;
        const { from } = fault;
        if (from.of === 'seal') waiting.push(() => scheduler.after(from.afterMs, () => begin(fault, i)));
        else scheduler.at(atOf(from), () => begin(fault, i));
      }
    },
    sealed: () => {
      for (const run of waiting.splice(0)) run();
    },
    end() {
      isOver = true;
      active.clear();
      apply();
      world.crossings.spare();
      for (const witness of world.witnesses) witness.heal();
    },
  };
}

type OfKind = <What extends Periodic['what']>(what: What) => readonly (FaultOf<What> & Periodic)[];

function applyLines({ money, issuerLine }: WeatherPlaces, ofKind: OfKind): void {
  const { lines } = money();
  const away = new Set(ofKind('away').map(({ part }) => part));
  const bad = ofKind('bad-lines');
  const conditions: LineConditions = {
    ...CLEAR_LINE,
    loss: Math.max(0, ...bad.map(({ lost }) => lost)),
    tail: Math.max(0, ...bad.map(({ late }) => late)),
  };
  const ends = [
    ['distributor', lines.door],
    ['verifier', lines.verifier],
    ['ledger', lines.ledger],
    ['bank', lines.bank],
    ['issuer', issuerLine],
  ] as const;
  for (const [part, line] of ends) line.conditions = { ...conditions, isCut: away.has(part) };
}

function applyWires({ money, world }: WeatherPlaces, ofKind: OfKind): void {
  const { north, distributor } = money();
  const cut = new Set(ofKind('cut-off').map(({ part }) => part));
  const loss = Math.max(0, ...ofKind('bad-lines').map(({ lost }) => lost));
  const ends: readonly (readonly [FaultOf<'cut-off'>['part'], Wire])[] = [
    ['verifier', north.wire],
    ['distributor', distributor.wire],
    ['governor', world.governor().wire],
  ];
  for (const [part, wire] of ends) {
    const isCut = cut.has(part);
    wire.conditions = isCut || loss > 0 ? { ...HEALTHY, loss, isRequestCut: isCut, isAnswerCut: isCut } : HEALTHY;
  }
}

/** Officers take the value of these people's credentials away, by one decision, each in their own time. */
async function revoke({ world, coming }: WeatherPlaces, fault: FaultOf<'revoked'>, i: number): Promise<void> {
  const able = coming.filter(
    ({ applicant }) => !applicant.isExtra && applicant.issuer === (fault.issuer ?? applicant.issuer),
  );
  const chosen = pick(fault.people, able, world.random.fork(`revoked ${i}`));
  const targets = chosen.map(({ applicant: { holder } }) => ({
    list: holder.list ?? world.place.list,
    index: holder.index,
  }));
  if (targets.length === 0) return;
  const request = { power: 'revoke', class: 'residence-ended', targets, reason: 'scenario' } as const;
  const proposal = await decide(world, `revoked ${i}`, request);
  if (proposal === undefined) return;
  for (const target of targets) world.desk.authorised.push({ id: proposal.id, target, power: 'revoke' });
}

/** Wallets that do not believe what they are told send the same once more, and once more. */
function sendAgain(
  { world: { scheduler }, money, coming }: WeatherPlaces,
  fault: FaultOf<'asked-again'>,
  from: number,
): void {
  for (const { sent } of coming) {
    if (sent.at < from || sent.at >= from + fault.for) continue;
    for (let time = 1; time <= fault.times; time += 1) {
      scheduler.at(sent.at + time * AGAIN_MS, () => {
        const { distributor, lines } = money();
        const { application, presentation, program } = sent;
        lines.door
          .ask(
            () => distributor.running,
            (running) => running.distributor.apply(program.id, { application, presentation }),
            () => new Error('No answer.'),
          )
          .catch(() => undefined);
      });
    }
  }
}
