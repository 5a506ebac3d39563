import { keysInForce } from '../fold/authority.ts';
import type { Party } from '../fold/statement.ts';
import { type Grant, grantOf, type Rulebook } from './rulebook.ts';
import { type PowersOf, type StandingPowers, standingPowers } from './standing-powers.ts';

/** Somebody who holds a key, in words: nothing here is a promise of the rules that the fold does not keep. */
export type KeyHolder = {
  readonly who: string;
  readonly key: string;
  /** What its holder can do with nobody else. */
  readonly alone: string;
  /** The worst that a thief of it can do, and until when. */
  readonly thief: string;
  readonly until: string;
  /** What stops, for everybody, while it is lost. */
  readonly lost: string;
};

/** Everybody whose key counts for something: what each can do alone, what a thief could, and for how long. Pure. */
export function keyHolders(of: PowersOf): KeyHolder[] {
  const standing = standingPowers(of);
  const { parties = [] } = of;
  return [
    ...roleHolders(of.rulebook, standing),
    ...standing.officers.map(({ id }) => officerHolder(of.rulebook, standing, id)),
    ...parties.flatMap((party) => partyHolders(party, of, standing)),
    ADMIN,
  ];
}

const ADMIN: KeyHolder = {
  who: 'operator',
  key: 'admin key (HTTP)',
  alone: 'opens the doors of operators: offers credentials, drafts decisions, reads what decisions are about',
  thief:
    'gets credentials issued to anybody who the issuer does not ask about again, and reads openings; revokes and pays nobody',
  until: 'the operator replaces it (the file keys/admin, and a restart)',
  lost: 'operators use no door until it is replaced; nothing that runs stops',
};

function roleHolders(rulebook: Rulebook, standing: StandingPowers): KeyHolder[] {
  const { witnesses, tickMs } = rulebook;
  const amend = needs(standing, 'amend');
  const isSeen =
    witnesses === undefined
      ? 'nobody, before two followers compare'
      : `${witnesses.quorum} of ${witnesses.members.length} witnesses`;
  return [
    {
      who: 'network',
      key: 'log key (checkpoints)',
      alone: 'orders statements, leaves some out, stops; decides nothing',
      thief: `shows different logs to different people; noticed by ${isSeen}`,
      until: `officers change it: ${amend}, at once (decide rotate-log-key)`,
      lost: 'no new checkpoint, so nothing new takes effect; what was read goes on ageing',
    },
    {
      who: 'network',
      key: 'statement key (epochs)',
      alone: `says what time it is in the log, every ${tickMs} ms; an epoch that does not follow from the log is refused by everybody`,
      thief: 'with the log key: stops or hastens time, so that suspensions lapse and windows close at the wrong time',
      until: 'a new log succeeds this one: it is part of the identity of the network',
      lost: 'no epochs: nothing new takes effect',
    },
    {
      who: 'governor',
      key: 'statement key',
      alone: 'carries out what officers have signed, or does not; without their signatures nothing of its counts',
      thief:
        'delays decisions, and fills the log with entries that everybody refuses; revokes, accredits and pays nobody',
      until: 'a new log succeeds this one: it is part of the identity of the network',
      lost: 'no decision is carried out: nobody is revoked, accredited or paid by decision',
    },
    ...(witnesses?.members ?? []).map(({ vkey }) => ({
      who: vkey.split('+')[0] ?? 'witness',
      key: 'witness cosignature',
      alone: 'nothing: says when it saw the log',
      thief: `${witnesses?.quorum} of them with the log key show a forked log as confirmed, or make old evidence look young`,
      until: `officers name others: ${amend}, after ${words(rulebook.notice.amendMs)} of notice`,
      lost: `nothing while ${witnesses?.quorum} others answer; else evidence ages and verdicts reserve or queue`,
    })),
  ];
}

