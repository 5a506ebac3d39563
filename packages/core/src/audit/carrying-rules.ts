import { canonicalJson } from '../encoding/json.ts';
import { thumbprint } from '../encoding/jwk.ts';
import { isOnlyTighter } from '../fold/amendments.ts';
import { PARTY_POWERS, powerForParty } from '../fold/party-changes.ts';
import { changeKey, type NetworkState } from '../fold/state.ts';
import type { Party, StatementBody, StatementOf, StatusChange } from '../fold/statement.ts';
import { bindingDigest } from '../governance/decision.ts';
import { grantOf, type Power } from '../rulebook/rulebook.ts';
import {
  type AuditedDecision,
  type AuditedEntry,
  type AuditRule,
  brokenWhere,
  type Condition,
  GOVERNOR,
} from './audit-rule.ts';

/** The powers that a statement of a type may carry out, and the parameter that binds what it says. */
type Carrying = { readonly powers: readonly Power[]; readonly bound?: (body: StatementBody) => readonly Bound[] };
type Bound = readonly [parameter: string, value: string | number];

const CARRYING: Readonly<Partial<Record<StatementBody['type'], Carrying>>> = {
  status: { powers: ['revoke', 'suspend', 'lift'] },
  party: {
    powers: PARTY_POWERS,
    bound: (body) => (body.type === 'party' ? [['party', bindingDigest(body.party)]] : []),
  },
  rulebook: {
    powers: ['amend'],
    bound: (body) =>
      body.type === 'rulebook'
        ? [
            ['rulebook', bindingDigest(body.body)],
            ['effectiveAt', body.effectiveAt ?? -1],
            ...(body.lapsesAt === undefined ? [] : [['lapsesAt', body.lapsesAt] as const]),
          ]
        : [],
  },
  program: {
    powers: ['release', 'revise'],
    bound: (body) =>
      body.type === 'program'
        ? [
            ['program', bindingDigest(body.program)],
            ...(body.effectiveAt === undefined ? [] : [['effectiveAt', body.effectiveAt] as const]),
          ]
        : [],
  },
  exception: {
    powers: ['release', 'return', 'reinstate', 'unseal'],
    bound: (body) =>
      body.type === 'exception'
        ? body.kind === 'payment'
          ? [
              ['instruction', body.digest],
              ['of', body.program ?? ''],
            ]
          : [[body.kind, body.digest]]
        : [],
  },
  cancellation: {
    powers: ['cancel'],
    bound: (body) => (body.type === 'cancellation' ? [['amendment', body.amendment]] : []),
  },
  recognition: {
    powers: ['recognise'],
    bound: (body) => (body.type === 'recognition' ? [['recognition', bindingDigest(body.recognition)]] : []),
  },
};

/** The digests of the decisions that a statement says it carries out. */
export function decisionsNamedBy(body: StatementBody): readonly string[] {
  if (body.type === 'status') return body.decisions;
  const named = 'decision' in body ? body.decision : undefined;
  return typeof named === 'string' ? [named] : [];
}

/** What changes the state by a power has its decision: in the same epoch, of that power, saying this, and used once. */
export const carryingRule: AuditRule = {
  name: 'carrying',
  look: ({ statement: { body }, index, decisions }, before) => {
    if (body.type === 'unknown' || before.rulebook === undefined) return undefined;
    const carrying = CARRYING[body.type];
    if (carrying === undefined) return undefined;
    const digests = decisionsNamedBy(body);
    const found = digests.flatMap((digest) => decisions.get(digest) ?? []);
    const powers = new Set(carrying.powers);
    const usedBefore = found.filter(({ carriedBy = index }) => carriedBy !== index);
    return brokenWhere(GOVERNOR, [
      [digests.length > 0, 'It names no decision.'],
      [new Set(digests).size === digests.length, 'It names a decision twice.'],
      [found.length === digests.length, 'It carries out a decision that is not in the log since the last epoch.'],
      [usedBefore.length === 0, `Entry ${usedBefore[0]?.carriedBy} has carried out this decision already.`],
      ...found.flatMap((decision) => conditionsOf(body, carrying, powers, decision)),
    ]);
  },
};

