import { encodeVerdict, type Position, parseVerdictEnvelope } from '@holdfast/core';
import { expect, it } from 'vitest';
import type { Verification } from './verification.ts';

/** Verifier `north` of a network, and one way to it. */
export type VerificationUnderTest = {
  readonly verification: Verification;
  /** A credential of the network that is valid now, each call another; all stand at one place of one list. */
  readonly credential: () => string;
  /** Presents one to whoever asks with this nonce and audience. */
  readonly present: (credential: string, asked: { readonly nonce: string; readonly audience: string }) => string;
  /** How far the verifier has read. */
  readonly position: () => Position;
  /** How far it has read another network, the only one beside its own. */
  readonly otherPosition: () => Position;
  /** Revokes the credentials, and lets the verifier read on. */
  readonly revoke: () => Promise<void>;
  /** Lets the verifier's time pass until this has settled: it may be waiting for its network. */
  readonly patiently: <Result>(answer: Promise<Result>) => Promise<Result>;
  /** The same way to the same verifier after it was started again. */
  readonly restart: () => Promise<Verification>;
};

const PAY = { class: 'pay', freshness: { mode: 'any' }, amount: '1200' } as const;
const QUERY = { credentials: [{ id: 'c', format: 'dc+sd-jwt', meta: { vct_values: ['residence'] } }] };

