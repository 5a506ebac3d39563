import { z } from 'zod';
import { caseActSchema } from '../cases/act.ts';
import { INCIDENT_REPORTS } from '../cases/incident.ts';
import { jwkSchema } from '../encoding/jwk-schema.ts';
import { type Jws, parseJws } from '../encoding/jws.ts';
import { encodeUtf8 } from '../encoding/text.ts';
import { isCodedError } from '../errors.ts';
import { MAX_POSITIONS } from '../log/position.ts';
import { leafHash } from '../log/tree.ts';
import { contactSchema } from '../person/contact.ts';
import { amountSchema, MAX_APPLICATIONS, programIdSchema, programSchema } from '../program/program.ts';
import { ASSURANCE_LEVELS, POWERS, rulebookSchema } from '../rulebook/rulebook.ts';
import { recognitionSchema } from '../trust/recognition.ts';
import { changesOfRuns, MAX_STATUS_CHANGES, statusChangeSchema, statusRunSchema } from './status-changes.ts';

export type { StatusChange } from './status-changes.ts';

/** An entry of the log is at most this long, in bytes (DESIGN 5); longer ones parse to nothing. */
export const MAX_STATEMENT_BYTES = 16_384;
export const STATEMENT_TYP = 'statement+jwt';
export const MAX_LIST_SIZE = 2 ** 24;

const name = z.string().min(1).max(500);
const digest = z.string().length(43);
const timeMs = z.int().min(0);
const entryIndex = z.int().min(0);

const partyKeySchema = z.object({
  /**
   * What the key signs: statements of the log, credentials and their list tokens, approvals, verdicts, or what a ledger has
   * accepted.
   */
  use: z.enum(['statement', 'credential', 'approval', 'verdict', 'acceptance']),
  key: jwkSchema,
  from: timeMs.optional(),
  until: timeMs.optional(),
  /** Unix milliseconds from which a thief may have had the key: by this entry alone nothing that it signed counts. */
  compromised: timeMs.optional(),
});
export type PartyKey = z.infer<typeof partyKeySchema>;

export const partySchema = z.object({
  id: name,
  kind: z.enum(['issuer', 'verifier', 'officer', 'distributor']),
  name: name.optional(),
  /** Officers: what they may approve, by the roles that the rulebook's powers name. */
  roles: z.array(name).max(16).optional(),
  /** Officers: the party that they belong to, who then judge no case about it. */
  of: name.optional(),
  keys: z.array(partyKeySchema).max(32),
  /** Issuers: certificates (DER, base64) that their leaf certificates chain to, for verifiers outside. */
  anchors: z.array(z.string().max(4096)).max(4).optional(),
  accreditations: z
    .array(
      z.object({
        action: z.literal('issue'),
        type: name,
        assurance: z.enum(ASSURANCE_LEVELS),
        from: timeMs,
        until: timeMs.optional(),
        /** Where it counts, by codes that policies name; absent: everywhere. */
        regions: z.array(name.max(64)).min(1).max(16).optional(),
        /** The claims of the type that it may attest; absent: all of them. */
        claims: z.array(name.max(200)).min(1).max(64).optional(),
        /** Until then it is on trial: policies and programs may take less of its word, by `maxPeople` at a time. */
        probation: z.object({ until: timeMs, maxPeople: z.int().min(1).optional() }).optional(),
        /** By the power `except`: it counts until then although it has ended, by this exception of the rulebook. */
        exception: z.object({ rule: name, until: timeMs }).optional(),
      }),
    )
    .max(64),
  /** Issuers: what they say of how they check what they attest, each version from a time on. */
  practices: z
    .array(z.object({ uri: z.url({ protocol: /^https?$/ }).max(500), version: name.max(64), digest, from: timeMs }))
    .max(16)
    .optional(),
  /** Whom people can talk to about what this party did. */
  contact: contactSchema.optional(),
});
export type Party = z.infer<typeof partySchema>;

const common = { v: z.literal(1), critical: z.array(name).max(16).optional() };

