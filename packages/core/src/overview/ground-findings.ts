import type { OverviewFacts, SilentPart } from './facts.ts';
import type { FoundWrong } from './finding.ts';
import { sayDuration, sayMoment } from './moment.ts';

/** Codes under which a store says that it has no room. */
const FULL = 'database.full';
/** A clock that is corrected by less moves nothing that anybody would notice. */
export const JUMP_MS = 2_000;

/** What everything else stands on: the database, the disk, the clock; and parts that say nothing, or are not ready. */
export function groundFindings(facts: OverviewFacts, _now: number): FoundWrong[] {
  return [
    ...databaseAway(facts),
    ...diskFull(facts),
    ...clockJumped(facts),
    ...silentParts(facts),
    ...unready(facts),
    ...unaccredited(facts),
  ];
}

/** Which part is not ready, in its own word. The doctor is no help to whoever has just asked it. */
export function readyCommand({ origin }: Pick<OverviewFacts, 'origin'>): string {
  return `curl -s ${origin}/readyz`;
}

export function isDatabaseAway({ database }: Pick<OverviewFacts, 'database'>): boolean {
  return database?.isAnswering === false;
}

export function isDiskFull({ disk, log, ledger }: Pick<OverviewFacts, 'disk' | 'log' | 'ledger'>): boolean {
  return (disk !== undefined && disk.freeBytes < disk.leastBytes) || [log?.why, ledger?.why].includes(FULL);
}

function databaseAway(facts: OverviewFacts): FoundWrong[] {
  if (!isDatabaseAway(facts)) return [];
  const blind = facts.silent.filter(({ needs }) => needs !== undefined).map(({ part }) => part);
  const cannotSay = blind.length === 0 ? '' : `; it is not known how it stands with ${blind.join(', ')}`;
  return [
    {
      code: 'database.away',
      what: 'PostgreSQL has not answered',
      part: 'database',
      affected: `nothing new is recorded, issued or paid${cannotSay}`,
      owner: facts.host,
      resolves: 'by itself when it answers again: nothing that was acknowledged is lost',
      command: readyCommand(facts),
    },
  ];
}

function diskFull(facts: OverviewFacts): FoundWrong[] {
  if (!isDiskFull(facts)) return [];
  const { disk } = facts;
  const left = disk === undefined ? '' : `, ${Math.floor(disk.freeBytes / 2 ** 20)} MiB are left`;
  return [
    {
      code: 'disk.full',
      what: `The disk of the data folder${disk?.of === undefined ? '' : ` of ${disk.of}`} has been as good as full`,
      part: 'disk',
      affected: `what cannot be written is not acknowledged${left}`,
      owner: disk?.of === undefined ? facts.host : `whoever runs ${disk.of}`,
      resolves: 'by itself once there is room',
      command: 'df -h',
    },
  ];
}

function clockJumped({ clock, host }: OverviewFacts): FoundWrong[] {
  if (clock === undefined || Math.abs(clock.jumpedMs) < JUMP_MS) return [];
  const way = clock.jumpedMs > 0 ? 'ahead' : 'back';
  return [
    {
      code: 'clock.jumped',
      what: `The clock of this machine has been ${sayDuration(Math.abs(clock.jumpedMs))} ${way} of where it was`,
      part: 'clock',
      since: clock.since,
      affected: 'ages of evidence and dates of credentials are judged by it; the time of the log never goes back',
      owner: host,
      resolves: `when it is set right; left so, it counts as right from ${sayMoment(clock.takenAt)} on`,
      command: 'timedatectl status',
    },
  ];
}

function silentParts(facts: OverviewFacts): FoundWrong[] {
  const isVerifierAway = facts.verifiers.some(({ isAnswering }) => !isAnswering);
  const isExplained = ({ needs }: SilentPart) =>
    (needs !== undefined && isDatabaseAway(facts)) || (needs === 'verifiers' && isVerifierAway);
  return facts.silent
    .filter((silent) => !isExplained(silent))
    .map(({ part, owner, since, affected = 'what it would tell is missing here', command = readyCommand(facts) }) => ({
      code: 'part.silent',
      what: `${part} has not said how it does`,
      part,
      since,
      affected,
      owner,
      resolves: 'when it answers again',
      command,
    }));
}

/** Of a part that has a fact of its own more is known than that it is not ready. */
function unready(facts: OverviewFacts): FoundWrong[] {
  const told = new Set([
    ...(facts.log === undefined ? [] : ['network']),
    ...(facts.ledger === undefined ? [] : ['ledger']),
    ...facts.verifiers.map(({ id }) => id),
    ...facts.silent.map(({ part }) => part),
    ...(facts.unaccredited.length === 0 ? [] : ['issuer']),
  ]);
  return facts.parts
    .filter(({ part, state }) => state !== 'ready' && !told.has(part) && !isDatabaseAway(facts))
    .map(({ part, owner, state }) => ({
      code: 'part.not-ready',
      what: `${part} has not been ready (${state})`,
      part,
      owner,
      resolves: 'when it is ready',
      command: readyCommand(facts),
    }));
}

/** Whoever founds a network or joins one has an issuer before officers have let it in. */
function unaccredited(facts: OverviewFacts): FoundWrong[] {
  return facts.unaccredited.map(({ issuer, owner }) => ({
    code: 'issuer.not-accredited',
    what: `The issuer ${issuer} has not been accredited by this network, or under no key that it holds`,
    part: issuer,
    affected: 'it opens no status list and hands nothing out',
    owner,
    resolves: 'by itself when officers have accredited it, with the file accredit-issuer.json of its data folder',
    command: 'npx holdfast decide accredit accredit-issuer.json --as OFFICER',
  }));
}
