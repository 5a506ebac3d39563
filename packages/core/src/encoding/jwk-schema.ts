import { z } from 'zod';
import { isCodedError } from '../errors.ts';
import { type PublicJwk, parsePublicJwk } from './jwk.ts';

/** A public key inside a larger document. Unknown members of the JWK are dropped; a private member is refused. */
export const jwkSchema: z.ZodType<PublicJwk> = z.unknown().transform((value, context): PublicJwk => {
  try {
    return parsePublicJwk(value);
  } catch (error) {
    context.issues.push({ code: 'custom', input: value, message: isCodedError(error) ? error.code : 'jwk.malformed' });
    return z.NEVER;
  }
});
