import type { OracleName } from './oracles.ts';

/** What must be so whatever goes wrong, in words for whoever relies on it, and who watches it in every rehearsal. */
export type Law = {
  readonly id: string;
  readonly says: string;
  readonly oracles: readonly OracleName[];
};

/** Of what everybody is told. */
const AGREEMENT: readonly Law[] = [
  {
    id: 'I1',
    says: 'Who stands on the same basis says the same, byte for byte, and a stranger who recomputes it does too.',
    oracles: ['equal-basis-equal-bytes', 'replay-gives-the-same-verdict'],
  },
  {
    id: 'I2',
    says: 'Two answers that differ are explained by what each had read, was asked or was told; or one log has lied.',
    oracles: ['no-unexplained-disagreement'],
  },
  {
    id: 'I3',
    says: 'Nobody goes back: what was read of a log or a list once stays read, over every crash.',
    oracles: ['positions-monotone', 'foreign-lists-monotone', 'rollback-raises-alarm'],
  },
  {
    id: 'I4',
    says: 'Who has seen a revocation and says how far they had read gets “revoked” or “unknown”, and never a yes.',
    oracles: ['never-valid-behind-what-was-asked'],
  },
  {
    id: 'I5',
    says: 'A revocation that was read is final.',
    oracles: ['never-accepted-after-reading-revocation', 'recognition-adds-nothing'],
  },
  {
    id: 'I6',
    says: 'Not knowing is never a yes.',
    oracles: ['never-valid-without-evidence', 'forged-is-invalid', 'valid-only-by-a-young-yes'],
  },
  {
    id: 'I7',
    says: 'There is an answer within its deadline, whoever else is silent.',
    oracles: ['answered-within-its-deadline'],
  },
];

/** Of what follows from evidence that has grown old. */
const LADDER: readonly Law[] = [
  {
    id: 'L1',
    says: 'Older evidence never allows more.',
    oracles: ['weaker-evidence-never-allows-more', 'age-never-younger-than-read', 'age-never-younger-than-cosigned'],
  },
  {
    id: 'L2',
    says: 'What is known to be revoked is revoked at any age of that knowledge.',
    oracles: ['revoked-at-any-age'],
  },
  {
    id: 'L3',
    says: 'There is one way to a verdict, the same when all is well and when nothing answers: no cache with a will of its own.',
    oracles: ['one-way-to-a-verdict'],
  },
  {
    id: 'L4',
    says: 'When the faults are over everything is as it should be again, and nobody had to do anything.',
    oracles: ['converges-after-healing', 'recovered-checker-is-asked-again', 'every-program-ends'],
  },
  {
    id: 'L5',
    says: 'Doubt stays with its feed: what stands on another one is as good as before.',
    oracles: ['doubt-stays-with-its-feed'],
  },
  {
    id: 'L6',
    says: 'What happens only in an outage is tried on purpose all day: some verdicts are given again on older evidence.',
    oracles: ['aged-on-purpose-allows-no-more'],
  },
];

/** Of the feed. */
const FEED: readonly Law[] = [
  {
    id: 'F1',
    says: 'A log has one history, under the key in force. One that shows two is found out when any two of those who were shown them speak.',
    oracles: [
      ...(['one-root-for-each-size', 'witness-signs-one-history', 'log-key-in-force'] as const),
      ...(['another-history-was-not-read', 'who-sees-both-holds-a-proof', 'one-history-is-confirmed'] as const),
    ],
  },
  {
    id: 'F2',
    says: 'However somebody came to what they hold, it is what the entries give from the first one on.',
    oracles: ['kept-state-is-what-the-entries-give', 'lists-packed-least-significant-first'],
  },
  {
    id: 'F3',
    says: 'No status changes without a decision that as many officers signed as its power takes.',
    oracles: ['no-change-without-a-decision', 'token-says-what-was-read'],
  },
  {
    id: 'F4',
    says: 'What a network is asked for grows with time and followers, and not with what was decided or who wants to know.',
    oracles: ['asks-by-the-tick', 'lists-asked-for-within-ttl'],
  },
  {
    id: 'F5',
    says: 'Nobody is found by where they stand: lists are large and everybody’s, and an index says nothing of its holder.',
    oracles: ['index-tells-nothing', 'an-index-is-given-once'],
  },
];

