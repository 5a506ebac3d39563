import { z } from 'zod';
import { jwkSchema } from '../src/encoding/jwk-schema.ts';
import { rulebookSchema } from '../src/rulebook/rulebook.ts';

/** A public key, as far as a schema can say it. */
const JWK = {
  type: 'object',
  properties: { kty: { type: 'string' }, crv: { type: 'string' }, x: { type: 'string' }, y: { type: 'string' } },
  required: ['kty'],
  not: { required: ['d'] },
};

/** The published form of the rulebook's schema: what a schema cannot say (sums, names that must be known) is for the reader. */
export function rulebookJsonSchema(): object {
  const schema: unknown = z.toJSONSchema(rulebookSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === (jwkSchema as unknown)) Object.assign(jsonSchema, JWK);
    },
  });
  return { ...(JSON.parse(JSON.stringify(schema)) as object), title: 'Rulebook' };
}
