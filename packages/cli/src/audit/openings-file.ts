import {
  CodedError,
  type DecisionOpenings,
  type DecisionTerms,
  decisionDigest,
  isJsonObject,
  type Json,
} from '@holdfast/core';
import { readValues } from './jsonl.ts';

const KINDS = ['target', 'reason', 'evidence'];

/**
 * What decisions were about, by their digests: as `GET /decisions/ID/openings` answers each. Throws `usage.file`.
 */
export async function readOpenings(file: string): Promise<ReadonlyMap<string, DecisionOpenings>> {
  const found = new Map<string, DecisionOpenings>();
  for await (const value of readValues(file)) {
    const { terms, openings } = isJsonObject(value) ? value : {};
    if (!isJsonObject(terms) || !isJsonObject(terms.targets) || !areOpenings(openings)) {
      throw new CodedError('usage.file', `The file ${file} has something else than openings of decisions.`, { file });
    }
    // The terms say which decision it is, whatever its digest is said to be: that the openings are its own is audited.
    found.set(decisionDigest(terms as unknown as DecisionTerms), openings);
  }
  return found;
}

function areOpenings(value: Json | undefined): value is Json & DecisionOpenings {
  return isJsonObject(value) && [value.targets, value.reasons, value.evidence].every(areLeaves);
}

function areLeaves(value: Json | undefined): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (leaf: Json) =>
        isJsonObject(leaf) && typeof leaf.salt === 'string' && KINDS.includes(String(leaf.kind)) && 'value' in leaf,
    )
  );
}
