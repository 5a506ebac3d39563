import {
  CodedError,
  isCodedError,
  isJsonObject,
  type JsonObject,
  type Position,
  parseVerdictEnvelope,
  TICK_MS,
  type Verdict,
} from '@holdfast/core';
import { createWallet, createWebKeys, type HolderKeys, type Wallet } from '@holdfast/wallet';
import { offerCredential } from '../commands/issue.ts';
import type { NetworkClient } from '../network-client.ts';

/** One thing the tour did: what was expected, what happened, and whether that held. */
export type Step = {
  readonly name: string;
  readonly held: boolean;
  readonly words: string;
  readonly detail: JsonObject;
};

export type Person = { readonly label: string; readonly wallet: Wallet; readonly keys: HolderKeys };

/** What the steps share. */
export type Stage = {
  readonly client: NetworkClient;
  readonly data: string;
  /** Told while a step takes its time. */
  readonly progress: (what: string, done: number, total: number) => void;
};

export type Answer = { readonly id: string; readonly verdict: Verdict; readonly signed: string };

/** People with a wallet each, whose labels begin with the tour's own word. */
export function createPerson(label: string): Person {
  const keys = createWebKeys();
  return { label, keys, wallet: createWallet({ keys, allowLoopback: true }) };
}

const CLAIMS = { given_name: 'Ada', family_name: 'Example', birthdate: '1985-12-10' };

/** Offers a credential to a person and lets their wallet take it up. */
export async function issueTo(
  { client }: Stage,
  person: Person,
  type: 'residence' | 'visitor-pass' = 'residence',
): Promise<string> {
  const resident_id = `R-${person.label}`;
  const claims = type === 'residence' ? { ...CLAIMS, resident_id } : { resident_id };
  const offer = await offerCredential(client, 'civic', { type, claims, label: person.label });
  const [held] = await person.wallet.receive(offer.offerUri);
  if (held === undefined) throw new CodedError('tour.step', `The wallet of ${person.label} received nothing.`);
  return held.credential;
}

const RESIDENCE = (origin: string) => ({
  credentials: [
    {
      id: 'residence',
      format: 'dc+sd-jwt',
      meta: { vct_values: [`${origin}/vct/civic/residence/1`] },
      claims: [{ path: ['resident_id'] }],
    },
  ],
});

const POLL_MS = 50;
const MAX_POLLS = 200;

/** Presents by OpenID4VP 1.0: the verifier asks, the wallet answers, the relying party reads the verdict. */
export async function presentTo(
  { client }: Stage,
  person: Person,
  verifier: string,
  action: 'pay' | 'view' = 'view',
): Promise<Answer> {
  const asked = await client.post(`/v/${verifier}/presentations`, {
    query: RESIDENCE(client.url),
    want: { class: action, ...(action === 'pay' ? { amount: '10000' } : {}) },
  });
  await person.wallet.present(String(asked.walletLink)).catch((error: unknown) => {
    // A wallet is told tersely that it was refused; why, the relying party reads in the verdict.
    if (!isCodedError(error) || error.code !== 'wallet.refused') throw error;
  });
  for (let i = 0; i < MAX_POLLS; i += 1) {
    const status = await client.get(`/v/${verifier}/presentations/${String(asked.id)}`);
    if (status.state !== 'pending') return answerOf(status);
    await pause(POLL_MS);
  }
  throw new CodedError('tour.step', `${verifier} did not finish with a presentation.`);
}

/** Hands a text to a verifier, as a relying party that has received it some other way. */
export async function verifyAt({ client }: Stage, verifier: string, body: object): Promise<Answer> {
  return answerOf(await client.post(`/v/${verifier}/verify`, body));
}

function answerOf(json: JsonObject): Answer {
  if (typeof json.signed !== 'string') {
    throw new CodedError('tour.step', `A verifier gave no verdict: ${JSON.stringify(json).slice(0, 300)}`);
  }
  const { envelope } = parseVerdictEnvelope(json.signed);
  return { id: envelope.jti, verdict: envelope.verdict, signed: json.signed };
}

/** How far a verifier has read. */
export async function readPosition({ client }: Stage, verifier: string): Promise<Position | undefined> {
  const { position } = await client.get(`/v/${verifier}`);
  return isJsonObject(position) ? (position as unknown as Position) : undefined;
}

/** Waits until a verifier has read so far, at most so long. */
export async function awaitPosition(stage: Stage, verifier: string, size: number, timeoutMs: number): Promise<boolean> {
  const start = performance.now();
  while (performance.now() - start < timeoutMs) {
    const position = await readPosition(stage, verifier);
    if (position !== undefined && position.size >= size) return true;
    await pause(POLL_MS);
  }
  return false;
}

/** Waits until what a verifier has read is older than this, by one tick more, at most so long. */
export async function awaitAge(stage: Stage, verifier: string, ageMs: number, timeoutMs: number): Promise<void> {
  const position = await readPosition(stage, verifier);
  const until = Math.min((position?.time ?? 0) + ageMs + TICK_MS, Date.now() + timeoutMs);
  await pause(Math.max(0, until - Date.now()));
}

export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** Runs work for each item, a few at a time, and tells how far it is. */
export async function forEach<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<void>,
  told: (done: number) => void,
): Promise<void> {
  let next = 0;
  let done = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      await work(items[index] as T, index);
      done += 1;
      told(done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
}
