import { holdersOf } from './case-officers.ts';
import { finding, type RulebookFinding } from './finding.ts';
import { type Grant, grantOf, type Rulebook } from './rulebook.ts';

const DAY_MS = 86_400_000;
/** Longer than this a suspension is no bridge to a decision any more (DESIGN 8). */
const MAX_SUSPENSION_MS = 14 * DAY_MS;

/** What is wrong with who may do what: grants nobody can use, guardians of themselves, words and clocks that are missing. */
export function checkPowers(rulebook: Rulebook): RulebookFinding[] {
  return [
    ...rulebook.powers.flatMap((grant) => [
      ...checkQuorum(rulebook, grant),
      ...checkRoles(rulebook, grant),
      ...checkWords(rulebook, grant.classes, `powers.${grant.power}.classes`),
    ]),
    ...checkSpare(rulebook),
    ...checkSuspension(rulebook),
    ...checkNotice(rulebook),
    ...checkGuardian(rulebook),
    ...unusedClasses(rulebook),
  ];
}

function checkQuorum({ officers }: Rulebook, { power, roles, quorum }: Grant): RulebookFinding[] {
  const holders = holdersOf(officers, roles).size;
  const path = `powers.${power}.quorum`;
  if (quorum > holders) {
    const sentence = `${power} needs ${quorum} officers, and ${holders} could approve it: nobody can use it.`;
    return [finding('power.no-quorum', sentence, path)];
  }
  // A suspension ends by itself, and what is cancelled stays as it was: for those one is enough.
  if (quorum > 1 || power === 'suspend' || power === 'cancel') return [];
  return [finding('power.alone', `One officer alone can ${power}.`, path)];
}

/** Those that nobody could use any more once one of their officers is lost. */
function checkSpare({ officers, powers }: Rulebook): RulebookFinding[] {
  const tight = powers.filter(({ roles, quorum }) => holdersOf(officers, roles).size === quorum);
  if (tight.length === 0) return [];
  const names = tight.map(({ power }) => power).join(', ');
  return [finding('power.no-spare', `Once one officer of it is lost, nobody can use: ${names}.`, 'powers')];
}

function checkRoles({ officers }: Rulebook, { power, roles }: Grant): RulebookFinding[] {
  return roles
    .filter((role) => holdersOf(officers, [role]).size === 0)
    .map((role) => finding('role.nobody', `Nobody is ${role}, who may ${power}.`, `powers.${power}.roles`));
}

export function checkWords({ classes }: Rulebook, used: readonly string[], path: string): RulebookFinding[] {
  return used
    .filter((id) => !classes.some((known) => known.id === id))
    .map((id) => finding('class.no-words', `There are no public words for the reason ${id}.`, path));
}

function checkSuspension(rulebook: Rulebook): RulebookFinding[] {
  const grant = grantOf(rulebook, 'suspend');
  if (grant === undefined) return [];
  const path = 'powers.suspend.maxDurationMs';
  if (grant.maxDurationMs === undefined) {
    return [finding('suspend.no-expiry', 'It is not said when a suspension ends, so none can be made.', path)];
  }
  if (grant.maxDurationMs <= MAX_SUSPENSION_MS) return [];
  return [finding('suspend.long', 'A suspension may last longer than 14 days without a decision.', path)];
}

function checkNotice({ notice }: Rulebook): RulebookFinding[] {
  if (notice.amendMs === 0) {
    return [finding('notice.none', 'Rules can be loosened at once: nobody hears of it before.', 'notice.amendMs')];
  }
  if (notice.amendMs >= DAY_MS) return [];
  return [finding('notice.short', 'Rules can be loosened within a day.', 'notice.amendMs')];
}

/** Whoever may cancel what others have decided must not have decided it. */
function checkGuardian(rulebook: Rulebook): RulebookFinding[] {
  const [cancel, amend] = [grantOf(rulebook, 'cancel'), grantOf(rulebook, 'amend')];
  if (amend === undefined) return [];
  if (cancel === undefined) {
    return [finding('guardian.none', 'Nobody can cancel a change of the rules before it takes effect.', 'powers')];
  }
  const amending = holdersOf(rulebook.officers, amend.roles);
  const both = [...holdersOf(rulebook.officers, cancel.roles)].filter((officer) => amending.has(officer));
  if (both.length === 0) return [];
  const sentence = `${both.sort().join(', ')} could approve the changes of the rules that they guard.`;
  return [finding('guardian.amends', sentence, 'powers.cancel.roles')];
}

function unusedClasses({ classes, powers, cases }: Rulebook): RulebookFinding[] {
  const used = new Set([
    ...powers.flatMap((grant) => grant.classes),
    ...(cases?.reasons ?? []).map((reason) => reason.class),
  ]);
  return classes
    .filter(({ id }) => !used.has(id))
    .map(({ id }) => finding('class.unused', `For the reason ${id} nothing can be done.`, `classes.${id}`));
}