/** Of who may do what. */
const POWERS: readonly Law[] = [
  {
    id: 'P1',
    says: 'A power gives nobody more than it is for, whatever a decision calls itself.',
    oracles: ['narrow-power-gives-nothing'],
  },
  {
    id: 'P2',
    says: 'A stolen key counts for nothing from its declaration on, and nobody takes that back.',
    oracles: ['stolen-key-counts-for-nothing'],
  },
  {
    id: 'P3',
    says: 'Rules loosen only after their notice, and not when they were cancelled; what is tightened at once lapses.',
    oracles: ['rules-loosen-only-after-notice'],
  },
  {
    id: 'P4',
    says: 'No decision cites rules that are not in force, but one that protects and was signed before they changed.',
    oracles: ['decided-under-rules-in-force'],
  },
  {
    id: 'P5',
    says: 'Whoever met the conditions of a program loses nothing by a change of its rules, and nobody hears of a change for the worse when it has begun.',
    oracles: ['nobody-loses-by-a-revision', 'no-adverse-change-before-its-notice'],
  },
];

/** Of who decides. */
const GOVERNANCE: readonly Law[] = [
  {
    id: 'G1',
    says: 'Every open case has an owner, a time at which something happens, and an end that nobody has to bring about.',
    oracles: ['every-case-has-owner-and-due', 'every-case-ends', 'one-open-case-about-one-thing'],
  },
  {
    id: 'G2',
    says: 'Nothing changes without a power, as many officers as it takes, and the rulebook that was in force; nobody else’s signature counts, and none counts twice.',
    oracles: [
      'no-change-without-authority',
      'signatures-count-once-and-of-officers',
      'silence-takes-nothing-unvouched',
    ],
  },
  {
    id: 'G3',
    says: 'Nothing is decided by rules of another day, and looser rules wait out their notice.',
    oracles: ['rules-of-its-day', 'notice-is-waited-out'],
  },
  {
    id: 'G4',
    says: 'Whoever reads the same log sees the same cases; where officers contradict each other the more protective stands; nobody loses time while the network is away.',
    oracles: ['everybody-computes-the-same-case', 'the-more-protective-stands', 'outages-give-time-back'],
  },
  { id: 'G5', says: 'Whatever is done at once can be undone, or ends by itself.', oracles: ['every-emergency-ends'] },
  { id: 'G6', says: 'Nobody judges what they did themselves.', oracles: ['nobody-judges-their-own-act'] },
  {
    id: 'G7',
    says: 'What people decide by hand is counted, and where it is too much somebody answers for it.',
    oracles: ['too-much-by-hand-is-told'],
  },
];

/** Of everybody who shows up at once. */
const LOAD: readonly Law[] = [
  {
    id: 'R1',
    says: 'Whatever fails and however long, clients ask again for a tenth of what they ask at most, beyond their first five; not before they are told; and leave alone who is silent, until it speaks.',
    oracles: ['retries-add-a-tenth', 'silent-target-is-spared', 'told-moment-is-kept'],
  },
  {
    id: 'R2',
    says: 'While ten times as many come the machine works for those who still wait. When that, or a minute in which nothing worked, is over, 95 of 100 are served again within 30 seconds, and nobody had to do anything.',
    oracles: ['comes-back-unaided', 'work-is-done-for-who-waits'],
  },
  {
    id: 'R3',
    says: 'However many others come, an officer’s revocation is let in, and takes at most twice as long as when nobody does.',
    oracles: ['revoking-takes-at-most-twice-as-long', 'officers-are-never-kept-out'],
  },
  {
    id: 'R4',
    says: 'No queue is longer than its bound. Whoever is told no has a turn that asking again makes no better, and it is not the same people hour after hour.',
    oracles: ['queues-stay-within-their-bounds', 'no-better-turn-by-asking', 'not-the-same-people-every-hour'],
  },
  {
    id: 'R5',
    says: 'What is asked under one key happens once, however often and late it is asked.',
    oracles: ['one-key-one-effect', 'one-request-one-key'],
  },
];