function conditionsOf(
  body: StatementBody,
  { bound }: Carrying,
  powers: ReadonlySet<Power>,
  { index, body: decision }: AuditedDecision,
): Condition[] {
  const { power, parameters, targets } = decision;
  const bounds = bound?.(body) ?? [];
  return [
    [powers.has(power), `Decision #${index} used the power to ${power}, which does not do this.`],
    ...bounds.map(
      ([name, value]): Condition => [
        parameters[name] === value,
        `It is not what decision #${index} approved (${name}).`,
      ],
    ),
    [bounds.length === 0 || targets.count === 1, `Decision #${index} names ${targets.count} targets, and this is one.`],
  ];
}

const POWER_OF: Readonly<Record<StatusChange['value'], Power>> = { 0: 'lift', 1: 'revoke', 2: 'suspend' };

/** Of every value as many indices change as officers decided, none that was revoked for good, none without an end. */
export const statusRule: AuditRule = {
  name: 'status',
  look: (entry, before) => {
    const { body } = entry.statement;
    if (body.type !== 'status') return undefined;
    return brokenWhere(GOVERNOR, [
      ...countConditions(body, entry.decisions),
      ...body.changes.flatMap((change) => conditionsOfChange(change, before)),
      ...body.changes.map((change) => bringsSomebody(change, body.decisions, before)),
      [areApart(body.changes), 'It changes one index twice.'],
    ]);
  },
};

function countConditions(body: StatementOf<'status'>, decisions: AuditedEntry['decisions']): Condition[] {
  const found = body.decisions.flatMap((digest) => decisions.get(digest)?.body ?? []);
  return Object.values(POWER_OF).map((power) => {
    const decided = found.filter((decision) => decision.power === power);
    const targets = decided.reduce((sum, decision) => sum + decision.targets.count, 0);
    const changes = body.changes.filter(({ value }) => POWER_OF[value] === power).length;
    return [changes === targets, `Officers decided to ${power} ${targets}, and it does so to ${changes}.`];
  });
}

function conditionsOfChange(
  { list: id, index, value, until }: StatusChange,
  before: Readonly<NetworkState>,
): Condition[] {
  const list = before.lists.get(id);
  const where = `place ${index} of ${id}`;
  const most = before.rulebook === undefined ? undefined : grantOf(before.rulebook.body, 'suspend')?.maxDurationMs;
  const endsInTime = until !== undefined && until > before.time && until <= before.time + (most ?? -1);
  return [
    [list !== undefined && index < list.size, `There is no ${where}.`],
    [list?.values[index] !== 1, `What was revoked for good is changed: ${where}.`],
    [value !== 2 || endsInTime, `The suspension of ${where} has no end that the rulebook allows.`],
    [value === 2 || until === undefined, `Only a suspension ends: ${where}.`],
  ];
}

/** Where the rules say so, nobody suspends by themselves what only they have suspended: now, or so lately. */
function bringsSomebody(
  { list, index, value }: StatusChange,
  digests: readonly string[],
  { rulebook, docket, suspensions, open, time }: Readonly<NetworkState>,
): Condition {
  const detail = `Place ${index} of ${list} is suspended again by nobody but those who did it before.`;
  const key = changeKey(list, index);
  const restMs = rulebook === undefined ? undefined : grantOf(rulebook.body, 'suspend')?.againAfterMs;
  const before = docket.suspenders.get(key);
  if (value !== 2 || restMs === undefined || before === undefined) return [true, detail];
  const isOver = !suspensions.has(key) && time >= (before.endedAt ?? 0) + restMs;
  const taken = open.filter(({ power, digest }) => power === 'suspend' && digests.includes(digest));
  const bringOne = taken.every(({ officers }) => officers.some((officer) => !before.officers.includes(officer)));
  return [isOver || bringOne, detail];
}

