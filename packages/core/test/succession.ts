import type { StatementOf } from '../src/fold/statement.ts';
import { createSuccessorState, successionDigest } from '../src/fold/succession.ts';
import { decisionDigest } from '../src/governance/decision.ts';
import { encodeVkey, vkeyOf } from '../src/log/note.ts';
import type { Rulebook } from '../src/rulebook/rulebook.ts';
import { buildLog, type LogBuilder } from './log-builder.ts';

export const NEW_ORIGIN = 'log.example/after';

/** A key of the new log that nobody can sign with. */
export const NEW_VKEY = encodeVkey(vkeyOf(NEW_ORIGIN, { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }));

export type SuccessionChanges = {
  readonly officers?: readonly string[];
  readonly body?: Partial<Omit<StatementOf<'succession'>, 'decision'>>;
  readonly rulebook?: Partial<Rulebook>;
  readonly decision?: Parameters<LogBuilder['terms']>[2];
  readonly signedBy?: string;
};

/** A new log of the network, empty, on what the old one's last epoch commits to; and the statement that opens it. */
export function succeedLog(old: LogBuilder, changes: SuccessionChanges = {}): { log: LogBuilder; opening: string } {
  const { position, rulebook } = old.state;
  if (position === undefined || rulebook === undefined) throw new Error('a log is succeeded at an epoch');
  const next = { ...rulebook.body, log: { origin: NEW_ORIGIN, vkey: NEW_VKEY }, ...changes.rulebook };
  const body = { network: old.state.name, from: position, rulebook: next, ...changes.body };
  const parameters = { succession: successionDigest(body) };
  const terms = old.terms('amend', [{ succession: body.from.log }], { parameters, ...changes.decision });
  const { genesis: _genesis, power: _power, ...decided } = terms;
  const digest = decisionDigest({ ...terms, genesis: body.network });
  const approvals = (changes.officers ?? ['officer-a', 'officer-b']).map((officer) => old.approval(digest, officer));
  const decision = { ...decided, approvals, received: old.state.time, authorised: old.state.time };
  const opening = old.statement({ type: 'succession', v: 1, ...body, decision }, changes.signedBy);
  const state = createSuccessorState(old.state);
  return { log: buildLog({ signatures: old.signatures, rulebook: next, until: 'empty', state }), opening };
}
