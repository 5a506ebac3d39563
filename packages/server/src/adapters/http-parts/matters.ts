import { z } from 'zod';
import type { Matters, OwnApplication, OwnMatter, OwnOffer } from '../../ports/matters.ts';
import { createPartAsker, type HttpPartOptions } from './part-asker.ts';

const word = z.string().max(1_000);
const found = <Found extends z.ZodType>(what: Found) => z.strictObject({ found: what.optional() });
/** What is in it is made and read by the same release of one house: only that it is of its kind is looked at. */
const matter = <Of extends string>(of: Of) => z.looseObject({ of: z.literal(of), state: word });

const application = z.strictObject({
  matter: matter('application'),
  ...{ program: word, application: word, holder: word, party: word },
  verdicts: z.array(word).max(64),
});
const offer = z.strictObject({
  ...{ tenant: word, type: word, id: word, state: z.enum(['offered', 'missed', 'issued']) },
  ...{ until: z.int().optional(), issuedAt: z.int().optional(), expiresAt: z.int().optional(), vct: word.optional() },
  places: z.array(z.strictObject({ list: word, index: z.int().min(0) })).max(1_000),
});
const own = z.strictObject({ case: word, matter: matter('case') });

/** What the roles of a network have about people, in their own processes. Throws `part.unreachable`, `case.*`. */
export function createHttpMatters(options: HttpPartOptions): Matters {
  const ask = createPartAsker(options);
  return {
    async findApplication(digest) {
      const answer = await ask(
        { part: 'distributor', path: '/matters/distributor', body: { digest } },
        found(application),
      );
      return answer.found as (OwnApplication & { readonly party: string }) | undefined;
    },
    async findOffer(digest) {
      const answer = await ask({ part: 'issuer', path: '/matters/issuer', body: { digest } }, found(offer));
      return answer.found as OwnOffer | undefined;
    },
    async findCase(code) {
      const answer = await ask({ part: 'governor', path: '/matters/governor', body: { code } }, found(own));
      return answer.found as OwnMatter | undefined;
    },
    async file(filing, vouched, key) {
      const body = { filing, vouched, key };
      const path = '/matters/governor/filings';
      return (await ask({ part: 'governor', path, body }, z.strictObject({ code: word }))).code;
    },
    async respond(id, response, code, key) {
      const body = { id, response, code, key };
      await ask({ part: 'governor', path: '/matters/governor/responses', body }, z.strictObject({}));
    },
  };
}
