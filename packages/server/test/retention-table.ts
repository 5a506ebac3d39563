/** A column or more of one table with something about a person in it, or something by which one is found again. */
export type PersonalColumns = {
  readonly role: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly what: string;
  readonly sealed?: true;
  /** Until when it is kept by itself. */
  readonly until: string;
  /** What `erase person` does with it. */
  readonly erase: string;
};

const AT_ONCE = 'erased';
const row = (
  role: string,
  table: string,
  columns: string,
  [what, until, erase]: readonly [what: string, until: string, erase: string],
  sealed: { readonly sealed?: true } = {},
): PersonalColumns => ({ role, table, columns: columns.split(' '), what, until, erase, ...sealed });
const sealed = { sealed: true } as const;

/** Everything about people that any part keeps. Whoever adds a column decides which side it is on. */
export const PERSONAL: readonly PersonalColumns[] = [
  row(
    'issuer',
    'offer',
    'claims',
    [
      'claims of an offer',
      'the wallet reports receipt; at the longest until the offer (15 minutes; 30 days of what comes for an older one) or the access token (5 minutes) ends, and one sweep (a minute)',
      AT_ONCE,
    ],
    sealed,
  ),
  row('issuer', 'offer', 'copies', ['places and holder keys of what was issued', 'as the claims', AT_ONCE]),
  row('issuer', 'offer', 'label', ['digest of the operator’s label', 'a day, to answer repeats', AT_ONCE]),
  row('issuer', 'issued', 'label', ['digest of the operator’s label', '30 days after the credential expires', AT_ONCE]),
  row('issuer', 'offer', 'person', ['digest of the code of a person’s page', 'a day', AT_ONCE]),
  row('issuer', 'issued', 'person', [
    'digest of the code of a person’s page',
    '30 days after the credential expires',
    AT_ONCE,
  ]),
  row('issuer', 'issued', 'list place type issued_at_ms', [
    'where a credential stands in a list',
    '30 days after it expires',
    'stays: no place is given out twice, and nothing leads from a person to it any more',
  ]),
  row(
    'verifier',
    'verdict',
    'sealed',
    ['what was presented', '30 days after its verdict; after that a replay says that it was erased', AT_ONCE],
    sealed,
  ),
  row('verifier', 'verdict', 'subject credential signed', [
    'pseudonym and digest of a credential; the signed verdict, which names nobody',
    '400 days',
    'stays: it is what was answered',
  ]),
  row(
    'verifier',
    'standing',
    'sealed',
    [
      'what the issuer signed, without what was disclosed, to confirm a verdict by',
      'the money is posted or voided; at the longest 180 days',
      'stays until then, as money waits for it',
    ],
    sealed,
  ),
  row('verifier', 'standing', 'subject', ['pseudonym of a credential', '400 days', 'stays']),
  row(
    'verifier',
    'review',
    'shown',
    ['claims shown to whoever reviews by hand', 'it is decided or due', 'erased once it is decided or due'],
    sealed,
  ),
  row('verifier', 'review', 'note', ['what a reviewer wrote', '400 days', 'erased once it is decided']),
  row('verifier', 'review', 'credential', ['digest of a credential', '400 days', 'stays']),
  row(
    'verifier',
    'filing',
    'sealed',
    [
      'what is to be filed as a case, with the claims shown to whoever looks',
      'the governor has it',
      'stays until then',
    ],
    sealed,
  ),
  row(
    'verifier',
    'follow_up',
    'sealed',
    ['what is judged again, for an answer that was promised', 'it is answered', 'stays until it is answered'],
    sealed,
  ),
  row('verifier', 'follow_up', 'credential', ['digest of a credential', '400 days', 'stays']),
  row('verifier', 'check_result', 'credential result', [
    'what a check found about a credential, by its digest',
    'as long as the check’s result may be used',
    'stays: it names nobody',
  ]),
  row('verifier', 'presentation', 'outcome', [
    'how a request to a wallet ended, with what the wallet said about it',
    'an hour after it expires (5 minutes after it was made)',
    'stays until then',
  ]),
  row(
    'distributor',
    'sealed_application',
    'sealed',
    [
      'what a person sent: application with destination, presentation',
      'the program ends: appeal window over, nothing set aside',
      'erased once it is refused, returned or paid; before that it stays until the program ends',
    ],
    sealed,
  ),
  row('distributor', 'sealed_application', 'code', [
    'digest of the code with which somebody finds their application again',
    'as what they sent',
    'erased with it',
  ]),
  row(
    'distributor',
    'filing',
    'sealed',
    ['what is to be filed as a case about an application', 'the governor has it', 'stays until then'],
    sealed,
  ),
  row('distributor', 'filing', 'matter', ['digest of an application that became a case', '400 days', 'stays']),
  row(
    'person',
    'notice',
    'sealed',
    [
      'address, language and code of somebody who asked to be told',
      'what the code opens is over, or they stop it; at an address that takes nothing, after three attempts',
      'erased with what the code opens, within two minutes',
    ],
    { sealed: true },
  ),
  row('person', 'notice', 'code told', [
    'digests of the code and of what they were told last',
    'as the address',
    'erased with it',
  ]),
  row('distributor', 'application', 'application holder salt acknowledgement', [
    'digest, key, salt and acknowledgement of an application',
    'not erased yet: applicants check by them',
    'stays',
  ]),
  row('distributor', 'judgement', 'verdict nullifier want weight', [
    'what came of an application, and a pseudonym of who applied',
    'not erased yet; the key of the pseudonym goes when the program ends',
    'stays',
  ]),
  row('distributor', 'admission', 'nullifier', ['the pseudonym again', 'as above', 'stays']),
  row(
    'distributor',
    'nullifier_key',
    'sealed',
    [
      'the key of a program, and with it who counts as whom',
      'the program ends',
      'stays until then: it is about everybody',
    ],
    sealed,
  ),
  row('distributor', 'payment', 'amount state settled_by', ['what somebody is paid', 'not erased yet', 'stays']),
  row(
    'distributor',
    'settlement_line',
    'sealed',
    [
      'the destination of a payment outside',
      'the end of its program, once it has arrived',
      'erased once it has arrived; before that it stays',
    ],
    sealed,
  ),
  row('distributor', 'settlement_line', 'destination amount reference settlement', [
    'pseudonym of a destination, amount, what the bank said',
    'not erased yet',
    'stays',
  ]),
  row('distributor', 'accepted_transfer', 'transfer', ['which transfer a receipt is for', 'not erased yet', 'stays']),
  row('distributor', 'acceptance', 'leaves', [
    'what the ledger has signed about each transfer, with the accounts in it',
    'not erased yet: payees check by it',
    'stays',
  ]),
  row('ledger', 'account', 'id', [
    'an account of a person bears the name that they gave',
    'not erased: a ledger forgets nothing',
    'stays',
  ]),
  row('ledger', 'account_key', 'account to_key ordered cancelled_by', [
    'which key a person gave their account, as they signed it',
    'not erased: it says who may move what is there',
    'stays',
  ]),
  row('ledger', 'transfer', 'debit credit reference', ['accounts of a transfer', 'not erased', 'stays']),
  row('governor', 'proposal', 'openings', [
    'targets, reasons and evidence of a decision',
    'not erased by itself',
    'targets erased once it is over, reasons and evidence with the last of its targets; the roots stay',
  ]),
  row(
    'governor',
    'case_file',
    'sealed',
    ['who filed a case and what they say', 'not erased by itself', 'erased once no open case needs it'],
    sealed,
  ),
  row('governor', 'case_file', 'filer subject code', [
    'pseudonyms of who filed and of what about',
    'not erased yet',
    'stays',
  ]),
  row(
    'governor',
    'joining',
    'sealed',
    [
      'documents of an organisation that asks to join, and whom to ask there',
      'it is declined; at the longest 90 days',
      'stays until then: it is about an organisation',
    ],
    sealed,
  ),
  row(
    'eraser',
    'erasure',
    'sealed',
    ['what leads to a person who is to be forgotten', 'nothing stays that has a date', 'itself'],
    sealed,
  ),
];

