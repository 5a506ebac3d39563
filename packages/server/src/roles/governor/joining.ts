import {
  bindingDigest,
  CodedError,
  canonicalJson,
  encodeUtf8,
  type NetworkView,
  type Party,
  parseUtf8,
  partySchema,
} from '@holdfast/core';
import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import type { JoiningStore, KeptJoining } from '../../ports/joining-store.ts';
import type { Sealer } from '../../ports/sealer.ts';

const digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const word = z.string().min(1).max(200);

/** What an organisation asks for, and what it shows for it. */
export const joiningSchema = z.strictObject({
  /** The entry that it would have. */
  party: partySchema.refine(({ kind }) => kind === 'issuer', 'only issuers ask to join here'),
  /** What it shows: documents that officers have or can have, by their SHA-256 (base64url). */
  evidence: z.array(z.strictObject({ class: word, digest })).max(16),
  /** Whom officers ask. Sealed. */
  contact: z.string().min(1).max(500),
  /** Documents themselves, in base64url. Sealed, and gone with the request. */
  documents: z
    .array(
      z.strictObject({
        name: word,
        content: z
          .string()
          .regex(/^[A-Za-z0-9_-]*$/)
          .max(65_536),
      }),
    )
    .max(4)
    .optional(),
});
export type JoiningRequest = z.infer<typeof joiningSchema>;

export type JoiningState = 'open' | 'accredited' | 'declined' | 'lapsed';

/** What anybody may know of a request who knows its digest. */
export type JoiningView = {
  readonly id: string;
  readonly party: string;
  readonly state: JoiningState;
  /** Unix milliseconds: when it came, and until when it is kept, whatever anybody does. */
  readonly receivedAt: number;
  readonly keptUntil: number;
  /** How many open ones came before it, while it is open. */
  readonly before?: number;
  /** Why it was put aside. */
  readonly reason?: string;
};

/** What officers read. `contact` and `documents` are absent once it was declined. */
export type JoiningFile = JoiningView & {
  readonly request: Pick<JoiningRequest, 'party' | 'evidence'>;
  readonly contact?: string;
  readonly documents?: JoiningRequest['documents'];
};

export interface Joining {
  /** Keeps a request, or answers with the one kept. Decides nothing. Throws `joining.full`, `joining.party-full`. */
  request(request: JoiningRequest): Promise<JoiningView>;
  /** Throws `joining.unknown`. */
  find(id: string): Promise<JoiningView>;
  list(): Promise<readonly JoiningView[]>;
  /** Throws `joining.unknown`, and what the sealer throws. */
  open(id: string): Promise<JoiningFile>;
  /** Puts it aside: what was sealed with it is erased. Throws `joining.unknown`. */
  decline(id: string, reason: string): Promise<JoiningView>;
}

export type JoiningPorts = {
  readonly clock: Pick<Clock, 'now'>;
  readonly store: JoiningStore;
  readonly sealer: Sealer;
  readonly follower: { view(): NetworkView | undefined };
};

const BOUNDS = { maxOpen: 1000, maxOpenPerParty: 3 };
/** A request that nobody has decided about is forgotten then: its organisation may ask again. */
const KEPT_MS = 90 * 86_400_000;
const FORGET_LIMIT = 100;

/** Receives requests to join. Accrediting is a decision like any other: an operator's key here lets nobody in. */
export function createJoining({ clock, store, sealer, follower }: JoiningPorts): Joining {
  function stateOf({ party, request, declined, receivedAt }: KeptJoining): JoiningState {
    if (declined !== undefined) return 'declined';
    if (isAccredited(follower.view(), party, request)) return 'accredited';
    return clock.now() < receivedAt + KEPT_MS ? 'open' : 'lapsed';
  }

  async function viewOf(kept: KeptJoining): Promise<JoiningView> {
    const { id, party, receivedAt, declined } = kept;
    const state = stateOf(kept);
    return {
      ...{ id, party, state, receivedAt, keptUntil: receivedAt + KEPT_MS },
      ...(state === 'open' ? { before: await store.countBefore(id) } : {}),
      ...(declined === undefined ? {} : { reason: declined }),
    };
  }

  async function read(id: string): Promise<KeptJoining> {
    const kept = await store.read(id);
    if (kept !== undefined) return kept;
    throw new CodedError('joining.unknown', 'No request with this digest is kept here.');
  }

  return {
    async request(request) {
      await store.forget(clock.now() - KEPT_MS, FORGET_LIMIT);
      const { contact, documents = [], ...open } = request;
      const id = bindingDigest(request);
      const answer = await store.add(
        {
          ...{ id, party: request.party.id, request: canonicalJson(open), receivedAt: clock.now() },
          sealed: await sealer.seal(encodeUtf8(canonicalJson({ contact, documents })), contextOf(id)),
        },
        BOUNDS,
      );
      if ('kept' in answer) return viewOf(answer.kept);
      if (answer.answer === 'full') {
        throw new CodedError('joining.full', 'As many requests wait here as are kept. Ask again later.');
      }
      throw new CodedError(
        'joining.party-full',
        `This party has ${BOUNDS.maxOpenPerParty} open requests here already.`,
      );
    },
    find: async (id) => viewOf(await read(id)),
    list: async () => Promise.all((await store.readOpen()).map(viewOf)),
    async open(id) {
      const kept = await read(id);
      const request = JSON.parse(kept.request) as JoiningFile['request'];
      const said =
        kept.sealed === undefined ? {} : JSON.parse(parseUtf8(await sealer.open(kept.sealed, contextOf(id))));
      return { ...(await viewOf(kept)), request, ...(said as Pick<JoiningFile, 'contact' | 'documents'>) };
    },
    async decline(id, reason) {
      if (!(await store.decline(id, reason))) await read(id);
      return viewOf(await read(id));
    },
  };
}

function contextOf(id: string): string {
  return `joining ${id}`;
}

/** By the log alone: for every type that was asked for, with whatever terms officers found right. */
function isAccredited(view: NetworkView | undefined, id: string, request: string): boolean {
  const party = view?.parties.get(id);
  const { party: asked } = JSON.parse(request) as { readonly party: Party };
  const has = (type: string) => party?.accreditations.some((granted) => granted.type === type) === true;
  return asked.accreditations.length > 0 && asked.accreditations.every(({ type }) => has(type));
}
