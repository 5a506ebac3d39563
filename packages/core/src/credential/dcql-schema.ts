import { z } from 'zod';

// DCQL as OpenID4VP 1.0 section 6 writes it, as far as queries for `dc+sd-jwt` and `jwt_vc_json` go. Members it does not name
// are dropped.

const id = z.string().regex(/^[A-Za-z0-9_-]+$/);
const step = z.union([z.string(), z.int().min(0), z.null()]);
const value = z.union([z.string(), z.number().refine(Number.isInteger), z.boolean()]);

const claimSchema = z.object({ id: id.optional(), path: z.array(step).min(1), values: z.array(value).optional() });

const setSchema = z.object({
  options: z.array(z.array(id).min(1)).min(1),
  required: z.boolean().default(true),
});

/** The whole query; what a credential of a format must look like is said by the schema of that format. */
export const querySchema = z.object({
  credentials: z.array(z.looseObject({ id, format: z.string() })).min(1),
  credential_sets: z.array(setSchema).min(1).optional(),
});

const credentialQuerySchema = z.object({
  id,
  multiple: z.boolean().default(false),
  require_cryptographic_holder_binding: z.boolean().default(true),
  claims: z.array(claimSchema).min(1).optional(),
  claim_sets: z.array(z.array(id).min(1)).min(1).optional(),
  trusted_authorities: z
    .array(z.object({ type: z.string(), values: z.array(z.string()).min(1) }))
    .min(1)
    .optional(),
});

export const sdJwtQuerySchema = credentialQuerySchema.extend({
  format: z.literal('dc+sd-jwt'),
  meta: z.object({ vct_values: z.array(z.string()).min(1) }),
});

export const vcJwtQuerySchema = credentialQuerySchema.extend({
  format: z.literal('jwt_vc_json'),
  meta: z.object({ type_values: z.array(z.array(z.string()).min(1)).min(1) }),
});
