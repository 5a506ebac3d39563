import {
  createCredentialDraft,
  createPresentationDraft,
  encodeCredential,
  encodePresentation,
  encodeUtf8,
  entropyForCredential,
  type JsonObject,
  parseCredential,
} from '@holdfast/core';
import { createPerson, issueTo, type Person, pause, type Stage, type Step, verifyAt } from './stage.ts';

const NONCE = 'tour-nonce-7d5c1f40a2b94e63';
const AUDIENCE = 'https://relying.example';
/** The three seconds of a visitor pass and one tick: verdicts count time in ticks. */
const UNTIL_EXPIRED_MS = 9000;

/** What each attempt must be refused with. */
type Attempt = {
  readonly name: string;
  readonly outcome: string;
  readonly code: string;
  readonly make: () => Promise<object>;
};

/** Forged, altered, replayed, expired and borrowed credentials, each with its stated refusal. */
export async function tryRefusals(stage: Stage, person: Person, credential: string): Promise<Step[]> {
  const attempts: readonly Attempt[] = [
    { name: 'forged', outcome: 'invalid', code: 'signature.invalid', make: () => forge(credential) },
    {
      name: 'altered',
      outcome: 'invalid',
      code: 'disclosure.unreferenced',
      make: async () => ({ credential: alter(credential) }),
    },
    { name: 'replayed', outcome: 'invalid', code: 'holder.nonce', make: () => replayOf(person, credential) },
    { name: 'borrowed', outcome: 'invalid', code: 'holder.signature', make: () => borrow(credential) },
    { name: 'expired', outcome: 'expired', code: 'time.expired', make: () => expire(stage) },
  ];
  const steps: Step[] = [];
  for (const attempt of attempts) {
    const { verdict } = await verifyAt(stage, 'north', await attempt.make());
    const codes = verdict.reasons.map(({ code }) => code);
    const held = verdict.outcome === attempt.outcome && codes.includes(attempt.code);
    const words = `${/^[aeiou]/.test(attempt.name) ? 'an' : 'a'} ${attempt.name} credential is ${verdict.outcome}: ${codes.join(', ')}`;
    const detail: JsonObject = {
      outcome: verdict.outcome,
      codes,
      expected: { outcome: attempt.outcome, code: attempt.code },
    };
    steps.push({ name: `refuse-${attempt.name}`, held, words, detail });
  }
  return steps;
}

/** Everything as the issuer writes it, signed by somebody else. */
async function forge(credential: string): Promise<object> {
  const parsed = parseCredential(credential);
  if (!parsed.ok) throw new Error(parsed.detail);
  const { keys } = createPerson('forger');
  const key = await keys.create();
  const { alg, kid, x5c } = parsed.header;
  const { _sd: _digests, _sd_alg: _algorithm, cnf: _cnf, status: _status, network: _network, ...open } = parsed.payload;
  const draft = createCredentialDraft({
    header: { alg, ...(kid === undefined ? {} : { kid }), ...(x5c === undefined ? {} : { x5c }) },
    claims: { ...open, resident_id: 'R-forged' },
    disclosable: ['resident_id'],
    holderKey: key.publicKey,
    ...(parsed.status === undefined ? {} : { status: parsed.status }),
    ...(parsed.network === undefined ? {} : { network: parsed.network }),
    salts: crypto.getRandomValues(new Uint8Array(entropyForCredential(1))),
  });
  const signature = await keys.sign(key.id, encodeUtf8(draft.signingInput));
  return { credential: encodeCredential(draft.signingInput, signature, draft.disclosures) };
}

/** One claim says something else than what was signed. */
function alter(credential: string): string {
  const [jwt = '', first = '', ...rest] = credential.split('~');
  const [salt, name] = JSON.parse(Buffer.from(first, 'base64url').toString('utf8')) as [string, string];
  const changed = Buffer.from(JSON.stringify([salt, name, 'Somebody Else'])).toString('base64url');
  return [jwt, changed, ...rest].join('~');
}

async function presentWith(
  person: Pick<Person, 'keys'>,
  keyId: string,
  credential: string,
  nonce: string,
): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  const draft = createPresentationDraft(credential, ['resident_id'], { nonce, audience: AUDIENCE, iat });
  return encodePresentation(draft, await person.keys.sign(keyId, encodeUtf8(draft.signingInput)));
}

/** A presentation somebody recorded, shown again where another nonce was asked for. */
async function replayOf(person: Person, credential: string): Promise<object> {
  const [held] = await person.wallet.readAll();
  const presentation = await presentWith(person, held?.keyId ?? '', credential, `${NONCE}-before`);
  return { presentation, nonce: NONCE, audience: AUDIENCE };
}

/** Somebody else's credential, with one's own key. */
async function borrow(credential: string): Promise<object> {
  const borrower = createPerson('borrower');
  const key = await borrower.keys.create();
  return { presentation: await presentWith(borrower, key.id, credential, NONCE), nonce: NONCE, audience: AUDIENCE };
}

async function expire(stage: Stage): Promise<object> {
  const visitor = createPerson(`tour-visitor-${crypto.randomUUID().slice(0, 8)}`);
  const credential = await issueTo(stage, visitor, 'visitor-pass');
  await pause(UNTIL_EXPIRED_MS);
  return { credential };
}
