import { sha256 } from '../src/encoding/bytes.ts';
import { encodeJws, encodeSigningInput } from '../src/encoding/jws.ts';
import { encodeBase64url, encodeUtf8 } from '../src/encoding/text.ts';
import { type Applied, apply, createEpoch, statementChecks } from '../src/fold/fold.ts';
import { createNetworkState, type NetworkState } from '../src/fold/state.ts';
import {
  type Party,
  parseStatement,
  STATEMENT_TYP,
  type StatementOf,
  type StatusChange,
} from '../src/fold/statement.ts';
import {
  APPROVAL_TYP,
  bindingDigest,
  type DecisionTerms,
  decisionDigest,
  type SaltedLeaf,
  saltedRoot,
} from '../src/governance/decision.ts';
import type { Power, Rulebook } from '../src/rulebook/rulebook.ts';
import type { Recognition } from '../src/trust/recognition.ts';
import { DEFAULT_FRESHNESS } from '../src/verdict/freshness.ts';
import { createIdealSignatures, type TestKey, type TestSignatures } from './test-keys.ts';

export const DAY_MS = 86_400_000;
/** Time of the first epoch that a builder mints unless told another. */
export const START_MS = 1_700_000_000_000;
export const LIST_URI = 'https://civic.example/lists/1';
const LIST_SIZE = 131_072;

export type Target = { readonly list: string; readonly index: number };

/** What a decision of the builder may differ in from the plain case. */
type DecisionOptions = {
  readonly officers?: readonly string[];
  readonly class?: string;
  readonly expiry?: number;
  readonly rulebook?: number;
  readonly genesis?: string;
  readonly id?: string;
  readonly count?: number;
  /** When it was received; default the log's time. */
  readonly received?: number;
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** Beside what binds the entry of a party. */
  readonly more?: Readonly<Record<string, string | number>>;
};

/** What carrying out a decision did: the two entries, and the digest that was decided. */
type Carried = { readonly digest: string; readonly decision: Applied; readonly carried: Applied };

/** A log in the making and its fold. `append` takes any text; the others write well-formed statements and append them. */
export type LogBuilder = {
  readonly state: NetworkState;
  readonly entries: string[];
  readonly signatures: TestSignatures;
  readonly rulebook: Rulebook;
  readonly append: (entry: string) => Applied;
  readonly statement: (body: object, signedBy?: string) => string;
  readonly approval: (digest: string, officer: string) => string;
  readonly terms: (power: Power, targets: readonly unknown[], options?: DecisionOptions) => DecisionTerms;
  readonly decision: (terms: DecisionTerms, officers: readonly string[], received?: number) => string;
  /** Superseded by their issuer. */
  readonly supersede: (indices: readonly number[], signedBy?: string) => Applied;
  readonly decide: (
    power: Power,
    targets: readonly unknown[],
    options?: DecisionOptions,
  ) => Applied & { digest: string };
  readonly status: (decisions: readonly string[], changes: readonly StatusChange[]) => Applied;
  readonly epoch: (time?: number) => Applied;
  readonly list: (body?: Partial<StatementOf<'list'>>, signedBy?: string) => Applied;
  readonly revoke: (targets: readonly Target[], options?: DecisionOptions) => Carried;
  readonly suspend: (targets: readonly Target[], until: number, options?: DecisionOptions) => Carried;
  readonly lift: (targets: readonly Target[], options?: DecisionOptions) => Carried;
  readonly accredit: (party: Party, options?: DecisionOptions) => Carried;
  /** Another entry for a party, by a power of its own. */
  readonly enter: (power: Power, party: Party, options?: DecisionOptions) => Carried;
  readonly recognise: (recognition: Recognition, options?: DecisionOptions) => Carried;
  readonly amend: (rulebook: Rulebook, effectiveAt: number, options?: DecisionOptions) => Carried;
  /** Tightens at once, until then. */
  readonly tighten: (rulebook: Rulebook, lapsesAt: number, options?: DecisionOptions) => Carried;
  /** Takes back what the entry announced. */
  readonly cancel: (amendment: number, options?: DecisionOptions) => Carried;
};