const genesisSchema = z.object({
  type: z.literal('rulebook'),
  ...common,
  body: rulebookSchema,
  /** Absent in the genesis; later rulebooks carry out a decision with the power `amend`. */
  decision: digest.optional(),
  effectiveAt: timeMs.optional(),
  /** Emergency amendments: when it lapses by itself, unless it is confirmed by a later one under notice. */
  lapsesAt: timeMs.optional(),
});

const partyStatementSchema = z.object({ type: z.literal('party'), ...common, decision: digest, party: partySchema });

export const listSchema = z.object({
  type: z.literal('list'),
  ...common,
  /** The URI that credentials name. */
  list: name,
  issuer: name,
  bits: z.literal(2),
  size: z.int().min(131_072).max(MAX_LIST_SIZE),
  /** Thumbprint of the one credential key whose credentials may use the list. */
  key: digest,
});

/** An issuer's own word that it has replaced these credentials by newer ones: signed with its statement key. */
const supersedeSchema = z.object({
  type: z.literal('supersede'),
  ...common,
  list: name,
  indices: z
    .array(z.int().min(0))
    .min(1)
    .max(1000)
    .refine((indices) => new Set(indices).size === indices.length, 'an index is named once'),
});

const statusSchema = z
  .object({
    type: z.literal('status'),
    ...common,
    /** Digests of the decisions carried out together: which change belongs to which is not said. */
    decisions: z.array(digest).min(1).max(32),
    /** As it is read: those of the runs as well. */
    changes: z.array(statusChangeSchema).max(1000),
    runs: z.array(statusRunSchema).min(1).max(64).optional(),
  })
  .refine(({ changes, runs }) => changes.length > 0 || runs !== undefined, 'it changes something');

const decisionSchema = z.object({
  type: z.literal('decision'),
  ...common,
  id: name,
  power: z.enum(POWERS),
  /** What the power is used with; for the digests of reasons and evidence see governance/decision.ts. */
  parameters: z.record(z.string().max(64), z.union([z.string().max(500), z.int()])),
  targets: z.object({ root: digest, count: z.int().min(1) }),
  class: name,
  rulebook: entryIndex,
  expiry: timeMs,
  approvals: z.array(z.string().max(1024)).min(1).max(16),
  received: timeMs,
  authorised: timeMs,
});

/** Carries out the power `release`: a program begins. By the power `revise`, its next version is announced. */
const programStatementSchema = z.object({
  type: z.literal('program'),
  ...common,
  decision: digest,
  program: programSchema,
  /** Only of a next version: when it comes into force, unix milliseconds of the log's time. */
  effectiveAt: timeMs.optional(),
});

/**
 * Carries out what rules alone would not do. `payment`, by the power `release` or `return`: one act on one payment of a
 * program. `reinstatement`, by the power `reinstate`: whoever held one revoked credential may be given another.
 * `unsealing`, by the power `unseal`: roles say what they call one credential in what they tell. The digest
 * alone, of the instruction or of the decision's salted target: what it says concerns one person.
 */
const exceptionSchema = z
  .object({
    type: z.literal('exception'),
    ...common,
    decision: digest,
    kind: z.enum(['payment', 'reinstatement', 'unsealing']),
    program: programIdSchema.optional(),
    digest,
  })
  .refine(({ kind, program }) => (kind === 'payment') === (program !== undefined), 'a payment is of a program');

/** Carries out the power `recognise`: another network's word counts here, or no longer. */
const recognitionStatementSchema = z.object({
  type: z.literal('recognition'),
  ...common,
  decision: digest,
  recognition: recognitionSchema,
});

const positionSchema = z.object({ log: name, size: z.int().min(1), root: digest, time: timeMs });

/** Carries out the power `cancel`: an announced amendment, or next version of a program, never comes into force. */
const cancellationSchema = z.object({
  type: z.literal('cancellation'),
  ...common,
  decision: digest,
  /** The entry that announced it. */
  amendment: entryIndex,
});