/** Of a log that ends, and the next one. */
const SUCCESSION: readonly Law[] = [
  {
    id: 'S1',
    says: 'When a log has ended everybody goes on in the one that the quorum has opened, or stays and says why; nobody in any other.',
    oracles: ['succeeded-by-the-quorum-alone', 'told-and-gone-over'],
  },
  {
    id: 'S2',
    says: 'A new log undoes nothing that anybody has read: what was revoked is revoked, and what was seen before counts as seen.',
    oracles: ['no-revocation-is-undone', 'what-was-read-before-counts'],
  },
  {
    id: 'S3',
    says: 'What was under way when a log ended comes to its end in the next one: what was promised is paid, and once.',
    oracles: ['paid-across-logs'],
  },
  {
    id: 'S4',
    says: 'A log refuses older entries only where its rules say so, and what it gives in their place adds to what was read.',
    oracles: ['refused-only-by-the-rules', 'snapshot-adds-to-what-was-read'],
  },
  {
    id: 'S5',
    says: 'Who was away while a log ended takes the rest from whoever has it, and nothing that its quorum has not signed.',
    oracles: ['copies-give-only-the-quorums-tree'],
  },
  {
    id: 'S6',
    says: 'Witnesses go where the quorum goes and nowhere else: the log that ended gets no word of theirs, the next one a young one.',
    oracles: ['witnesses-follow-the-quorum', 'ended-log-gets-no-cosignature', 'confirmed-again-in-the-next-log'],
  },
  {
    id: 'S7',
    says: 'Keys that were changed before a log ended are changed in the next one, where its own can be changed again.',
    oracles: ['changed-keys-stay-changed'],
  },
];

/** Of credentials that a newer one came in place of. */
const REFRESHING: readonly Law[] = [
  {
    id: 'U1',
    says: 'An issuer ends what it has replaced, so many a day as the rules say, and nothing that officers hold; it stays ended.',
    oracles: ['replaced-within-bounds', 'held-is-not-replaced', 'replaced-stays-replaced'],
  },
  {
    id: 'U2',
    says: 'What was applied for with a replaced credential waits for the newer one; a revocation wins, whichever came first.',
    oracles: ['replaced-waits-for-the-newer', 'revocation-wins-over-replacing'],
  },
];

/** Of what holders order of their own accounts. */
const ORDERS: readonly Law[] = [
  {
    id: 'H1',
    says: 'What a holder orders happens once, however often it is sent and signed and whoever dies meanwhile, and they are told.',
    oracles: ['one-order-one-transfer', 'every-order-is-answered'],
  },
  {
    id: 'H2',
    says: 'Only its own key moves what is in an account: never more than is there, and only where and while the order says.',
    oracles: ['only-its-key-moves-an-account', 'never-more-than-is-there', 'done-only-where-and-while-it-says'],
  },
];

/** Of money that people have to decide about. */
const DOUBTS: readonly Law[] = [
  {
    id: 'D1',
    says: 'An applicant in doubt has one case, with an owner and a date, until it is decided; until then nothing becomes of their money by default.',
    oracles: ['doubt-has-one-case', 'doubt-waits-for-its-case'],
  },
  {
    id: 'D2',
    says: 'Whoever a decision admits when the lists are made is paid from what is left, or told why not; nobody else gets less by it.',
    oracles: ['late-takes-from-nobody', 'admitted-is-paid-or-told'],
  },
  {
    id: 'D3',
    says: 'A payment that no bank answers for is somebody’s case until it is known, and counts as made where the bank has made it, and nowhere else.',
    oracles: ['silence-is-a-case'],
  },
];

/** Every law that rehearsals watch. A room adds its own here. */
export const LAWS: readonly Law[] = [
  ...AGREEMENT,
  ...LADDER,
  ...FEED,
  ...SUCCESSION,
  ...REFRESHING,
  ...ORDERS,
  ...DOUBTS,
  ...POWERS,
  ...GOVERNANCE,
  ...LOAD,
];

/** How often the oracles of a law had something to judge. */
export type WatchedLaw = Pick<Law, 'id' | 'says'> & {
  readonly oracles: readonly { readonly name: OracleName; readonly judged: number }[];
  /** Whether any of them had. */
  readonly isMet: boolean;
};

/** Reads it off what rehearsals report. */
export function readLaws(
  reports: readonly { readonly checked: Readonly<Partial<Record<OracleName, number>>> }[],
): WatchedLaw[] {
  const judged = (name: OracleName) => reports.reduce((sum, { checked }) => sum + (checked[name] ?? 0), 0);
  return LAWS.map(({ id, says, oracles }) => {
    const counted = oracles.map((name) => ({ name, judged: judged(name) }));
    return { id, says, oracles: counted, isMet: counted.some((oracle) => oracle.judged > 0) };
  });
}