/** Names of the keys of every log built here; `signatures.key(name)` gives the pair. */
export const KEY_NAMES = [
  'network',
  'governor',
  'officer-a',
  'officer-b',
  'civic statement',
  'civic credential',
  'distributor',
] as const;

/** A rulebook with two officers who hold every role, and a third, `officer-c`, who holds only `clerk`. */
export function testRulebook(signatures: TestSignatures, changes: Partial<Rulebook> = {}): Rulebook {
  const officer = (id: string, roles: readonly string[]) => ({ id, roles: [...roles], key: signatures.key(id).jwk });
  const grant = (power: Power, quorum: number) => ({
    power,
    roles: ['revoker'],
    quorum,
    classes: ['residence-ended', 'founding'],
    maxTargets: 100,
    expiresInMs: 7 * DAY_MS,
  });
  return {
    title: 'Test network',
    log: { origin: 'log.example/test', vkey: 'log.example/test+00000000+AQ' },
    keys: { network: signatures.key('network').jwk, governor: signatures.key('governor').jwk },
    officers: [officer('officer-a', ['revoker']), officer('officer-b', ['revoker']), officer('officer-c', ['clerk'])],
    tickMs: 5000,
    powers: [
      grant('revoke', 2),
      { ...grant('suspend', 1), maxDurationMs: 14 * DAY_MS },
      grant('lift', 2),
      grant('accredit', 2),
      grant('amend', 2),
      grant('release', 2),
      grant('recognise', 2),
    ],
    classes: [{ id: 'residence-ended', text: 'residence ended' }],
    freshness: DEFAULT_FRESHNESS,
    profiles: [{ id: 'default', appliesTo: ['*'], minAssurance: 'low' }],
    notice: { amendMs: 7 * DAY_MS },
    supersession: { maxPerDay: 3 },
    ...changes,
  };
}

export function civicParty(signatures: TestSignatures, changes: Partial<Party> = {}): Party {
  return {
    id: 'https://civic.example',
    kind: 'issuer',
    name: 'Civic office',
    keys: [
      { use: 'statement', key: signatures.key('civic statement').jwk },
      { use: 'credential', key: signatures.key('civic credential').jwk },
    ],
    accreditations: [{ action: 'issue', type: 'residence', assurance: 'high', from: 0 }],
    ...changes,
  };
}

export type LogOptions = {
  readonly signatures?: TestSignatures;
  readonly rulebook?: Rulebook;
  /** `empty`: no entry. `genesis`: entry 0 alone. `founded` (default): issuer, one list, two epochs. */
  readonly until?: 'empty' | 'genesis' | 'founded';
  /** What an empty log begins with, when it succeeds another. */
  readonly state?: NetworkState;
};

export function buildLog(options: LogOptions = {}): LogBuilder {
  const signatures = options.signatures ?? createIdealSignatures();
  const rulebook = options.rulebook ?? testRulebook(signatures);
  const log = createBuilder(signatures, rulebook, options.state ?? createNetworkState());
  if (options.until === 'empty') return log;
  log.append(log.statement({ type: 'rulebook', v: 1, body: rulebook }));
  if (options.until === 'genesis') return log;
  log.epoch(START_MS);
  log.accredit(civicParty(signatures));
  log.epoch();
  log.list();
  log.epoch();
  return log;
}

