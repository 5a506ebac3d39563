import { allocationOf, type Draft } from './draft.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export type FieldGroup = 'what' | 'who' | 'gets' | 'when' | 'risk' | 'promised';

type Choices = readonly (readonly [value: string, label: string])[];
type Kind =
  | { readonly kind: 'text' | 'rule' | 'count' | 'time' | 'flag' }
  | { readonly kind: 'amount'; readonly isOptional?: true }
  | { readonly kind: 'duration'; readonly unitMs: number }
  | { readonly kind: 'choice' | 'choices'; readonly choices: Choices };

/** One member of a program that has a field of its own. */
export type Field = Kind & {
  readonly path: string;
  readonly group: FieldGroup;
  readonly label: string;
  readonly hint?: string;
  /** Only where it is shared in one of these ways. */
  readonly only?: readonly string[];
};

const FIELDS: readonly Field[] = [
  { path: 'title', group: 'what', kind: 'text', label: 'Title', hint: 'As people read it' },
  {
    path: 'id',
    group: 'what',
    kind: 'text',
    label: 'Name in addresses',
    hint: 'Small letters, digits and dashes; for good',
  },
  { path: 'budget', group: 'what', kind: 'amount', label: 'Budget' },
  { path: 'asset.code', group: 'what', kind: 'text', label: 'Of what', hint: 'EUR, USD or the code of a token' },
  {
    path: 'eligibility',
    group: 'who',
    kind: 'rule',
    label: 'Who qualifies',
    hint: "CEL over their claims: claims.birthdate <= '2008-10-31'",
  },
  {
    ...{ path: 'assurance', group: 'who', kind: 'choice', label: 'How sure the issuer has to be' },
    choices: [
      ['low', 'low'],
      ['substantial', 'substantial'],
      ['high', 'high'],
    ],
  },
  { path: 'allocation.cap', group: 'gets', kind: 'amount', label: 'At most each', only: ['equal-capped'] },
  {
    path: 'allocation.cap',
    group: 'gets',
    kind: 'amount',
    isOptional: true,
    label: 'At most each',
    hint: 'Empty: no cap',
    only: ['pro-rata'],
  },
  { path: 'allocation.amount', group: 'gets', kind: 'amount', label: 'Each gets', only: ['lottery', 'instant'] },
  {
    path: 'allocation.maxRecipients',
    group: 'gets',
    kind: 'count',
    label: 'To at most so many people',
    only: ['instant'],
  },
  {
    ...{ path: 'allocation.firstCome', group: 'gets', kind: 'flag', only: ['instant'] },
    ...{ label: 'First come, first served', hint: 'Where the budget does not reach for all: everybody comes at once' },
  },
  {
    path: 'allocation.weight',
    group: 'gets',
    kind: 'rule',
    label: 'Weight',
    hint: 'CEL, a whole number: claims.persons',
    only: ['pro-rata'],
  },
  {
    ...{ path: 'returned', group: 'gets', kind: 'choice', label: 'What comes back goes', only: ['lottery'] },
    choices: [
      ['budget', 'to the budget'],
      ['next', 'to the next in the draw'],
    ],
  },
  {
    ...{ path: 'destinations', group: 'gets', kind: 'choices', label: 'Paid to' },
    choices: [
      ['internal', 'an account of the ledger'],
      ['iban', 'a bank account (IBAN)'],
      ['msisdn', 'mobile money (telephone number)'],
      ['eip155', 'an Ethereum address'],
    ],
  },
  { path: 'window.opensAt', group: 'when', kind: 'time', label: 'Opens' },
  { path: 'window.closesAt', group: 'when', kind: 'time', label: 'Closes' },
  { path: 'maxApplications', group: 'when', kind: 'count', label: 'At most so many applications' },
  {
    path: 'appealMs',
    group: 'when',
    kind: 'duration',
    unitMs: DAY_MS,
    label: 'Days to appeal',
    hint: 'After the seal; then what people sent is erased',
  },
  {
    path: 'reserveMax',
    group: 'risk',
    kind: 'amount',
    label: 'At most unconfirmed at once',
    hint: 'Set aside until fresh evidence confirms it',
  },
  { path: 'confirm.withinMs', group: 'risk', kind: 'duration', unitMs: HOUR_MS, label: 'Hours to confirm it' },
  {
    ...{ path: 'confirm.otherwise', group: 'risk', kind: 'choice', label: 'If nobody confirms it, it is' },
    choices: [
      ['return', 'taken back'],
      ['post', 'paid'],
    ],
  },
  {
    ...{ path: 'lossBorneBy', group: 'risk', kind: 'choice', label: 'Who bears a loss to stale evidence' },
    choices: [
      ['organiser', 'the organiser'],
      ['issuer', 'the issuer'],
      ['verifier', 'the verifier'],
    ],
  },
  {
    ...{
      path: 'publication',
      group: 'promised',
      kind: 'choice',
      label: 'Lists are shown',
      hint: 'Closed: each finds their own, and nobody reads others',
    },
    choices: [
      ['commitments', 'closed'],
      ['public', 'open to everybody'],
      ['none', 'as counts only'],
    ],
  },
  {
    ...{ path: 'renounced', group: 'promised', kind: 'choices', label: 'Never done, whoever decides' },
    choices: [
      ['amend', 'its rules are changed'],
      ['cancel', 'it is cancelled'],
      ['raise', 'what it gives is raised'],
      ['extend', 'its window is extended'],
    ],
  },
];

/** Those that this program has. */
export function fieldsOf(draft: Draft, group: FieldGroup): readonly Field[] {
  const kind = allocationOf(draft);
  return FIELDS.filter((field) => field.group === group && (field.only === undefined || field.only.includes(kind)));
}
