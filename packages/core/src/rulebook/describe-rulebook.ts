import { sayContact } from '../person/contact.ts';
import { longestCaseOf } from './case-course.ts';
import { holdersOf } from './case-officers.ts';
import type { CaseReason, CaseRules, Track } from './case-rules.ts';
import { languagesOf } from './check-words.ts';
import {
  ACTION_CLASSES,
  FRESHNESS_BANDS,
  type FreshnessRule,
  type Grant,
  type Profile,
  type Rulebook,
} from './rulebook.ts';
import { wordsOfMs } from './words-of-time.ts';

/** One part of a rulebook in words, no longer than a screen. */
export type RulebookPart = { readonly title: string; readonly lines: readonly string[] };

/** Most lines of one part: what is more is counted in the last one. */
const MAX_LINES = 40;

/** A rulebook in words: who may do what, what may follow from evidence of some age, how complaints go. */
export function describeRulebook(rulebook: Rulebook): readonly RulebookPart[] {
  const parts = [
    part('Who', rulebook.officers.map(describeOfficer)),
    part(
      'Powers',
      rulebook.powers.map((grant) => describeGrant(rulebook, grant)),
    ),
    part('Changes', describeChanges(rulebook)),
    part('Evidence', describeFreshness(rulebook)),
    part('Profiles', rulebook.profiles.map(describeProfile)),
    ...(rulebook.cases === undefined
      ? [part('Complaints', ['Nothing can be complained about.'])]
      : describeCases(rulebook.cases)),
  ];
  return parts.filter(({ lines }) => lines.length > 0);
}

function part(title: string, lines: readonly string[]): RulebookPart {
  if (lines.length <= MAX_LINES) return { title, lines };
  const shown = lines.slice(0, MAX_LINES - 1);
  return { title, lines: [...shown, `and ${lines.length - shown.length} more`] };
}

function describeOfficer({ id, roles, of }: Rulebook['officers'][number]): string {
  return `${id}: ${roles.join(', ')}${of === undefined ? '' : `; of ${of}, and so out of cases about it`}`;
}

function describeGrant({ officers }: Rulebook, grant: Grant): string {
  const { power, roles, quorum, classes, maxTargets, expiresInMs, maxDurationMs, againAfterMs } = grant;
  const holders = holdersOf(officers, roles).size;
  const most = maxTargets === 1 ? '' : `, at most ${maxTargets} at once`;
  const lasts = maxDurationMs === undefined ? '' : `, for at most ${wordsOfMs(maxDurationMs)}`;
  const again = againAfterMs === undefined ? '' : `, and not again by the same alone for ${wordsOfMs(againAfterMs)}`;
  const who = `${quorum} of ${holders} (${roles.join(', ')})`;
  return `${power}: ${who}${most}${lasts}${again}; approved within ${wordsOfMs(expiresInMs)}; for ${classes.join(', ')}`;
}

function describeChanges(rulebook: Rulebook): string[] {
  const { notice, retention, tickMs, witnesses, supersession, contact } = rulebook;
  const languages = languagesOf(rulebook);
  return [
    `A change takes effect ${wordsOfMs(notice.amendMs)} after it is decided, at the earliest.`,
    ...(notice.tightenMs === undefined ? [] : [`What only tightens waits for ${wordsOfMs(notice.tightenMs)}.`]),
    ...(notice.programs === undefined
      ? []
      : [
          `A program changes ${wordsOfMs(notice.programs.adverseMs)} after that is decided, or ${wordsOfMs(notice.programs.favourableMs)} where it only helps those who apply.`,
        ]),
    notice.emergencyMs === undefined
      ? 'There are no emergencies: nothing takes effect sooner.'
      : `What only tightens may stand in at once for ${wordsOfMs(notice.emergencyMs)}, and lapses by itself.`,
    `The log is signed at least every ${wordsOfMs(tickMs)}, and can be read ${retention === undefined ? 'for ever' : `for ${wordsOfMs(retention.entriesMs)}`}.`,
    witnesses === undefined
      ? 'No witnesses: the age of evidence is by the word of whoever runs the log.'
      : `${witnesses.quorum} of ${witnesses.members.length} witnesses confirm what the log says.`,
    supersession === undefined
      ? 'Nobody takes back a credential without a decision.'
      : `Issuers may take back what they have replaced, at most ${supersession.maxPerDay} a day each.`,
    ...(contact === undefined ? [] : [`People talk to ${sayContact(contact)}.`]),
    ...(languages.length === 0 ? [] : [`Its words are in ${languages.join(', ')}.`]),
  ];
}

function describeFreshness({ freshness }: Rulebook): string[] {
  return (['network', 'foreign'] as const).flatMap((source) =>
    ACTION_CLASSES.map((action) => {
      const whose = source === 'network' ? 'evidence of this network' : "strangers' evidence";
      return `To ${action} on ${whose}: ${describeBands(freshness[source][action])}`;
    }),
  );
}