function createBuilder(signatures: TestSignatures, rulebook: Rulebook, state: NetworkState): LogBuilder {
  const entries: string[] = [];
  let salts = 0;
  const salt = () => encodeBase64url(encodeUtf8(`salt ${String(salts++).padStart(11, '0')}`));

  const append = (entry: string): Applied => {
    entries.push(entry);
    return foldEntry(state, entry, signatures);
  };
  const statement = (body: object, signedBy = 'governor') => signStatement(body, signatures.key(signedBy));
  const approval = (digest: string, officer: string) => {
    const key = signatures.key(officer);
    return signCompact({ alg: 'ES256', kid: key.kid, typ: APPROVAL_TYP }, { digest }, key);
  };
  const terms: LogBuilder['terms'] = (power, targets, changes = {}) => {
    const leaves = targets.map((value): SaltedLeaf => ({ salt: salt(), kind: 'target', value }));
    return {
      genesis: changes.genesis ?? state.name,
      id: changes.id ?? `d-${entries.length}-${salts}`,
      power,
      parameters: changes.parameters ?? {},
      targets: { root: saltedRoot(leaves), count: changes.count ?? targets.length },
      class: changes.class ?? 'residence-ended',
      rulebook: changes.rulebook ?? state.rulebook?.index ?? 0,
      expiry: changes.expiry ?? state.time + DAY_MS,
    };
  };
  const decision: LogBuilder['decision'] = (decided, officers, received = state.time) => {
    const digest = decisionDigest(decided);
    const { genesis: _, ...rest } = decided;
    const approvals = officers.map((officer) => approval(digest, officer));
    return statement({ type: 'decision', v: 1, ...rest, approvals, received, authorised: state.time });
  };
  const decide: LogBuilder['decide'] = (power, targets, changes = {}) => {
    const decided = terms(power, targets, changes);
    const officers = changes.officers ?? ['officer-a', 'officer-b'];
    return { ...append(decision(decided, officers, changes.received)), digest: decisionDigest(decided) };
  };
  const status: LogBuilder['status'] = (decisions, changes) =>
    append(statement({ type: 'status', v: 1, decisions, changes }));
  const epoch = (time = state.time + rulebook.tickMs) => append(statement(createEpoch(state, time), 'network'));
  const list: LogBuilder['list'] = (body = {}, signedBy = 'civic statement') => {
    const { kid } = signatures.key('civic credential');
    const opened = { type: 'list', v: 1, list: LIST_URI, issuer: 'https://civic.example', bits: 2 };
    return append(statement({ ...opened, size: LIST_SIZE, key: kid, ...body }, signedBy));
  };

  const change =
    (power: 'revoke' | 'suspend' | 'lift', value: 0 | 1 | 2) =>
    (targets: readonly Target[], changes: DecisionOptions, until?: number): Carried => {
      const { digest, ...decided } = decide(power, targets, changes);
      const carried = status(
        [digest],
        targets.map((target) => ({ ...target, value, ...(until === undefined ? {} : { until }) })),
      );
      return { digest, decision: decided, carried };
    };
  const bound = (
    power: Power,
    subject: unknown,
    parameters: DecisionTerms['parameters'],
    changes: DecisionOptions,
    carry: (digest: string) => object,
  ): Carried => {
    const { digest, ...decided } = decide(power, [subject], { parameters, ...changes });
    return { digest, decision: decided, carried: append(statement(carry(digest))) };
  };
  const enter: LogBuilder['enter'] = (power, party, changes = {}) =>
    bound(power, { party: party.id }, { party: bindingDigest(party), ...changes.more }, changes, (decision) => ({
      type: 'party',
      v: 1,
      decision,
      party,
    }));
  return {
    state,
    entries,
    signatures,
    rulebook,
    append,
    statement,
    approval,
    terms,
    decision,
    decide,
    status,
    supersede: (indices, signedBy = 'civic statement') =>
      append(statement({ type: 'supersede', v: 1, list: LIST_URI, indices }, signedBy)),
    epoch,
    list,
    revoke: (targets, changes = {}) => change('revoke', 1)(targets, changes),
    suspend: (targets, until, changes = {}) =>
      change('suspend', 2)(targets, { parameters: { until }, ...changes }, until),
    lift: (targets, changes = {}) => change('lift', 0)(targets, changes),
    accredit: (party, changes = {}) => enter('accredit', party, changes),
    enter,
    recognise: (recognition, changes = {}) => {
      const recognised = bindingDigest(recognition);
      return bound('recognise', { recognition: recognised }, { recognition: recognised }, changes, (decision) => ({
        type: 'recognition',
        v: 1,
        decision,
        recognition,
      }));
    },
    tighten: (body, lapsesAt, changes = {}) => {
      const effectiveAt = state.time;
      const parameters = { rulebook: bindingDigest(body), effectiveAt, lapsesAt };
      const carry = (decision: string) => ({ type: 'rulebook', v: 1, decision, body, effectiveAt, lapsesAt });
      return bound('amend', { rulebook: parameters.rulebook }, parameters, changes, carry);
    },
    cancel: (amendment, changes = {}) =>
      bound('cancel', { rulebook: 'announced' }, { amendment }, changes, (decision) => ({
        type: 'cancellation',
        v: 1,
        decision,
        amendment,
      })),
    amend: (body, effectiveAt, changes = {}) =>
      bound('amend', { rulebook: 1 }, { rulebook: bindingDigest(body), effectiveAt }, changes, (digest) => ({
        type: 'rulebook',
        v: 1,
        decision: digest,
        body,
        effectiveAt,
      })),
  };
}

