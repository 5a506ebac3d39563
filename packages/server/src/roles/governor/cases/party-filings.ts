import {
  CodedError,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  keysInForce,
  type NetworkState,
  type PartyFiling,
  parsePartyFiling,
  type SignedPartyFiling,
  sha256Base64url,
  signatureCheck,
  thumbprint,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { Clock } from '../../../ports/clock.ts';
import type { FilingDesk, FilingReceipt } from '../../../ports/filing.ts';
import type { GovernorSigner } from '../neighbours.ts';
import { GOVERNOR_KEY } from '../statements.ts';
import type { CaseDesk } from './case-desk.ts';

export type PartyFilingsPorts = {
  readonly clock: Pick<Clock, 'now'>;
  readonly engine: SignatureEngine;
  readonly signer: GovernorSigner;
  readonly follower: { readonly state: Readonly<NetworkState> };
  readonly desk: Pick<CaseDesk, 'file' | 'account' | 'incidents'>;
};

/**
 * What parties of the network file, each by its own signature: no bearer key opens this door, and none is needed. Throws
 * `case.filing`, `case.party`, and what the desk throws.
 */
export function createPartyFilings({ clock, engine, signer, follower, desk }: PartyFilingsPorts): FilingDesk {
  async function acknowledge(signed: string, told: Omit<FilingReceipt, 'acknowledgement'>): Promise<FilingReceipt> {
    const kid = thumbprint(await signer.readPublicKey(GOVERNOR_KEY));
    const header = { alg: 'ES256', kid, typ: 'case-acknowledgement+jwt' };
    const payload = { network: follower.state.name, filing: sha256Base64url(signed), ...told };
    const input = encodeSigningInput(header, payload);
    const acknowledgement = encodeJws(input, await signer.sign(GOVERNOR_KEY, encodeUtf8(input)));
    return { ...told, acknowledgement };
  }

  async function recordIncident(filing: PartyFiling & { readonly kind: 'incident' }): Promise<string> {
    // Ids with a space are those of missed deadlines, which file themselves.
    const incident = `party.${keyOf(filing)}`;
    const isKnown = () => desk.incidents().some(({ id }) => id === incident);
    if (isKnown()) return incident;
    const { party: owner, statement } = filing;
    const account = { incident, report: 'preliminary', digest: sha256Base64url(statement), owner } as const;
    await desk.account({ ...account, class: filing.class }).catch((error: unknown) => {
      // The first answer was lost: what is in the log already is refused as told twice.
      if (!isKnown()) throw error;
    });
    return incident;
  }

  return {
    async file(signed) {
      const { filing } = await verified(parsePartyFiling(signed), follower.state, engine);
      const { filedAt } = filing;
      if (filing.kind === 'incident') {
        const id = await recordIncident(filing);
        const dueMs = follower.state.rulebook?.body.cases?.incidents.fullMs ?? 0;
        return acknowledge(signed, { of: 'incident', id, filedAt, promisedBy: clock.now() + dueMs });
      }
      const { party, about, remedy, subject, statement } = filing;
      const said = { about, class: filing.class, remedy, subject: subjectOf(subject), statement };
      const answer = await desk.file(said, { party }, `party ${keyOf(filing)}`);
      return acknowledge(signed, { of: 'case', id: answer.case, filedAt, promisedBy: answer.promisedBy });
    },
  };
}

/** Not a word that could come in through a header: no request of anybody else has such a key. */
function keyOf({ party, id }: PartyFiling): string {
  return sha256Base64url(JSON.stringify([party, id]));
}

function subjectOf(subject: (PartyFiling & { readonly kind: 'case' })['subject']) {
  if ('list' in subject) return subject;
  return { program: subject.program, ...(subject.digest === undefined ? {} : { digest: subject.digest }) };
}

/** By a key in force, of a party of this network, about what that party has to do with. */
async function verified(
  signed: SignedPartyFiling,
  state: Readonly<NetworkState>,
  engine: SignatureEngine,
): Promise<SignedPartyFiling> {
  const { filing, jws, kid } = signed;
  const party = state.parties.get(filing.party);
  const keys = [...keysInForce(party, 'statement', state.time), ...keysInForce(party, 'verdict', state.time)];
  const key = keys.find((each) => thumbprint(each) === kid);
  const [holds] = key === undefined ? [] : await engine.verify([signatureCheck(jws, key)]);
  if (filing.network !== state.name || party === undefined || party.kind === 'officer' || holds !== true) {
    throw new CodedError('case.party', 'This is not signed by a party of this network, with a key that is in force.');
  }
  if (filing.kind === 'case') assertConcerned(filing, state);
  return signed;
}

/** A program is its organiser's; a credential is anybody's who was shown it, and its place is public. */
function assertConcerned({ subject, party }: PartyFiling & { readonly kind: 'case' }, state: Readonly<NetworkState>) {
  const isTheirs =
    'list' in subject
      ? state.lists.has(subject.list)
      : state.programs.get(subject.program)?.program.organiser === party;
  if (isTheirs) return;
  throw new CodedError('case.subject', 'This network has no such list, or the program is not of the party that files.');
}
