import type { KeyHolder, PowerStanding, StandingPowers } from '@holdfast/core';
import { formatDuration, type Output } from '../output.ts';

/** Officers side by side in the matrix; further ones are only counted. */
const MAX_COLUMNS = 12;
const SHOWN = 8;

/** Who can do what, for people: one line a power, then who vanishes, then what each key is worth. */
export function tellPowers(output: Output, standing: StandingPowers, holders: readonly KeyHolder[]): void {
  const { title, officers, notGranted } = standing;
  const plural = officers.length === 1 ? 'officer' : 'officers';
  output.say(`${title}: ${officers.length} ${plural} with a key in force`);
  output.say();
  for (const line of matrixOf(standing)) output.say(line);
  output.say();
  output.say('  1 does it alone · • counts towards what it takes · "spare": how many may vanish, whoever they are');
  if (notGranted.length > 0) output.say(`  Granted to nobody: ${notGranted.join(', ')}`);
  tellMakers(output, standing);
  tellDead(output, standing);
  tellHouses(output, standing.powers);
  tellVanishing(output, standing);
  output.say();
  output.say('What each key is worth');
  for (const { who, key, alone, thief, until, lost } of holders) {
    output.say(`  ${who}, ${key}`);
    output.say(`    alone     ${alone}`);
    output.say(`    a thief   ${thief}`);
    output.say(`    until     ${until}`);
    output.say(`    if lost   ${lost}`);
  }
}

function matrixOf({ officers, powers }: StandingPowers): string[] {
  const shown = officers.slice(0, MAX_COLUMNS).map(({ id }) => id);
  const width = Math.max(...powers.map(({ power }) => power.length), 5) + 2;
  const head = ['power'.padEnd(width), ...shown.map((id) => `${id}  `), 'takes'.padEnd(12), 'spare'].join('');
  const rows = powers.map((power) => {
    const cells = shown.map((id) => `${cellOf(power, id)}`.padEnd(id.length + 2));
    const takes = `${power.quorum} of ${power.holders.length}`.padEnd(12);
    return [power.power.padEnd(width), ...cells, takes, power.spare < 0 ? 'NOBODY LEFT' : `${power.spare}`].join('');
  });
  const more = officers.length > MAX_COLUMNS ? [`  and ${officers.length - MAX_COLUMNS} more officers`] : [];
  return [head, ...rows, ...more].map((line) => `  ${line}`.trimEnd());
}

function cellOf({ holders, quorum }: PowerStanding, id: string): string {
  if (!holders.includes(id)) return '';
  return quorum === 1 ? '1' : '•';
}

function tellDead(output: Output, { dead, seats }: StandingPowers): void {
  if (dead.length > 0) output.say(`  NOBODY LEFT who could use, as too few officers have the role: ${dead.join(', ')}`);
  for (const { seat, roles, quorum, holders, isLiving } of seats) {
    if (isLiving) continue;
    output.say(
      `  Cases: ${seat} takes ${quorum} of ${roles.join(', ')}, and there are ${holders.length}; silence decides`,
    );
  }
}

/** Whoever names officers or rules comes by every power in the end: that is the least that any of them takes. */
function tellMakers(output: Output, { powers, noticeMs }: StandingPowers): void {
  const takes = (name: string) => {
    const power = powers.find((one) => one.power === name);
    return power === undefined || power.spare < 0 ? undefined : `${power.quorum} of ${power.holders.join(', ')}`;
  };
  const [enrol, amend] = [takes('enrol'), takes('amend')];
  if (enrol !== undefined) output.say(`  By naming officers, ${enrol} come by every power above, with the next epoch`);
  if (amend !== undefined) {
    output.say(`  By changing the rules, ${amend} come by every power, after ${formatDuration(noticeMs)} of notice`);
  }
}

function tellHouses(output: Output, powers: readonly PowerStanding[]): void {
  const houses = [...new Set(powers.flatMap((power) => power.houses))].sort();
  for (const house of houses) {
    const own = powers.filter((power) => power.houses.includes(house)).map(({ power }) => power);
    output.say(`  ${house} needs nobody else to ${own.join(', ')}`);
  }
}

function tellVanishing(output: Output, { vanishing }: StandingPowers): void {
  if (vanishing.length === 0) return;
  output.say();
  output.say('If they vanish, this stops');
  for (const { officers, stops } of vanishing.slice(0, SHOWN)) {
    output.say(`  ${officers.join(' and ')}: ${stops.join(', ')}`);
  }
  if (vanishing.length > SHOWN) output.say(`  … and ${vanishing.length - SHOWN} more; --json lists them.`);
}
