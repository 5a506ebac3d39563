import { allocationResultSchema, type Program, type Statement } from '@holdfast/core';
import { grouped } from '../lists/list-flags.ts';
import { dateOf, moneyIn } from './words.ts';

/** A statement about a program, where it stands in the log. */
export type ProgramEntry = { readonly index: number; readonly body: Statement['body'] };

/** What an entry of the log says of a program. */
export function wordsOfEntry({ index, body }: ProgramEntry, program: Program): string[] {
  switch (body.type) {
    case 'program':
      return [
        `Released  entry #${index}, decision ${body.decision}`,
        `          ${program.title}: applications until ${dateOf(program.window.closesAt)}`,
      ];
    case 'intake':
      return [
        `Taken in  entry #${index}: ${applications(body.count)}, root ${body.root}`,
        ...(body.recognised ?? []).map(
          ({ log, size, time }) => `          of ${log} what it said at its #${size - 1}, ${dateOf(time)}`,
        ),
      ];
    case 'seal':
      return [
        `Sealed    entry #${index}, all judged as of #${body.position - 1}`,
        `          ${grouped(`${body.admitted.count}`)} admitted, root ${body.admitted.root}`,
        `          ${grouped(`${body.refused.count}`)} refused,  root ${body.refused.root}`,
      ];
    case 'reveal':
      return [`Revealed  entry #${index}: the secret of ${body.party} for round ${body.round + 1}`];
    case 'draw': {
      const { count, total, root } = body.allocated;
      return [
        `Drawn     entry #${index}, from the admitted of root ${body.seal}`,
        `          ${moneyIn(program.asset)(BigInt(total))} for ${grouped(`${count}`)}, root ${root}`,
        ...resultInWords(body.result, program),
        ...chanceInWords(body.beacon),
      ];
    }
    default:
      return [`Entry #${index} is of type ${body.type}, which says nothing of a program.`];
  }
}

function applications(count: number): string {
  return `${grouped(`${count}`)} application${count === 1 ? '' : 's'}`;
}

/** Issuers with caps of their own make levels of their own; the rest is in `--json`. */
const MAX_LEVELS = 3;

type DrawBody = Extract<Statement['body'], { readonly type: 'draw' }>;

function resultInWords(result: DrawBody['result'], { asset }: Program): string[] {
  const parsed = allocationResultSchema.safeParse(result);
  if (!parsed.success) return ['          by a result that cannot be read'];
  const money = moneyIn(asset);
  switch (parsed.data.rule) {
    case 'equal-capped': {
      const levels = new Set(parsed.data.groups.map(({ level }) => BigInt(level)));
      const most = [...levels].map(money).slice(0, MAX_LEVELS).join(' or ');
      return [`          each gets what was asked for, at most ${most}${levels.size > 1 ? ', by issuer' : ''}`];
    }
    case 'pro-rata':
      return ['          each gets a share by weight'];
    case 'lottery':
      return [`          seed ${parsed.data.seed}`];
    default:
      return parsed.data satisfies never;
  }
}

function chanceInWords(beacon: DrawBody['beacon']): string[] {
  if (beacon === undefined) return ['          nothing was left to chance, so there is no seed'];
  if (beacon.kind === 'drand') return [`          made of round ${beacon.round} of drand and the seal`];
  return [`          made of ${beacon.secrets.length} revealed secrets, round ${beacon.round + 1}, and the seal`];
}
