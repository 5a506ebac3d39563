import { CodedError, type Json, type JsonObject } from '@holdfast/core';

/** A list of a policy; absent is empty. Throws `policy.malformed`. */
export function listOf(value: Json | undefined, member: string, max: number): readonly Json[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > max) throw malformed(member, `${member} is an array of at most ${max}.`);
  return value as readonly Json[];
}

/** Throws `policy.malformed` for a member that is not known: a misspelt restriction would otherwise be none. */
export function assertMembers(value: JsonObject, known: readonly string[], what: string): void {
  const unknown = Object.keys(value).find((member) => !known.includes(member));
  if (unknown !== undefined)
    throw malformed(what, `${what} has a member that is not known here: ${unknown.slice(0, 64)}.`);
}

export function malformed(member: string, sentence: string, cause?: unknown): CodedError {
  return new CodedError('policy.malformed', sentence, { member }, cause);
}
