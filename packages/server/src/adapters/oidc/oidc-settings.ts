import { z } from 'zod';
import { isHttpsOrLoopback } from './guarded-fetch.ts';

const role = z.enum(['viewer', 'clerk', 'operator', 'admin']);

/** How people log in at a provider of OpenID Connect: `--oidc FILE`. */
export const oidcSettingsSchema = z.strictObject({
  /** https, or on this machine. */
  issuer: z.url().refine(isHttpsOrLoopback, 'an issuer answers over https, or on this machine'),
  clientId: z.string().min(1).max(500),
  /** Absent: a public client, which PKCE alone protects. */
  clientSecret: z.string().min(1).max(500).exactOptional(),
  scope: z.string().max(500).default('openid profile'),
  /** The claim of the ID token in which roles or groups stand; with dots for one inside another. */
  claim: z.string().min(1).max(200),
  /** What its values mean here; who has several gets the first that is listed here. */
  roles: z
    .array(
      z.strictObject({ value: z.string().min(1).max(500), role, party: z.string().min(1).max(100).exactOptional() }),
    )
    .min(1)
    .max(100),
});

export type OidcSettings = z.infer<typeof oidcSettingsSchema>;
