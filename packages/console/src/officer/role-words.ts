import type { Rulebook } from '@holdfast/core';

/** Every role that the rulebook gives something to do, in decisions or in cases. */
export function rolesOf(rules: Rulebook | undefined): readonly string[] {
  const { steward, owners = [], tracks = [] } = rules?.cases ?? {};
  const judging = tracks.flatMap(({ review, appeal }) => [...review.roles, ...appeal.roles]);
  const deciding = (rules?.powers ?? []).flatMap((grant) => grant.roles);
  const named = [
    ...deciding,
    ...judging,
    ...owners.map(({ role }) => role),
    ...(steward === undefined ? [] : [steward]),
  ];
  return [...new Set(named)].sort();
}

/** What the rulebook gives somebody with this role to do, in a few words. */
export function wordsOfRole(rules: Rulebook, role: string): string {
  const powers = rules.powers.filter((grant) => grant.roles.includes(role)).map(({ power }) => power);
  const parts = [...(powers.length === 0 ? [] : [`signs to ${powers.join(', ')}`]), ...dutiesOfRole(rules, role)];
  return parts.length === 0 ? 'nothing in this rulebook' : parts.join('; ');
}

/** What of it is about cases. */
export function dutiesOfRole(rules: Rulebook, role: string): readonly string[] {
  const { steward, owners = [], tracks = [] } = rules.cases ?? {};
  const subjects = owners.filter((owner) => owner.role === role).flatMap((owner) => owner.subjects);
  const isJudge = tracks.some(({ review, appeal }) => review.roles.includes(role) || appeal.roles.includes(role));
  return [
    ...(subjects.length === 0
      ? []
      : [`looks into complaints about ${[...new Set(subjects)].map((subject) => `${subject}s`).join(', ')}`]),
    ...(isJudge ? ['judges cases: when drawn, or on the panel of an appeal'] : []),
    ...(steward === role ? ['takes over cases that nobody looked at in time'] : []),
  ];
}