function officerHolder(rulebook: Rulebook, standing: StandingPowers, id: string): KeyHolder {
  const own = standing.powers.filter(({ holders }) => holders.includes(id));
  const alone = own.filter((power) => power.alone.includes(id)).map(({ power }) => power);
  const shared = own.filter(({ quorum }) => quorum > 1).map(({ power, quorum }) => `${power} (1 of ${quorum})`);
  const stops = standing.vanishing.find(({ officers }) => officers.length === 1 && officers[0] === id)?.stops ?? [];
  const suspend = grantOf(rulebook, 'suspend');
  const bound = alone.includes('suspend') && suspend !== undefined ? ` ${boundOfSuspending(suspend)}` : '';
  return {
    who: id,
    key: 'officer',
    alone: alone.length === 0 ? 'nothing' : alone.join(', '),
    thief: `${alone.length === 0 ? 'Nothing alone' : alone.join(', ')}; counts for ${shared.join(', ') || 'nothing'} together with others.${bound}`,
    until: `officers end the key: ${needs(standing, 'rotate')}, with the next epoch`,
    lost: stops.length === 0 ? 'nothing' : stops.join(', '),
  };
}

function boundOfSuspending({ maxTargets, maxDurationMs = 0, againAfterMs }: Grant): string {
  const again = againAfterMs === undefined ? ', again and again' : `, and not again for ${words(againAfterMs)}`;
  return `Suspends ${maxTargets} at a time, each for at most ${words(maxDurationMs)}${again}.`;
}

const USES = {
  credential: {
    alone: 'issues credentials of the types it is accredited for',
    thief: 'issues any such credential to anybody, for every verifier that accepts the issuer',
    lost: 'nothing new is issued, and its list tokens get old; verifiers of this network go on by the log',
  },
  statement: {
    alone: 'speaks for it in the log: opens lists, or takes in, seals and draws its programs',
    thief: 'opens lists, or acknowledges, seals and draws falsely within what its programs were released for',
    lost: 'no list is opened, and no program goes on',
  },
  verdict: {
    alone: 'signs verdicts',
    thief: 'signs verdicts that stand on nothing; whoever replays them finds out',
    lost: 'this verifier gives none',
  },
  acceptance: {
    alone: 'signs what the ledger accepted; moves nothing',
    thief: 'signs for payments that were not made; two signatures about one payment prove it (audit --receipts)',
    lost: 'the distributor believes no answer of the ledger, so nothing is paid',
  },
} as const;

function partyHolders(party: Party, { time = 0, rulebook }: PowersOf, standing: StandingPowers): KeyHolder[] {
  return (['credential', 'statement', 'verdict', 'acceptance'] as const).flatMap((use) => {
    const count = keysInForce(party, use, time).length;
    if (count === 0) return [];
    const until =
      use === 'credential'
        ? `officers declare it stolen: ${needs(standing, 'compromise')}; followers know with the next epoch (${rulebook.tickMs} ms), others when their copy of the list ends`
        : `officers end the key: ${needs(standing, 'rotate')}, with the next epoch`;
    const key = `${use} key${count === 1 ? '' : ` (${count})`}`;
    return [{ who: party.name ?? party.id, key, ...USES[use], until }];
  });
}

/** "2 of officer-a, officer-b, officer-c": whom it takes. */
function needs({ powers }: StandingPowers, power: (typeof powers)[number]['power']): string {
  const standing = powers.find((one) => one.power === power);
  if (standing === undefined) return `never: nobody was granted the power to ${power}`;
  const { quorum, holders, spare } = standing;
  if (spare < 0) return `never: ${holders.length} of the ${quorum} officers it takes to ${power} are left`;
  return `${quorum} of ${holders.join(', ')}`;
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;

function words(durationMs: number): string {
  const unit = UNITS.find(([ms]) => durationMs >= ms && durationMs % ms === 0);
  return unit === undefined ? `${durationMs} ms` : `${durationMs / unit[0]} ${unit[1]}`;
}