/** Parses, checks and folds one entry, as every follower does. */
export function foldEntry(state: NetworkState, entry: string, signatures: Pick<TestSignatures, 'verify'>): Applied {
  const parse = parseStatement(entry);
  return apply(state, parse, statementChecks(state, parse).map(signatures.verify));
}

/** A fresh fold of these entries. */
export function foldEntries(entries: readonly string[], signatures: Pick<TestSignatures, 'verify'>): NetworkState {
  const state = createNetworkState();
  for (const entry of entries) foldEntry(state, entry, signatures);
  return state;
}

export function signStatement(body: object, key: TestKey): string {
  return signCompact({ alg: 'ES256', kid: key.kid, typ: STATEMENT_TYP }, body, key);
}

export function signCompact(header: object, payload: object, key: TestKey): string {
  const signingInput = encodeSigningInput(header, payload);
  return encodeJws(signingInput, key.sign(signingInput));
}

/**
 * Everything the log so far means, as plain data to compare: without the tree and the counters, which every entry
 * moves, and without the order of maps and remembered digests, which mean nothing.
 */
export function meaningOf(state: NetworkState): unknown {
  const lists = [...state.lists.values()].map(({ values, digest: _, packed: __, ...list }) => [
    list.id,
    list,
    nonZero(values),
  ]);
  const sorted = <V>(map: ReadonlyMap<string, V>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return structuredClone({
    name: state.name,
    time: state.time,
    position: state.position,
    rulebook: state.rulebook,
    scheduled: state.scheduled,
    emergency: state.emergency,
    parties: sorted(state.parties),
    lists,
    suspensions: sorted(state.suspensions),
    supersessions: sorted(state.supersessions),
    late: sorted(state.late),
    since: sorted(state.since),
    decided: [...state.decided],
    decidedTree: state.decidedTree.size,
    open: state.open,
    changes: sorted(state.changes),
    critical: [...state.critical],
    programs: sorted(state.programs),
    exceptions: sorted(state.exceptions),
    recognitions: sorted(state.recognitions),
    docket: {
      cases: sorted(state.docket.cases),
      open: sorted(state.docket.open),
      held: sorted(state.docket.held),
      incidents: sorted(state.docket.incidents),
      deciders: [...state.docket.deciders].map(([day, { tree, of }]) => [day, tree.size, [...of]]),
      suspenders: sorted(state.docket.suspenders),
    },
  });
}

/** Of a list with many, their digest: pairs by the hundred thousand are slow to compare. */
function nonZero(values: Uint8Array): [number, number][] | string {
  const found: [number, number][] = [];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    if (value !== 0) found.push([i, value]);
    if (found.length > 1000) return encodeBase64url(sha256(values));
  }
  return found;
}