/** Columns that are about nobody, table by table: a new one is not here, and the test asks on which side it is. */
export const PLAIN: Readonly<Record<string, string>> = {
  'network log_checkpoint': 'size note',
  'network log_entry': 'index entry leaf_hash',
  'network log_hash': 'level index hash',
  'network log_head': 'one size tree cosigned',
  'governor approval': 'sequence proposal officer approval at_ms',
  'governor batch': 'sequence id proposals statements',
  'governor case_file': 'sequence step case_id filed_at_ms',
  'governor case_step':
    'sequence id idempotency_key request case_id act digest proposed_at_ms approvals statement outcome',
  'governor joining': 'id party request received_at_ms declined',
  'governor proposal':
    'sequence id idempotency_key request digest terms quorum proposed_at_ms expires_at_ms batch outcome',
  'issuer issued': 'id tenant forget_at_ms refresh replaces reinstates',
  'issuer issuer_list': 'uri tenant number size key_name key x5c statement used opened_log opened_size',
  'issuer issuer_secret': 'tenant sealed',
  'issuer offer':
    'tenant id seed request link code tx_code type state guesses until_ms forget_at_ms token replaces reinstates',
  'issuer used_nonce': 'tenant nonce forget_at_ms',
  'verifier check_result': 'check_digest kept_at_ms',
  'verifier delivery': 'event_id endpoint_id kind subject at_ms next_at_ms attempts state taken_until_ms',
  'verifier filing': 'sequence matter kept_at_ms receipt refused',
  'verifier follow_up': 'verdict_id kept_at_ms promised_by_ms followed_by',
  'verifier policy': 'sequence digest text since_ms',
  'verifier presentation': 'id request_id verifier created_at_ms expires_at_ms nonce state query want',
  'verifier review':
    'sequence id check_id type issuer owner opened_at_ms due_at_ms default_result result decided_at_ms decided_by',
  'verifier standing': 'verdict_id kept_at_ms erased_at_ms',
  'verifier verdict': 'sequence id answered_at_ms',
  'verifier webhook': 'id url kinds created_at_ms failure missed',
  'ledger account':
    'asset decimals rule max_reserved debits_pending debits_posted credits_pending credits_posted at_ms',
  'ledger account_key': 'number id at_ms effective_at_ms',
  'ledger asset': 'code decimals',
  'ledger ledger_head': 'one epoch batch time_ms',
  'ledger transfer': 'id kind pending amount expires_at_ms at_ms state why posted ended_at_ms ended_by',
  'eraser erasure': 'id requested_by requested_at_ms parts waits_for next_at_ms',
  'distributor acceptance': 'number jws',
  'distributor accepted_transfer': 'acceptance place',
  'distributor admission': 'program application',
  'distributor application': 'program sequence received_at_ms',
  'distributor delivery': 'event_id endpoint_id kind subject at_ms next_at_ms attempts state taken_until_ms',
  'distributor filing': 'sequence kept_at_ms receipt refused',
  'distributor judgement': 'program application refused issuer held exception sealed_as',
  'distributor nullifier_key': 'digest',
  'distributor payment': 'program application at_ms',
  'distributor program': 'number id digest count closed_at_ms intake seal draw',
  'distributor reveal': 'program party round secret at_ms',
  'distributor sealed_application': 'program sequence',
  'person notice': 'next_at_ms attempts failure created_at_ms',
  'distributor settlement_batch': 'sequence id rail created_at_ms lines digest receipt',
  'distributor settlement_cursor': 'rail cursor',
  'distributor settlement_line':
    'sequence id transfer rail asset decimals planned_at_ms state handed_over_at_ms since_ms version',
  'distributor settlement_notice': 'sequence rail id code message at_ms',
  'distributor tally': 'program name count total',
  'distributor unjudged': 'program sequence application',
  'distributor webhook': 'id url kinds created_at_ms failure missed',
};

/** What every follower keeps is the public log; every schema has its history. */
export const PLAIN_EVERYWHERE = [
  'migration',
  'lease',
  'followed_entry',
  'followed_head',
  'kept_fraud',
  'kept_snapshot',
];

/** The table of docs/reference/retention.md. */
export function retentionLines(): string[] {
  return [
    '| what | where | sealed | kept by itself until | `erase person` |',
    '|---|---|---|---|---|',
    ...PERSONAL.map(({ what, role, table, columns, sealed: isSealed, until, erase }) => {
      const where = `${role}: \`${table}\` (${columns.join(', ')})`;
      return `| ${what} | ${where} | ${isSealed === true ? 'yes' : ''} | ${until} | ${erase} |`;
    }),
  ];
}
