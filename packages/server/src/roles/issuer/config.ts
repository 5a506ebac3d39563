import { CodedError } from '@holdfast/core';
import { z } from 'zod';

const DAY_MS = 86_400_000;

/** Names in paths: they become part of ids that credentials carry for years. */
const name = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/);
const text = z.string().min(1).max(200);

/** Claims that the issuer sets itself, or that mean something to a verifier; a type may not declare them. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['iss', 'sub', 'aud', 'iat', 'nbf', 'exp', 'jti', 'vct', 'vct#integrity', 'cnf', 'status', 'network'],
  ...['_sd', '_sd_alg', '...', '__proto__'],
]);

const claimSchema = z.object({
  name: z
    .string()
    .min(1)
    .max(64)
    .refine((claim) => !RESERVED.has(claim), 'this name is taken'),
  mandatory: z.boolean(),
  /** What a person reads for it. */
  display: text,
});

const typeSchema = z.object({
  id: name,
  version: z.string().regex(/^[0-9A-Za-z.-]{1,32}$/),
  name: text,
  description: z.string().max(1000).optional(),
  claims: z.array(claimSchema).min(1).max(64),
  /** Whole days after the day of issue. */
  ttlDays: z.int().min(0).max(36_500),
  /** Seconds after the moment of issue instead: for passes that end the same day, whose copies can be linked by it. */
  ttlSeconds: z.int().min(1).max(86_400).optional(),
});

export const tenantSchema = z.object({
  id: name,
  name: text,
  types: z.array(typeSchema).min(1).max(64),
  /** Leaf first, then intermediates, without the anchor: base64 of DER. */
  x5c: z.array(z.string().min(1).max(16_384)).min(1).max(4),
  /** The signer's names of the key that signs credentials and their lists, and of the one that signs statements. */
  credentialKey: z.string().min(1).max(200),
  statementKey: z.string().min(1).max(200),
});

const configSchema = z.object({ origin: z.string(), tenants: z.array(tenantSchema).min(1).max(1000) });

export type TypeConfig = z.infer<typeof typeSchema>;
export type TenantConfig = z.infer<typeof tenantSchema>;
export type IssuerConfig = z.infer<typeof configSchema>;

/** What one issuer role may cost. Times in milliseconds; at a bound the request is refused with a code. */
export type IssuerBounds = {
  /** Life of an offer that nobody has taken up, and of its code. */
  readonly offerLifeMs: number;
  /** How long after that the offer's row answers a repeated request; its claims are gone by then. */
  readonly offerMemoryMs: number;
  readonly tokenLifeMs: number;
  readonly nonceLifeMs: number;
  /** Key proofs may be this old, and this far ahead of our clock. */
  readonly proofAgeMs: number;
  readonly proofSkewMs: number;
  readonly maxTxCodeGuesses: number;
  /** Copies of one credential in one request. */
  readonly maxCopies: number;
  /** Offers of one tenant whose claims are kept. */
  readonly maxOpenOffers: number;
  /** Characters of all claims of one offer as JSON. */
  readonly maxClaimsLength: number;
  /** Indices of a new list. */
  readonly listSize: number;
  /** Indices left in the newest list when the next one is opened. */
  readonly listReserve: number;
  /** Life of a list token, from the epoch that it was read at: the outage that verifiers elsewhere survive. */
  readonly listTokenLifeMs: number;
  /** What a list token must have left for a credential to be placed on its list. */
  readonly listTokenMarginMs: number;
  /** How long outsiders may cache a list; tokens are re-signed at half of it. */
  readonly listTtlMs: number;
  /** How often the issuer looks after its lists, and how often it erases what is due. */
  readonly tickMs: number;
  readonly sweepMs: number;
  /** Issued credentials are forgotten this long after they expired. */
  readonly issuedMemoryMs: number;
  /** An offer of what replaces an earlier credential ends after this, and so do its claims. */
  readonly replacingLifeMs: number;
  /** How long a look at the log waits for its next epoch. */
  readonly readOnMs: number;
  /** How long opening a list waits for the network in one try. */
  readonly openTimeoutMs: number;
};

export const DEFAULT_ISSUER_BOUNDS: IssuerBounds = {
  offerLifeMs: 900_000,
  offerMemoryMs: DAY_MS,
  tokenLifeMs: 300_000,
  nonceLifeMs: 300_000,
  proofAgeMs: 300_000,
  proofSkewMs: 60_000,
  maxTxCodeGuesses: 5,
  maxCopies: 10,
  maxOpenOffers: 100_000,
  maxClaimsLength: 16_384,
  listSize: 131_072,
  listReserve: 13_107,
  listTokenLifeMs: DAY_MS,
  listTokenMarginMs: 3_600_000,
  listTtlMs: 300_000,
  tickMs: 5_000,
  sweepMs: 60_000,
  issuedMemoryMs: 30 * DAY_MS,
  replacingLifeMs: 30 * DAY_MS,
  readOnMs: 500,
  openTimeoutMs: 30_000,
};

/** Throws `issuer.config`, naming the first member that is wrong: a mistake here would be signed for years. */
export function assertIssuerConfig(config: IssuerConfig): void {
  const parsed = configSchema.safeParse(config);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refusal(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
  }
  if (!URL.canParse(config.origin) || new URL(config.origin).origin !== config.origin) {
    throw refusal('origin: an origin such as https://issuer.example, without a path or a slash at its end');
  }
  assertDistinct('tenants', config.tenants);
  for (const tenant of config.tenants) {
    assertDistinct(`${tenant.id}.types`, tenant.types);
    for (const type of tenant.types) {
      assertDistinct(
        `${tenant.id}.${type.id}.claims`,
        type.claims.map(({ name: id }) => ({ id })),
      );
    }
  }
}

function assertDistinct(where: string, named: readonly { readonly id: string }[]): void {
  if (new Set(named.map(({ id }) => id)).size !== named.length) throw refusal(`${where}: a name appears twice`);
}

function refusal(sentence: string): CodedError {
  return new CodedError('issuer.config', `The configuration of the issuer is wrong. ${sentence}`);
}
