import { bindingDigest, decisionDigest, type Rulebook } from '@holdfast/core';
import type { LogBuilder } from '../../core/test/log-builder.ts';

/** The two statements by which both officers put another rulebook in force. */
export function amendment(log: LogBuilder, body: Rulebook, effectiveAt: number): [string, string] {
  const rulebook = bindingDigest(body);
  const terms = log.terms('amend', [{ rulebook }], { parameters: { rulebook, effectiveAt } });
  const statement = { type: 'rulebook', v: 1, decision: decisionDigest(terms), body, effectiveAt };
  return [log.decision(terms, ['officer-a', 'officer-b']), log.statement(statement)];
}