function areApart(changes: readonly StatusChange[]): boolean {
  return new Set(changes.map(({ list, index }) => changeKey(list, index))).size === changes.length;
}

/** An amendment keeps who decides, and waits out the notice of the rules that it changes, unless it is of the log's key. */
export const amendmentRule: AuditRule = {
  name: 'amendment',
  look: ({ statement: { body } }, before) => {
    const { rulebook, time } = before;
    if (body.type !== 'rulebook' || rulebook === undefined) return undefined;
    const same = (member: 'keys' | 'log') => canonicalJson(body.body[member]) === canonicalJson(rulebook.body[member]);
    const isOfLogAlone =
      !same('log') && canonicalJson({ ...body.body, log: 0 }) === canonicalJson({ ...rulebook.body, log: 0 });
    const { amendMs, tightenMs = amendMs, emergencyMs = 0 } = rulebook.body.notice;
    const isEmergency = body.lapsesAt !== undefined;
    const isTighter = (isEmergency || tightenMs < amendMs) && isOnlyTighter(rulebook.body, body.body);
    const noticeMs = isTighter && tightenMs < amendMs ? tightenMs : amendMs;
    const isFree = isOfLogAlone || isEmergency || noticeMs === 0;
    const notBefore = isFree ? 0 : time + noticeMs;
    return brokenWhere(GOVERNOR, [
      [same('keys'), 'It names other keys for the network or the governor.'],
      [body.body.log.origin === rulebook.body.log.origin, 'It names another log.'],
      [(body.effectiveAt ?? -1) >= notBefore, 'It takes effect before its notice is over.'],
      [!isEmergency || isTighter, 'It takes effect at once, and allows something that was not allowed.'],
      [(body.lapsesAt ?? 0) <= time + emergencyMs || !isEmergency, 'It is to stand longer than an emergency may.'],
    ]);
  },
};

/** A change of a party takes the power that it is, and nothing that was stolen is trusted again. */
export const partyRule: AuditRule = {
  name: 'party',
  look: ({ statement: { body }, decisions }, before) => {
    if (body.type !== 'party' || before.rulebook === undefined) return undefined;
    const { party } = body;
    const was = before.parties.get(party.id);
    const power = powerForParty(before.rulebook.body, was, party);
    const used = decisions.get(body.decision)?.body.power;
    const marked = (was?.keys ?? []).filter(({ compromised }) => compromised !== undefined);
    const stays = marked.every((key) => party.keys.some((now) => canonicalJson(now) === canonicalJson(key)));
    const isTrusted = party.keys.some((now) => isTrustedAnew(now, party, before));
    const stolen = party.keys.filter(({ use, compromised }) => use === 'credential' && compromised !== undefined);
    const problems = brokenWhere(GOVERNOR, [
      [used === power, `It takes the power to ${power}, and the decision used the power to ${used}.`],
      [stays && !isTrusted, 'A key that was declared stolen is trusted again.'],
    ]);
    return (applied, after) => {
      const names = new Set(stolen.map(({ key }) => thumbprint(key)));
      const open = [...after.lists.values()].filter(({ issuer, key }) => issuer === party.id && names.has(key));
      const isRevoked = open.every(({ values }) => values.every((value) => value === 1));
      const effect = brokenWhere(GOVERNOR, [[isRevoked, 'Credentials of a stolen key are not revoked.']]);
      return [...problems(applied), ...effect(applied)];
    };
  },
};

/** A key without a mark that its party did not have so before, and that somebody's entry, or this one, declares stolen. */
function isTrustedAnew(now: Party['keys'][number], party: Party, { parties }: NetworkState): boolean {
  if (now.compromised !== undefined) return false;
  const had = parties.get(party.id)?.keys ?? [];
  if (had.some((was) => canonicalJson(was) === canonicalJson(now))) return false;
  const entries = [party, ...parties.values()].flatMap(({ keys }) => keys);
  return entries.some(({ key, compromised }) => compromised !== undefined && thumbprint(key) === thumbprint(now.key));
}