const leavesSchema = z.object({ root: digest, count: z.int().min(0).max(MAX_APPLICATIONS) });

/** Every acknowledged application of a program, after its window: whoever holds an acknowledgement is in it, or has proof. */
export const intakeSchema = z.object({
  type: z.literal('intake'),
  ...common,
  program: programIdSchema,
  ...leavesSchema.shape,
  /**
   * Where networks that are recognised then stood, as the organiser's verifier had read them: who is attested by one of
   * them is judged by its word there. Sorted by log.
   */
  recognised: z
    .array(positionSchema)
    .min(1)
    .max(MAX_POSITIONS)
    .refine((all) => all.every(({ log }, i) => i === 0 || (all[i - 1]?.log ?? '') < log), 'one for each log, sorted')
    .optional(),
});

/** Who is admitted and who refused, judged at one position: the first epoch after the intake. Never moved. */
export const sealSchema = z.object({
  type: z.literal('seal'),
  ...common,
  program: programIdSchema,
  /** Size of the position judged at. */
  position: entryIndex,
  admitted: leavesSchema,
  refused: leavesSchema,
});

/**
 * A party's secret for one round of a lottery whose secrets stand in the log. Whose it is, is proved by its digest in the
 * program; so it is signed with a key made for it, and nobody has to be accredited to have a secret.
 */
export const revealSchema = z.object({
  type: z.literal('reveal'),
  ...common,
  program: programIdSchema,
  party: z.string().min(1).max(200),
  round: z.int().min(0).max(7),
  secret: digest,
  key: jwkSchema,
});

export const drawSchema = z.object({
  type: z.literal('draw'),
  ...common,
  program: programIdSchema,
  /** Root of the admitted, as sealed. */
  seal: digest,
  /** Lotteries only: what the seed is made of. */
  beacon: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('commit-reveal'), round: z.int().min(0).max(7), secrets: z.array(digest).max(16) }),
      z.object({ kind: z.literal('drand'), round: z.int().min(1), signature: z.string().regex(/^[0-9a-f]{96}$/) }),
    ])
    .optional(),
  /** From which each admitted person recomputes their own share alone (program/allocation.ts). */
  result: z.json(),
  allocated: z.object({ ...leavesSchema.shape, total: amountSchema }),
});

/** The sections every epoch commits to, in canonical order; those without content have the empty root. */
export const SECTIONS = [
  'cases',
  'critical',
  'decisions',
  'exceptions',
  'incidents',
  'lists',
  'parties',
  'programs',
  'recognitions',
  'rulebook',
  'suspensions',
] as const;
export type Section = (typeof SECTIONS)[number];
export type Sections = Readonly<Record<Section, string>>;

/** Opens a new log of a network whose old one is lost or behind what was read of it. The first entry, or nothing. */
export const successionSchema = z.object({
  type: z.literal('succession'),
  ...common,
  /** The network's name, which stays: the digest of the first entry of its first log. */
  network: digest,
  /** Last accepted position of the old log: everything up to it counts, nothing after it. */
  from: positionSchema,
  /** Rules from here on; they name the new log. */
  rulebook: rulebookSchema,
  /** A use of the power `amend` under the rulebook in force at that position. */
  decision: decisionSchema.omit({ type: true, v: true, critical: true, power: true }),
});

const epochSchema = z.object({
  type: z.literal('epoch'),
  ...common,
  /** The epoch's own index: the state is folded from the entries before it. */
  size: entryIndex,
  time: timeMs,
  sections: z.object(
    Object.fromEntries(SECTIONS.map((section) => [section, digest])) as Record<Section, typeof digest>,
  ),
});

/** One step in a case; signed by the governor, who cannot take it for anybody else. */
const caseSchema = z.object({
  type: z.literal('case'),
  ...common,
  case: z.string().min(1).max(200),
  step: caseActSchema,
});

