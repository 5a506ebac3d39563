import {
  applicationNonce,
  assert,
  CodedError,
  confirmationOf,
  type Json,
  parseCredential,
  qualify,
  qualifyUnder,
  TICK_MS,
  type Verdict,
} from '@holdfast/core';
import type { KeptApplication, Payment } from '../../ports/distributor-store.ts';
import type { GivenVerdict } from '../../ports/verification.ts';
import type { Bench } from './judging.ts';
import { openApplication } from './kept-application.ts';
import type { DistributorPorts } from './neighbours.ts';
import type { Paying } from './paying.ts';

export interface Succeeding {
  /**
   * Takes the presentation of a newer credential for an application whose money waits because the one it was made with was
   * replaced: bound to the same application, of the same person, attested by the same issuer, and good now. Pays. The
   * same again is told the same. Throws `application.successor-early` while nothing is set aside, `application.successor-late`
   * once it has gone one way or the other, `application.successor-refused` with the reason, and what the verifier throws.
   */
  succeed(bench: Bench, kept: KeptApplication, presentation: string): Promise<void>;
}

/** Longer than a confirmation takes: somebody waits for this answer. */
const DEADLINE_MS = 5000;

export function createSucceeding(ports: DistributorPorts, paying: Pick<Paying, 'postBy'>): Succeeding {
  async function verify(
    { record: { program }, rulesUnder }: Pick<Bench, 'record' | 'rulesUnder'>,
    kept: KeptApplication,
    { amount, presentation }: { readonly amount: bigint; readonly presentation: string },
  ) {
    assert(kept.sealed !== undefined, 'what is not paid is not erased');
    const { application } = await openApplication(ports.sealer, kept, kept.sealed);
    const versions = rulesUnder(application.program);
    const given = await ports.verification.verify({
      ...{ presentation, nonce: applicationNonce(application), audience: program.organiser },
      query: versions[0].program.query as Json,
      want: { class: 'pay', freshness: { mode: 'any' }, amount: `${amount}` },
      deadlineMs: DEADLINE_MS,
    });
    return { application, given, versions };
  }

  return {
    async succeed(bench, kept, presentation) {
      const { record } = bench;
      const payment = waitingPayment(kept);
      if (payment === undefined) return;
      const { sealedAt } = record;
      const credential = parseCredential(presentation);
      if (!credential.ok || sealedAt === undefined) throw refused(credential.ok ? 'unsealed' : credential.reason.code);
      const { application, given, versions } = await verify(bench, kept, { amount: payment.amount, presentation });
      const { verdict } = given;
      const at = Math.floor((verdict.basis.tick * TICK_MS) / 1000);
      const asked = { application, credential, verdict, at, nullifierOf: bench.nullifierOf };
      const found = qualifyUnder(versions, asked, qualify);
      if (!found.ok) throw refused(found.code);
      if (!isSamePerson(kept, found.qualification)) throw refused('application.duplicate_person');
      if (confirmationOf(verdict, sealedAt, ports.follower.state) !== 'post') throw notYet(verdict);
      await paying.postBy(record, { ...kept, payment }, given satisfies GivenVerdict);
    },
  };
}

/** Undefined when it has been paid already: whoever repeats is told the same. */
function waitingPayment({ payment, judgement }: KeptApplication): Payment | undefined {
  if (judgement !== undefined && 'refused' in judgement) throw late('refused');
  if (payment === undefined || payment.state === 'planned') {
    throw new CodedError(
      'application.successor-early',
      'Nothing is set aside for this application yet. Ask again later.',
    );
  }
  if (payment.state === 'reserved') return payment;
  if (payment.state === 'voided') throw late('voided');
  return undefined;
}

function late(state: string): CodedError {
  return new CodedError('application.successor-late', 'This application has come to its end already.', { state });
}

function isSamePerson(
  { judgement }: KeptApplication,
  { nullifier, issuer }: { readonly nullifier: string; readonly issuer: string },
): boolean {
  if (judgement === undefined || !('candidacy' in judgement)) return false;
  return judgement.candidacy.nullifier === nullifier && judgement.candidacy.issuer === issuer;
}

function refused(why: string): CodedError {
  return new CodedError('application.successor-refused', `This credential does not take the other's place: ${why}.`, {
    why,
  });
}

/** Good as far as is known, but not known well enough to pay: nothing is lost, and it is asked again. */
function notYet({ reasons, freshness }: Verdict): CodedError {
  return new CodedError('application.successor-early', 'What is known of it is not fresh enough to pay. Ask again.', {
    freshness,
    reasons: reasons.map(({ code }) => code),
  });
}