function describeBands(rule: FreshnessRule): string {
  const upTo = { live: rule.liveMs, recent: rule.recentMs, stale: rule.staleMs };
  const words = FRESHNESS_BANDS.map((band) =>
    band === 'cut-off' ? `then ${rule.effects[band]}` : `${wordsOfMs(upTo[band])} ${rule.effects[band]}`,
  );
  const most = rule.advanceMax === undefined ? '' : ` (at most ${rule.advanceMax} advanced)`;
  return `${words.join(', ')}${most}`;
}

function describeProfile(profile: Profile): string {
  const { id, appliesTo, minAssurance, maxAgeMs, requiredChecks = [], forbiddenClaims = [], retentionDays } = profile;
  return [
    `${id} (${appliesTo.join(', ')}): assurance ${minAssurance}`,
    ...(maxAgeMs === undefined ? [] : [`evidence no older than ${wordsOfMs(maxAgeMs)}`]),
    ...(requiredChecks.length === 0 ? [] : [`needs ${requiredChecks.join(', ')}`]),
    ...(forbiddenClaims.length === 0 ? [] : [`may not receive ${forbiddenClaims.join(', ')}`]),
    ...(retentionDays === undefined ? [] : [`keeps for ${retentionDays} days`]),
  ].join('; ');
}

function describeCases(rules: CaseRules): RulebookPart[] {
  return [
    part('Complaints', [...rules.reasons.map(describeReason), ...describeOwners(rules), ...describeBars(rules)]),
    part('How a complaint goes', rules.tracks.flatMap(describeTrack)),
    part('The longest that one can take', describeLongest(rules)),
  ];
}

function describeReason({ class: reasonClass, subjects, remedies, track, deadlineMs }: CaseReason): string {
  const asked = remedies.map((remedy) => (remedy === 'none' ? 'an answer' : remedy)).join(', ');
  return `${reasonClass} (${subjects.join(', ')}): ${asked}; within ${wordsOfMs(deadlineMs)}, track ${track}`;
}

function describeOwners({ owners, steward }: CaseRules): string[] {
  const words = owners.map(({ classes, subjects, role }) => {
    const what = [...(classes ?? []), ...(subjects ?? [])].join(', ');
    return `${role} owns ${what === '' ? 'everything else' : what}`;
  });
  return [[...words, `${steward} owns the rest, and what others let lie`].join('; ')];
}

function describeBars({ barsDeciders, barsDecidersOf }: CaseRules): string[] {
  const known = [...(barsDeciders === undefined ? [] : ['credential']), ...(barsDecidersOf ?? [])];
  const named = 'whoever decided what is complained about is out where the complaint names the decision';
  if (known.length === 0) return [named];
  if (barsDecidersOf === undefined) return ['whoever decided what is complained about is out, named or not'];
  return [`${named}; of these, named or not: ${known.join(', ')}`, 'officers of the party whose it is are out as well'];
}

function describeTrack({ id, filed, triaged, answer, review, decided, appeal, holdMs }: Track): string[] {
  const afterwards = { proceed: 'it goes on', uphold: 'it is upheld if vouched for', dismiss: 'it is dismissed' };
  const rounds = review.alternates === 0 ? '' : `, then ${review.alternates} more times by others`;
  return [
    `${id}:`,
    `  looked at within ${wordsOfMs(filed.dueMs)}, or it passes to the steward`,
    `  a first finding within ${wordsOfMs(triaged.dueMs)}, or ${afterwards[triaged.onSilence]}`,
    ...(answer === undefined
      ? []
      : [
          `  ${wordsOfMs(answer.dueMs)} to answer and ${wordsOfMs(answer.extensionMs)} more when asked for, or ${afterwards[answer.onSilence]}`,
        ]),
    `  reviewed by ${review.quorum} drawn of ${review.roles.join(', ')} within ${wordsOfMs(review.dueMs)}${rounds}, or ${afterwards[review.onSilence]}`,
    `  ${wordsOfMs(decided.dueMs)} to appeal; ${appeal.quorum} of ${appeal.roles.join(', ')} hear it within ${wordsOfMs(appeal.dueMs)}, or the finding stands`,
    ...(holdMs === undefined ? [] : [`  a credential may be held meanwhile, for at most ${wordsOfMs(holdMs)}`]),
  ];
}

function describeLongest(rules: CaseRules): string[] {
  const longest = longestCaseOf(rules);
  if (longest === undefined) return [];
  return [
    `${wordsOfMs(longest.ms)}, for ${longest.class} (${longest.remedy}); longer only by as long as the network is away`,
    ...longest.stages.map(({ stage, owner, ms }) => `  ${wordsOfMs(ms)} ${stage}: ${owner.join(', ')}`),
  ];
}
