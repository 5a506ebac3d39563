import type { Refusal, StatementParse } from '@holdfast/core';

/**
 * What does not hold. `checkpoint`: it is not the log's own word. `genesis`: this is another network, or none. `missing`: a
 * part that the checkpoint covers is not there, or ends too early. `entry`: its bytes are not those of its tile. `tile`: its
 * hashes are not those of the entries below. `root`: the signed root is not the entries'. `epoch`: it does not say what its
 * log says. `refused`: an entry without which a later epoch does not hold, and that the fold refuses. `rollback` and
 * `fork`: somebody has read more of this log, or another history of it.
 */
export type AuditFault = {
  readonly why:
    | 'checkpoint'
    | 'genesis'
    | 'missing'
    | 'entry'
    | 'tile'
    | 'root'
    | 'epoch'
    | 'refused'
    | 'rollback'
    | 'fork';
  /** The first entry that does not hold; absent when it is the checkpoint itself. */
  readonly index?: number;
  /** Of the statement there, where it can be read. */
  readonly type?: string;
  readonly detail: string;
  /** Who has to answer for it, as far as the signatures tell. */
  readonly answers: string;
};

export const ANSWERS = {
  copy: 'whoever keeps or serves this copy: the log has signed something else',
  copyOrLog:
    'whoever keeps or serves this copy, or whoever holds the key of the log: the two cannot be told apart from here',
  log: 'whoever holds the key of the log, unless the position is made up: positions are not signed',
  network: 'the network, whose key signed this epoch',
} as const;

/** Why the fold refused an entry, for those that auditors and officers meet; the others by their code. */
const REFUSAL_WORDS = {
  unparsed: 'it is no statement',
  signature: 'its signature does not hold',
  unauthorised: 'nobody who could have signed it has',
  quorum: 'fewer officers approved it than the rulebook asks for',
  'decision-missing': 'there is no decision that it carries out',
  'decision-expired': 'its approvals had expired',
  'decision-repeated': 'it was decided before',
  'decision-rulebook': 'it stands on other rules than those in force',
  'decision-parameters': 'it is not what was approved',
  'counts-differ': 'it changes more, or less, than was approved',
  'already-final': 'it touches what was revoked for good',
  duration: 'it ends later than the rulebook allows, or never',
  'suspended-before': 'nobody approved it but those who had suspended the same before: somebody else has to as well',
  notice: 'it takes effect before its notice is over',
  'epoch-size': 'it is not at the place that it states',
  'epoch-time': 'its time is not after that of the epoch before',
  'epoch-sections': 'it commits to another state than the entries before it give',
} as const satisfies Readonly<Partial<Record<Refusal, string>>>;

export function refusalWords(why: string): string {
  const words: Readonly<Partial<Record<string, string>>> = REFUSAL_WORDS;
  return words[why] ?? why;
}

/** Who signed such an entry; the network let it in, and built an epoch on it. */
export function signersOf(parse: StatementParse | undefined): string {
  const party = parse?.ok === true ? signerOf(parse.statement.body) : undefined;
  return `${party === undefined ? '' : `${party}, who signed it, and `}the network, whose epoch was built on it`;
}

function signerOf(body: Extract<StatementParse, { ok: true }>['statement']['body']): string | undefined {
  switch (body.type) {
    case 'list':
      return `the issuer ${body.issuer}`;
    case 'intake':
    case 'seal':
    case 'draw':
      return `the organiser of ${body.program}`;
    case 'epoch':
    case 'unknown':
      return undefined;
    default:
      return 'the governor';
  }
}

/** The type that a statement bears; undefined for what is none. */
export function typeOf(parse: StatementParse | undefined): string | undefined {
  if (parse?.ok !== true) return undefined;
  const { body } = parse.statement;
  return body.type === 'unknown' ? body.named : body.type;
}