/** Every way to a verifier runs this suite. `open` gives a new network each time. */
export function verificationContract(open: () => Promise<VerificationUnderTest>): void {
  it('answers with a verdict that its verifier has signed, whatever was presented', async () => {
    const { verification, credential } = await open();
    for (const [presentation, outcome] of [
      [credential(), 'valid'],
      ['no credential', 'invalid'],
    ] as const) {
      const { id, jws, verdict } = await verification.verify({ presentation, want: PAY });
      expect(verdict).toMatchObject({ outcome, basis: { request: PAY } });
      expect(parseVerdictEnvelope(jws).envelope).toMatchObject({ iss: 'north', jti: id, verdict });
    }
  });

  it('passes on what is asked: binding, query, and how fresh', async () => {
    const { verification, credential, present, position, otherPosition } = await open();
    const asked = { nonce: 'application 1', audience: 'winter-relief' };
    const presentation = present(credential(), asked);
    const freshnesses = [
      { mode: 'max-age', maxAgeMs: 60_000 },
      { mode: 'at-least', positions: [position()] },
      { mode: 'at', position: position() },
      { mode: 'at', position: position(), recognised: [otherPosition()] },
    ] as const;
    for (const freshness of freshnesses) {
      const want = { ...PAY, freshness };
      const { verdict } = await verification.verify({ presentation, ...asked, query: QUERY, want, deadlineMs: 100 });
      expect(verdict).toMatchObject({ outcome: 'valid', basis: { request: { ...want, ...asked, query: QUERY } } });
    }
    const { verdict } = await verification.verify({ presentation, ...asked, nonce: 'application 2', want: PAY });
    expect(verdict.reasons).toEqual([{ code: 'holder.nonce', path: '' }]);
  });

  it('says how far it has read of other networks', async () => {
    const { verification, otherPosition } = await open();
    expect(await verification.otherPositions()).toEqual([otherPosition()]);
  });

  it('repeats its answer to a key, also to several at once, and refuses the key for another question', async () => {
    const { verification, credential } = await open();
    const question = { presentation: credential(), want: PAY, keepStanding: true, key: 'application-1' };
    const first = await verification.verify(question);
    const again = await Promise.all([1, 2, 3].map(() => verification.verify(question)));
    for (const answer of again) expect(answer).toEqual(first);
    const once = await Promise.all([1, 2, 3].map(() => verification.verify({ ...question, key: 'application-2' })));
    expect(new Set(once.map(({ id }) => id)).size).toBe(1);
    for (const other of [{ presentation: credential() }, { want: { ...PAY, amount: '1201' } }, { nonce: 'n' }]) {
      const refused = verification.verify({ ...question, ...other });
      await expect(refused).rejects.toMatchObject({ code: 'verify.key-conflict' });
    }
    expect((await verification.verify({ ...question, key: 'application-3' })).id).not.toBe(first.id);
  });

  it('confirms what stands, for the amount that was asked, without what was disclosed', async () => {
    const { verification, credential, present, position } = await open();
    const asked = { nonce: 'application 1', audience: 'winter-relief' };
    const presentation = present(credential(), asked);
    const want = { ...PAY, freshness: { mode: 'at', position: position() } } as const;
    const first = await verification.verify({ presentation, ...asked, query: QUERY, want, keepStanding: true });
    expect(first.verdict.allows).toEqual({ effect: 'reserve', maxAmount: '1200' });
    const { id, jws, verdict } = await verification.confirm(first.id, position());
    expect(verdict).toMatchObject({ outcome: 'valid', allows: { effect: 'final' } });
    const freshness = { mode: 'at-least', positions: [position()] };
    expect(verdict.basis.request).toEqual({ class: 'pay', freshness, amount: '1200' });
    expect(verdict.basis.credential).toBe(first.verdict.basis.credential);
    expect(parseVerdictEnvelope(jws).envelope).toMatchObject({ iss: 'north', jti: id, confirms: first.id });
  });

  it('never confirms what was revoked, and confirms again and at once with equal verdicts', async () => {
    const { verification, credential, position, revoke } = await open();
    const { id } = await verification.verify({ presentation: credential(), want: PAY, keepStanding: true });
    await revoke();
    const confirmed = await Promise.all([1, 2, 3].map(() => verification.confirm(id, position())));
    expect(confirmed[0]?.verdict).toMatchObject({ outcome: 'revoked', allows: { effect: 'none' } });
    expect(new Set(confirmed.map(({ verdict }) => encodeVerdict(verdict))).size).toBe(1);
    expect(new Set(confirmed.map((answer) => answer.id)).size).toBe(3);
  });

  it('does not know, and keeps the place, when it is asked to confirm ahead of what it can read', async () => {
    const { verification, credential, position, patiently } = await open();
    const { id } = await verification.verify({ presentation: credential(), want: PAY, keepStanding: true });
    const { verdict } = await patiently(verification.confirm(id, { ...position(), size: 1_000_000 }));
    expect(verdict).toMatchObject({ outcome: 'unknown', allows: { effect: 'queue' } });
    expect(verdict.reasons).toEqual([{ code: 'position.ahead', path: '' }]);
    expect((await verification.confirm(id, position())).verdict.outcome).toBe('valid');
  });

  it('has erased what is settled, for good, and takes it again', async () => {
    const { verification, credential, position, restart } = await open();
    const question = { presentation: credential(), want: PAY, keepStanding: true, key: 'application-1' };
    const { id } = await verification.verify(question);
    await verification.settled(id);
    await verification.settled(id);
    await verification.settled('never-given');
    await expect(verification.confirm(id, position())).rejects.toMatchObject({ code: 'standing.erased' });
    // Whoever repeats its question after all does not bring it back.
    expect((await verification.verify(question)).id).toBe(id);
    await expect((await restart()).confirm(id, position())).rejects.toMatchObject({ code: 'standing.erased' });
  });

  it('says what was never kept, and what it does not know', async () => {
    const { verification, credential, position } = await open();
    const unasked = await verification.verify({ presentation: credential(), want: PAY });
    const hopeless = await verification.verify({ presentation: 'no credential', want: PAY, keepStanding: true });
    for (const { id } of [unasked, hopeless]) {
      await expect(verification.confirm(id, position())).rejects.toMatchObject({ code: 'standing.not-kept' });
    }
    await expect(verification.confirm('unknown', position())).rejects.toMatchObject({ code: 'verdict.not-found' });
    const viewed = verification.verify({
      presentation: credential(),
      want: { ...PAY, class: 'view' },
      keepStanding: true,
    });
    await expect(viewed).rejects.toMatchObject({ code: 'standing.only-pay' });
  });

  it('still confirms after the verifier was started again', async () => {
    const { verification, credential, position, restart } = await open();
    const { id } = await verification.verify({ presentation: credential(), want: PAY, keepStanding: true });
    const { verdict } = await (await restart()).confirm(id, position());
    expect(verdict).toMatchObject({ outcome: 'valid', allows: { effect: 'final' } });
  });
}
