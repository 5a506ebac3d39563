import { encodePersonCode, personCodeDigest } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { Matters, VouchedFiling } from './matters.ts';

export type MattersWorld = {
  readonly matters: Matters;
  /** Codes that open something: of an application, an offer, and a case that is open in the log. */
  readonly codes: { readonly application: string; readonly offer: string; readonly case: string };
  /** A filing that the rulebook knows, about something that has no case yet. */
  readonly filing: VouchedFiling;
  /** What was filed stands in the log. */
  readonly tick: () => Promise<void>;
};

/** Every way to the matters of people runs this suite. */
export function describeMatters(name: string, create: () => Promise<MattersWorld>): void {
  describe(name, () => {
    it('opens what a code is of, and nothing by a code that nobody has', async () => {
      const { matters, codes } = await create();
      const application = await matters.findApplication(personCodeDigest(codes.application));
      expect(application).toMatchObject({ matter: { of: 'application', state: 'acknowledged' }, verdicts: [] });
      expect(application?.party).toBeTruthy();
      const offer = await matters.findOffer(personCodeDigest(codes.offer));
      expect(offer).toMatchObject({ tenant: 'civic', state: 'offered', places: [] });
      expect(await matters.findCase(codes.case)).toMatchObject({ matter: { of: 'case', state: 'open' } });
      const nobody = encodePersonCode('application', new Uint8Array(13));
      expect(await matters.findApplication(personCodeDigest(nobody))).toBeUndefined();
      expect(await matters.findOffer(personCodeDigest(nobody))).toBeUndefined();
      expect(await matters.findCase(nobody)).toBeUndefined();
    });

    it('files once for whom it is vouched, answers repeats the same, and says why it does not', async () => {
      const { matters, codes, filing, tick } = await create();
      const code = await matters.file(filing, 'holder h', 'key-1');
      expect(await matters.file(filing, 'holder h', 'key-1')).toBe(code);
      await tick();
      const { case: id } = (await matters.findCase(code)) ?? {};
      expect(id).toBeTruthy();
      const other = { ...filing, statement: 'Something else.' };
      await expect(matters.file(other, 'holder h', 'key-1')).rejects.toMatchObject({
        code: expect.stringMatching(/^case\./),
      });
      const unknown = { ...filing, class: 'never-heard-of' };
      await expect(matters.file(unknown, 'holder h', 'key-2')).rejects.toMatchObject({ code: 'case.rules' });
      const again = matters.respond(id ?? '', { act: 'withdraw' }, codes.case, 'key-3');
      await expect(again).rejects.toMatchObject({ code: expect.stringMatching(/^case\./) });
      expect(await matters.respond(id ?? '', { act: 'withdraw' }, code, 'key-4')).toBeUndefined();
    });
  });
}
