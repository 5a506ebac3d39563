import {
  type ActionClass,
  canonicalJson,
  DEFAULT_FRESHNESS,
  EFFECTS,
  type Evidence,
  type ForeignBitstring,
  type Judgement,
  judge,
  type NetworkView,
  TICK_MS,
  type Verdict,
} from '@holdfast/core';

/** What was found when a verdict was given once more, on the same evidence and on the same evidence grown old. */
export type CanaryFinding = {
  readonly verdict: Verdict;
  /** Milliseconds by which the evidence was made older: just past the end of a band of its class. */
  readonly agedByMs: number;
  readonly aged: Verdict;
  /**
   * What is wrong with it, and never should be. `not-repeatable`: the same evidence gives another verdict. `allows-more`: more
   * follows from the older evidence. `revocation-lost`: the older evidence has forgotten that it is revoked.
   */
  readonly fault?: 'not-repeatable' | 'allows-more' | 'revocation-lost';
};

/** Looks at a verdict that is about to be answered. Never throws, and changes nothing. */
export type Canary = (judgement: Judgement, verdict: Verdict) => void;

/** One in so many verdicts: what happens only when the network is away is then tried all day, at no cost that is felt. */
const CANARY_EVERY = 1000;

/**
 * Tries on purpose what otherwise happens only in an outage: every so many verdicts one is given again on the same evidence,
 * made older than each band of its class in turn. Pure work of some microseconds; nothing is asked or verified again.
 */
export function createCanary(options: {
  readonly tell: (finding: CanaryFinding) => void;
  readonly every?: number;
}): Canary {
  const { tell, every = CANARY_EVERY } = options;
  let seen = 0;
  return (judgement, verdict) => {
    seen += 1;
    // A question about a position has the same answer at any time.
    if (seen % every !== 0 || judgement.request.freshness.mode === 'at') return;
    tell(tryOlder(judgement, verdict, Math.floor(seen / every)));
  };
}

function tryOlder(judgement: Judgement, verdict: Verdict, turn: number): CanaryFinding {
  const ages = bandEnds(judgement.evidence, judgement.request.class);
  const agedByMs = (ages[turn % ages.length] ?? 0) + TICK_MS;
  // What ends at a known moment ends by the network's time or by the tick: made older, the tick alone has to keep it.
  const read = judgement.evidence.network?.position.time ?? 0;
  const tick = Math.max(judgement.tick, Math.ceil(read / TICK_MS));
  const aged = judge({ ...judgement, tick, evidence: ageBy(judgement.evidence, agedByMs) });
  const fault = faultOf(judgement, verdict, aged);
  return { verdict, agedByMs, aged, ...(fault === undefined ? {} : { fault }) };
}

/** What may be said of a credential that is revoked, however little else is known. */
const NEVER_AGAIN: ReadonlySet<Verdict['outcome']> = new Set(['invalid', 'revoked']);

function faultOf(judgement: Judgement, verdict: Verdict, aged: Verdict): CanaryFinding['fault'] {
  if (canonicalJson(judge(judgement)) !== canonicalJson(verdict)) return 'not-repeatable';
  if (verdict.outcome === 'revoked' && !NEVER_AGAIN.has(aged.outcome)) return 'revocation-lost';
  const rank = ({ allows }: Verdict) => EFFECTS.indexOf(allows.effect);
  return rank(aged) > rank(verdict) || (aged.outcome === 'valid' && verdict.outcome !== 'valid')
    ? 'allows-more'
    : undefined;
}

/** Where live, recent and stale end for this class, by whoever vouches for the issuer. */
function bandEnds({ network, issuerKey }: Evidence, action: ActionClass): number[] {
  const rules = network?.rulebook?.body.freshness ?? DEFAULT_FRESHNESS;
  const isOurs = issuerKey?.source === 'network' || issuerKey?.source === 'recognised';
  const { liveMs, recentMs, staleMs } = rules[isOurs ? 'network' : 'foreign'][action];
  return [liveMs, recentMs, staleMs];
}

function ageBy(evidence: Evidence, byMs: number): Evidence {
  const { network, recognised, issuerKey, status, bitstrings } = evidence;
  const other = recognised?.network;
  return {
    ...evidence,
    ...(network === undefined ? {} : { network: ageView(network, byMs) }),
    ...(recognised === undefined || other === undefined
      ? {}
      : { recognised: { ...recognised, network: ageView(other, byMs) } }),
    ...(issuerKey?.asOf === undefined ? {} : { issuerKey: { ...issuerKey, asOf: issuerKey.asOf - byMs } }),
    ...(status?.ok === true ? { status: { ...status, asOf: status.asOf - byMs } } : {}),
    ...(bitstrings === undefined ? {} : { bitstrings: bitstrings.map((list) => ageList(list, byMs)) }),
  };
}

function ageView(view: NetworkView, byMs: number): NetworkView {
  const { position, witnessed } = view;
  const word = witnessed?.time === undefined ? {} : { witnessed: { ...witnessed, time: witnessed.time - byMs } };
  return { ...view, position: { ...position, time: position.time - byMs }, ...word };
}

function ageList(list: ForeignBitstring, byMs: number): ForeignBitstring {
  return list.ok ? { ...list, asOf: list.asOf - byMs } : list;
}