/** What is owed about a missed deadline; or the first account of something else that went wrong. */
const incidentStatementSchema = z.object({
  type: z.literal('incident'),
  ...common,
  incident: z.string().min(1).max(1100),
  report: z.enum(INCIDENT_REPORTS),
  /** Of a first account that no missed deadline has opened: the public class. */
  class: name.optional(),
  /** Of such a one: who let it come to this, where that is not the governor. */
  owner: name.optional(),
  /** Of the text, which is for those who ask. */
  digest,
  outstanding: z.object({ done: z.int().min(0), remaining: z.int().min(0), etaMs: timeMs.exactOptional() }).optional(),
});

const bodySchema = z.discriminatedUnion('type', [
  genesisSchema,
  partyStatementSchema,
  listSchema,
  statusSchema,
  supersedeSchema,
  decisionSchema,
  epochSchema,
  programStatementSchema,
  exceptionSchema,
  recognitionStatementSchema,
  cancellationSchema,
  intakeSchema,
  sealSchema,
  revealSchema,
  drawSchema,
  caseSchema,
  incidentStatementSchema,
  successionSchema,
]);
export type StatementBody = z.infer<typeof bodySchema>;
export type StatementOf<T extends StatementBody['type']> = Extract<StatementBody, { type: T }>;

const KNOWN: ReadonlySet<unknown> = new Set(bodySchema.options.map(({ shape }) => shape.type.value));

/** A statement whose type or version we do not know; it is kept, and what it names as critical becomes unknown. */
export type UnknownBody = { readonly type: 'unknown'; readonly named: string; readonly critical: readonly string[] };

export type Statement = {
  readonly bytes: Uint8Array;
  /** Hash of the bytes as a leaf of the log. */
  readonly leaf: Uint8Array;
  readonly jws: Jws;
  /** Thumbprint of the key that signed it, as its header says. */
  readonly kid: string;
  readonly body: StatementBody | UnknownBody;
};

export type StatementParse =
  | { readonly ok: true; readonly statement: Statement }
  | { readonly ok: false; readonly bytes: Uint8Array; readonly why: string };

const unknownSchema = z.object({
  type: name,
  v: z.int(),
  critical: z.array(name).max(16).default([]),
});

/** Parses one entry. Never throws: an entry that is not a statement is an answer, because the fold is total. */
export function parseStatement(entry: string): StatementParse {
  const bytes = encodeUtf8(entry);
  if (bytes.length > MAX_STATEMENT_BYTES) return { ok: false, bytes, why: 'statement.too-long' };
  let jws: Jws;
  try {
    jws = parseJws(entry, { maxLength: MAX_STATEMENT_BYTES, maxDepth: 12 });
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return { ok: false, bytes, why: error.code };
  }
  const { typ, kid } = jws.header;
  if (typ !== STATEMENT_TYP || typeof kid !== 'string') return { ok: false, bytes, why: 'statement.header' };
  const known = KNOWN.has(jws.payload.type) && jws.payload.v === 1;
  if (known) {
    const parsed = bodySchema.safeParse(jws.payload);
    if (!parsed.success) return { ok: false, bytes, why: 'statement.malformed' };
    const body = withRuns(parsed.data);
    if (body === undefined) return { ok: false, bytes, why: 'statement.malformed' };
    return { ok: true, statement: { bytes, leaf: leafHash(bytes), jws, kid, body } };
  }
  const unknown = unknownSchema.safeParse(jws.payload);
  if (!unknown.success) return { ok: false, bytes, why: 'statement.malformed' };
  const { type, critical } = unknown.data;
  const body = { type: 'unknown', named: type, critical } as const;
  return { ok: true, statement: { bytes, leaf: leafHash(bytes), jws, kid, body } };
}

/** Whoever reads a statement of status finds each change in `changes`, however it was written. */
function withRuns(body: StatementBody): StatementBody | undefined {
  if (body.type !== 'status' || body.runs === undefined) return body;
  const changes = changesOfRuns(body.runs);
  const length = body.changes.length + (changes?.length ?? 0);
  if (changes === undefined || length > MAX_STATUS_CHANGES) return undefined;
  return { ...body, changes: [...body.changes, ...changes] };
}
