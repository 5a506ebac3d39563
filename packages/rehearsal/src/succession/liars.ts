import { CodedError, encodeCheckpoint, encodeNote, encodeUtf8, leafHash, noteMessage, vkeyOf } from '@holdfast/core';
import { createLogStoreMemory, createNetwork, type FormerLog } from '@holdfast/server/roles';
import { createSnapshotStoreMemory } from '@holdfast/verifier';
import { runUntilDone } from '../founding.ts';
import type { Answering } from '../wire.ts';
import { OFFICERS, type World } from '../world.ts';
import { approveDraft, type Draft, draftSuccession, type EndOfLog, type Opening, openLog } from './opening.ts';

/** A log that says that it succeeds the network's, and was opened by no quorum. */
export type LyingLog = { readonly kind: LieKind; readonly origin: string; readonly role: Answering };

/**
 * `one-officer` has approved; or the second of two approvals is `forged`; or the approvals are good, of the log that the quorum does open, and are put `under-other-rules`,
 * with a key of the liar's; or it goes on from a position of `another-history` of the old log.
 */
export const LIE_KINDS = ['one-officer', 'forged', 'under-other-rules', 'another-history'] as const;
export type LieKind = (typeof LIE_KINDS)[number];

export type Truthful = { readonly end: EndOfLog; readonly draft: Draft; readonly former: FormerLog };

/** Whoever runs the machines of the network has all of its keys, and those of no officer. */
export async function startLiar(world: World, kind: LieKind, { end, draft, former }: Truthful): Promise<LyingLog> {
  const origin = `rehearsal.test/${kind}`;
  const made = await draftSuccession(world, end, { origin, key: keyOf(kind) });
  const opening = await openLog(world, end, await lie(world, kind, made, draft));
  world.faults.add(`successor of ${kind}`);
  return {
    kind,
    origin,
    role:
      (await serveTruly(world, end, { ...opening, former })) ??
      (await serveBare(world, { kind, origin, opening, former })),
  };
}

async function lie(world: World, kind: LieKind, made: Draft, draft: Draft): Promise<Draft> {
  switch (kind) {
    case 'one-officer':
      return approveDraft(world, made, OFFICERS.slice(0, 1));
    case 'forged':
      return forge(await approveDraft(world, made, OFFICERS));
    case 'under-other-rules':
      return { ...made, decision: draft.decision, approvals: draft.approvals };
    case 'another-history': {
      const from = { ...made.from, root: 'A'.repeat(43) };
      return { ...made, from, decision: draft.decision, approvals: draft.approvals };
    }
    default:
      return kind satisfies never;
  }
}

/** One letter of the last signature is another. */
function forge(draft: Draft): Draft {
  const last = draft.approvals.at(-1) ?? '';
  const forged = `${last.slice(0, -8)}${last.at(-8) === 'A' ? 'B' : 'A'}${last.slice(-7)}`;
  return { ...draft, approvals: [...draft.approvals.slice(0, -1), forged] };
}

const keyOf = (kind: LieKind) => `log-${LIE_KINDS.indexOf(kind) + 10}`;

/** Where our own code would take it for a log of the network: undefined when it does not. */
async function serveTruly(
  world: World,
  { state }: EndOfLog,
  { entry, lineage, former }: Opening & Pick<Truthful, 'former'>,
): Promise<Answering | undefined> {
  const { scheduler, signer, signatures } = world;
  const role = createNetwork({
    ...{ clock: scheduler.clock(), signer, engine: signatures, genesis: entry, lineage, predecessor: state },
    ...{ store: createLogStoreMemory(), snapshots: createSnapshotStoreMemory(), former: [former] },
  });
  const isOpen = await runUntilDone(
    world,
    role.start(new AbortController().signal).then(
      () => true,
      () => false,
    ),
  );
  return isOpen ? role : undefined;
}

type Bare = { readonly kind: LieKind; readonly origin: string; readonly opening: Opening } & Pick<Truthful, 'former'>;

/** One entry under a signed checkpoint, and nothing else. */
async function serveBare({ signer }: World, { kind, origin, opening, former }: Bare): Promise<Answering> {
  const text = encodeCheckpoint({ origin, size: 1, root: leafHash(encodeUtf8(opening.entry)), extensions: [] });
  const { name, keyId } = vkeyOf(origin, await signer.readPublicKey(keyOf(kind)));
  const note = encodeNote({
    text,
    signatures: [{ name, keyId, signature: await signer.sign(keyOf(kind), noteMessage(text)) }],
  });
  const nothing = async () => undefined;
  return {
    fetchCheckpoint: async () => note,
    fetchEntries: async (from, to) => [opening.entry].slice(from, to),
    fetchLineage: async () => opening.lineage,
    former: () => former,
    proveKeys: () => Promise.reject(silent()),
    ...{ fetchCosigned: nothing, fetchSnapshot: nothing, fetchConsistencyProof: nothing },
    append: () => Promise.reject(silent()),
    // It says what it has, once, and then nothing.
    async *stream() {
      yield { checkpoint: note, from: 0, entries: [opening.entry] };
      throw silent();
    },
  };
}

function silent(): CodedError {
  return new CodedError('feed.unreachable', 'Nothing comes through.');
}
