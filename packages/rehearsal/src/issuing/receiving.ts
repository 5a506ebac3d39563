import {
  CodedError,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  isCodedError,
  type JsonObject,
  type PublicJwk,
} from '@holdfast/core';
import type { Issuer } from '@holdfast/server/roles';
import type { World } from '../world.ts';
import type { Harbour } from './harbour.ts';
import { BERTH, HARBOUR, HARBOUR_ISSUER } from './issuer-node.ts';

/** Mean time between two people, milliseconds; the most there will be. */
const BETWEEN_MS = 6000;
const MAX_PEOPLE = 200;
/** How often one step is tried, and how many offers one person gets before they give up. */
const MAX_TRIES = 60;
const MAX_OFFERS = 12;
const GRANT = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';

type Person = { readonly label: string; readonly key: PublicJwk };

/** People come for a credential all the time, and ask until they have one. */
export function startReceiving(world: World, harbour: Harbour): void {
  const { scheduler, signatures } = world;
  const random = world.random.fork('receiving');
  let people = 0;
  const next = () => {
    if (world.trouble().isOver || people >= MAX_PEOPLE) return;
    people += 1;
    world.desk.open += 1;
    const person = { label: `person ${people}`, key: signatures.createKey('ES256') };
    receive(world, harbour, person).finally(() => {
      world.desk.open -= 1;
    });
    scheduler.after(1 + random.below(2 * BETWEEN_MS), next);
  };
  next();
}

/** A code works once: when its answer was lost, only another offer helps. */
export async function receive(world: World, harbour: Harbour, person: Person): Promise<void> {
  for (let offer = 1; offer <= MAX_OFFERS; offer += 1) {
    const token = await redeem(world, harbour, person, `${person.label}, offer ${offer}`);
    if (token !== undefined && (await take(world, harbour, person, token))) return;
  }
}

/** An access token; undefined when this offer is over. */
async function redeem(world: World, harbour: Harbour, person: Person, key: string): Promise<string | undefined> {
  const request = { type: BERTH, claims: { berth: person.label }, label: person.label };
  const made = await insist(world, harbour, (issuer) => issuer.createOffer(HARBOUR, request, key));
  const reference = made === undefined ? null : new URL(made.offerUri).searchParams.get('credential_offer_uri');
  const link = reference?.split('/').at(-1) ?? '';
  const offered = await insist(world, harbour, (issuer) => issuer.readOffer(HARBOUR, link));
  const { grants } = (offered ?? {}) as { grants?: Record<string, { 'pre-authorized_code'?: string }> };
  const form = { grant_type: GRANT, 'pre-authorized_code': grants?.[GRANT]?.['pre-authorized_code'] ?? '' };
  const answer = await insist(world, harbour, (issuer) => issuer.redeemCode(HARBOUR, form));
  return answer?.access_token;
}

/** Asks for the credential with a fresh proof each time, as a wallet does that got no answer. */
async function take(world: World, harbour: Harbour, person: Person, token: string): Promise<boolean> {
  const answer = await insist(world, harbour, async (issuer) => {
    const { c_nonce } = issuer.createNonce(HARBOUR);
    return issuer.issueCredentials(HARBOUR, token, {
      credential_configuration_id: BERTH,
      proofs: { jwt: [prove(world, person.key, c_nonce)] },
    });
  });
  const [issued] = answer?.credentials ?? [];
  if (answer === undefined || issued === undefined) return false;
  harbour.laws.receive(person.label, issued.credential);
  const notice = { notification_id: answer.notification_id, event: 'credential_accepted' };
  await insist(world, harbour, (issuer) => issuer.receiveNotification(HARBOUR, token, notice));
  return true;
}

function prove({ signatures, scheduler }: World, jwk: PublicJwk, nonce: string): string {
  const payload = { aud: HARBOUR_ISSUER, iat: Math.floor(scheduler.now / 1000), nonce } satisfies JsonObject;
  const input = encodeSigningInput({ alg: 'ES256', typ: 'openid4vci-proof+jwt', jwk }, payload);
  return encodeJws(input, signatures.sign(jwk, encodeUtf8(input)));
}

/** What asking again may change. Any other refusal is the office's last word on this offer. */
const PASSING: ReadonlySet<string> = new Set([
  'issuance.unavailable',
  'issuance.not-accredited',
  'issuance.nonce-invalid',
  'offer.too-many',
]);

/** Undefined when the answer is no, which repeating would not change. */
async function insist<Result>(
  { scheduler }: World,
  { node, line }: Harbour,
  ask: (issuer: Issuer) => Promise<Result>,
): Promise<Result | undefined> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    try {
      return await line.ask(() => node.issuer, ask, silent);
    } catch (error) {
      if (isCodedError(error) && error.code !== SILENT && !PASSING.has(error.code)) return undefined;
      await scheduler.clock().sleep(500 * Math.min(attempt, 8));
    }
  }
  return undefined;
}

const SILENT = 'network.unreachable';

function silent(): Error {
  return new CodedError(SILENT, 'No answer from the office.');
}
