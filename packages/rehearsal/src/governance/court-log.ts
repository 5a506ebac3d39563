import {
  type Applied,
  apply,
  bindingDigest,
  type CaseAct,
  caseActDigest,
  createEpoch,
  createNetworkState,
  type DecisionTerms,
  decisionDigest,
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  type NetworkState,
  type PublicJwk,
  parseStatement,
  type Rulebook,
  type StatementParse,
  type StatusChange,
  saltedRoot,
  statementChecks,
  thumbprint,
} from '@holdfast/core';
import { IdealSignatures } from '../ideal-signatures.ts';
import type { Random } from '../random.ts';
import { COURT, courtRulebook, DAY_MS } from './court-rules.ts';

export const COURT_LIST = 'http://rehearsal.test/status/court/1';
export const START_MS = 1_800_000_000_000;
const ISSUER = 'civic';

/** A step without what officers add to it. */
export type Unsigned = CaseAct extends infer Act
  ? Act extends { approvals: unknown }
    ? Omit<Act, 'approvals'>
    : Act
  : never;

/** A log with officers, whose every entry is folded at once; who signs what is for the rehearsal to say. */
export type CourtLog = {
  readonly state: NetworkState;
  readonly parses: readonly StatementParse[];
  readonly signatures: IdealSignatures;
  readonly rulebook: Rulebook;
  readonly epoch: (time: number) => Applied;
  /** A step in a case, with these approvals; `step` is what they are bound to, unless they were made for another. */
  readonly take: (id: string, act: Unsigned, approvals: readonly string[]) => Applied;
  readonly approve: (id: string, act: Unsigned, officer: string, step?: number) => string;
  readonly change: (
    power: 'revoke' | 'suspend' | 'lift',
    index: number,
    officers: readonly string[],
    options?: { readonly until?: number; readonly rulebook?: number },
  ) => { readonly decision: Applied; readonly status: Applied };
  readonly amend: (rulebook: Rulebook, effectiveAt: number, officers: readonly string[]) => Applied;
};

export function createCourtLog(random: Random): CourtLog {
  const signatures = new IdealSignatures(random.fork('signatures'));
  const salts = random.fork('salts');
  const keys = new Map<string, PublicJwk>();
  const names = ['network', 'governor', 'civic', 'credential', 'admin', ...COURT.map(({ id }) => id)];
  for (const name of names) keys.set(name, signatures.createKey('ES256'));
  const key = (name: string): PublicJwk => keys.get(name) ?? signatures.createKey('ES256');
  const rulebook = courtRulebook({ network: key('network'), governor: key('governor'), officer: key });
  const state = createNetworkState();
  const parses: StatementParse[] = [];
  let decisions = 0;

  function sign(who: string, typ: string, payload: object): string {
    const input = encodeSigningInput({ alg: 'ES256', kid: thumbprint(key(who)), typ }, payload);
    return encodeJws(input, signatures.sign(key(who), encodeUtf8(input)));
  }
  function append(body: object, who = 'governor'): Applied {
    const parse = parseStatement(sign(who, 'statement+jwt', body));
    parses.push(parse);
    const results = statementChecks(state, parse).map((check) => signatures.verifySync(check));
    return apply(state, parse, results);
  }
  const salt = () => encodeBase64url(salts.bytes(16));

  function decide(
    terms: Pick<DecisionTerms, 'power' | 'parameters'>,
    target: unknown,
    officers: readonly string[],
    at = state.rulebook?.index ?? 0,
  ) {
    decisions += 1;
    const full: DecisionTerms = {
      ...terms,
      class: 'mistaken',
      genesis: state.name,
      id: `decision-${decisions}`,
      targets: { root: saltedRoot([{ salt: salt(), kind: 'target', value: target }]), count: 1 },
      rulebook: at,
      expiry: state.time + DAY_MS,
    };
    const digest = decisionDigest(full);
    const approvals = officers.map((officer) => sign(officer, 'approval+jwt', { digest }));
    const { genesis: _, ...body } = full;
    const decision = append({
      type: 'decision',
      v: 1,
      ...body,
      approvals,
      received: state.time,
      authorised: state.time,
    });
    return { digest, decision };
  }

  const log: CourtLog = {
    state,
    parses,
    signatures,
    rulebook,
    epoch: (time) => append(createEpoch(state, time), 'network'),
    approve: (id, act, officer, step = state.docket.cases.get(id)?.acts ?? 0) => {
      const digest = caseActDigest({ genesis: state.name, case: id, step, act: act as CaseAct });
      return sign(officer, 'approval+jwt', { digest });
    },
    take: (id, act, approvals) => {
      const signed = approvals.length === 0 ? {} : act.act === 'answer' ? { signed: approvals[0] } : { approvals };
      return append({ type: 'case', v: 1, case: id, step: { ...act, ...signed } });
    },
    change: (power, index, officers, { until, rulebook: at } = {}) => {
      const parameters = until === undefined ? {} : { until };
      const { digest, decision } = decide({ power, parameters }, index, officers, at);
      const value = { revoke: 1, suspend: 2, lift: 0 } as const;
      const changes: StatusChange[] = [{ list: COURT_LIST, index, value: value[power], ...parameters }];
      return { decision, status: append({ type: 'status', v: 1, decisions: [digest], changes }) };
    },
    amend: (body, effectiveAt, officers) => {
      const parameters = { rulebook: bindingDigest(body), effectiveAt };
      const { digest } = decide({ power: 'amend', parameters }, 'rulebook', officers);
      return append({ type: 'rulebook', v: 1, decision: digest, body, effectiveAt });
    },
  };
  found(log, append, decide, key);
  return log;
}

function found(
  { state, epoch, rulebook }: CourtLog,
  append: (body: object, who?: string) => Applied,
  decide: (
    terms: Pick<DecisionTerms, 'power' | 'parameters'>,
    target: unknown,
    officers: readonly string[],
  ) => { readonly digest: string },
  key: (name: string) => PublicJwk,
): void {
  append({ type: 'rulebook', v: 1, body: rulebook });
  epoch(START_MS);
  const civic = {
    id: ISSUER,
    kind: 'issuer',
    keys: [
      { use: 'statement', key: key('civic') },
      { use: 'credential', key: key('credential') },
    ],
    accreditations: [{ action: 'issue', type: 'residence', assurance: 'high', from: 0 }],
  };
  // A key that opens doors, and is nobody's: with every role by name, and no officer.
  const roles = ['keeper', 'clerk', 'judge', 'panel', 'steward'];
  const admin = {
    id: 'admin',
    kind: 'verifier',
    roles,
    keys: [{ use: 'approval', key: key('admin') }],
    accreditations: [],
  };
  for (const party of [civic, admin]) {
    const { digest } = decide({ power: 'accredit', parameters: { party: bindingDigest(party) } }, party.id, [
      'north-1',
      'south-1',
    ]);
    append({ type: 'party', v: 1, decision: digest, party });
  }
  epoch(START_MS + 1000);
  const list = { list: COURT_LIST, issuer: ISSUER, bits: 2, size: 131_072, key: thumbprint(key('credential')) };
  append({ type: 'list', v: 1, ...list }, 'civic');
  epoch(state.time + 1000);
}
