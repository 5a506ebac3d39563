import { parseJson } from '../encoding/json.ts';
import { type SignatureCheck, signatureCheck } from '../encoding/jws.ts';
import { encodeUtf8, parseBase64url } from '../encoding/text.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { rootOfLeaves } from '../fold/sections.ts';
import { type Party, parseStatement, partySchema, type Section, type StatementOf } from '../fold/statement.ts';
import { type Position, parsePosition } from '../log/position.ts';
import { verifyInclusion } from '../log/proof.ts';
import { leafHash } from '../log/tree.ts';
import { type Rulebook, rulebookSchema } from '../rulebook/rulebook.ts';
import type { NetworkView } from './evidence.ts';

/** All leaves of one section of an epoch, as canonical JSON. */
export type SectionLeaves = readonly string[];

/** An epoch's entry, and the RFC 6962 inclusion proof (base64url hashes) under the root of its position. */
export type ProvedEpoch = { readonly entry: string; readonly inclusion: readonly string[] };

export function broken(what: string): CodedError {
  return new CodedError('replay.unproved', `This bundle does not prove its ${what}.`, { what });
}

/** The epoch at a position, once it is proved to be there; `check` says whether the network has signed it. */
export function openEpoch(
  { entry, inclusion }: ProvedEpoch,
  position: Position,
  { keys }: { readonly keys: Rulebook['keys'] },
): { readonly body: StatementOf<'epoch'>; readonly check: SignatureCheck } {
  const epoch = parseStatement(entry);
  if (!epoch.ok || epoch.statement.body.type !== 'epoch') throw broken('epoch');
  const { body } = epoch.statement;
  if (body.size !== position.size - 1 || body.time !== position.time) throw broken('epoch');
  const isIncluded = proving('epoch', () =>
    verifyInclusion({
      leafHash: leafHash(epoch.statement.bytes),
      index: position.size - 1,
      size: position.size,
      root: parseBase64url(position.root),
      proof: inclusion.map(parseBase64url),
    }),
  );
  if (!isIncluded) throw broken('epoch');
  return { body, check: proving('epoch', () => signatureCheck(epoch.statement.jws, keys.network)) };
}

/** Runs a step over what a stranger wrote: what cannot even be read proves nothing, and is named like what is false. */
export function proving<Value>(what: string, step: () => Value): Value {
  try {
    return step();
  } catch (error) {
    if (!isCodedError(error) || error.code === 'replay.unproved') throw error;
    throw broken(what);
  }
}

/** The leaves of a whole section, once their root is what the epoch committed to. */
export function provedLeaves(leaves: SectionLeaves, epoch: StatementOf<'epoch'>, section: Section): unknown[][] {
  return proving(section, () => {
    if (rootOfLeaves(leaves.map(encodeUtf8)) !== epoch.sections[section]) throw broken(section);
    return leaves.map(leafIn);
  });
}

export function leafIn(leaf: string): unknown[] {
  const value = parseJson(leaf, { maxLength: 262_144, maxDepth: 16 });
  if (!Array.isArray(value)) throw broken('leaves');
  return value as unknown[];
}

export function rulebookIn(leaves: readonly unknown[][]): NonNullable<NetworkView['rulebook']> {
  const inForce = leaves.find(([kind]) => kind === 'in-force');
  const parsed = rulebookSchema.safeParse(inForce?.[2]);
  if (typeof inForce?.[1] !== 'number' || !parsed.success) throw broken('rulebook');
  return { index: inForce[1], body: parsed.data };
}

/** Where logs ended that this one has succeeded, oldest first. */
export function predecessorsIn(leaves: readonly unknown[][]): Position[] {
  const ended = leaves.filter(([kind]) => kind === 'succeeds').map(([, position]) => position);
  // Leaves are sorted by their bytes; the log's time is what puts them in order.
  return ended.map(parsePosition).sort((a, b) => a.time - b.time);
}

export function partiesIn(leaves: readonly unknown[][]): Map<string, Party> {
  const parties = leaves.map(([id, party]) => {
    const parsed = partySchema.safeParse(party);
    if (!parsed.success) throw broken('parties');
    return [String(id), parsed.data] as const;
  });
  return new Map(parties);
}
