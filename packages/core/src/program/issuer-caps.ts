import { parseQuery } from '../credential/query.ts';
import { isCodedError } from '../errors.ts';
import type { NetworkState, ProgramRecord } from '../fold/state.ts';
import { isOnProbation } from '../trust/issuer-terms.ts';
import type { Program } from './program.ts';

type Caps = Readonly<Program['issuerCaps']>;
export type ProbationIssuer = NonNullable<ProgramRecord['onProbation']>[number];

/**
 * Which of a program's issuers are on probation for a type that it asks for, by the network's time, and for how many people
 * at most each was accredited meanwhile. Empty where the program has no cap for them.
 */
export function issuersOnProbation(
  program: Program,
  { parties, time }: Pick<NetworkState, 'parties' | 'time'>,
): readonly ProbationIssuer[] {
  if (program.issuerClassCaps === undefined) return [];
  const asked = typesAsked(program);
  return program.uniqueness.issuers.flatMap((issuer): ProbationIssuer[] => {
    const { accreditations = [] } = parties.get(issuer) ?? {};
    const types = new Set(accreditations.map(({ type }) => type).filter((type) => asked.size === 0 || asked.has(type)));
    const onTrial = [...types].filter((type) => isOnProbation({ accreditations }, type, time));
    if (onTrial.length === 0) return [];
    const most = accreditations.flatMap(({ type, probation }) =>
      onTrial.includes(type) && probation?.maxPeople !== undefined ? [probation.maxPeople] : [],
    );
    return [{ issuer, ...(most.length === 0 ? {} : { maxPeople: Math.min(...most) }) }];
  });
}

/** Whatever the log holds, the fold goes on: a query that cannot be read asks for no type more than for any other. */
function typesAsked({ query }: Program): ReadonlySet<string> {
  try {
    return new Set(parseQuery(query).credentials.flatMap(({ types }) => types));
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return new Set();
  }
}

/**
 * The most that may go to the people of each issuer: its own cap, and while it is on probation also that of its class, and as
 * much as the people come to for whom it was accredited.
 */
export function issuerCapsOf({ program, onProbation = [] }: Pick<ProgramRecord, 'program' | 'onProbation'>): Caps {
  const { issuerCaps, issuerClassCaps = [], allocation, budget } = program;
  const [ofClass] = issuerClassCaps;
  if (ofClass === undefined || onProbation.length === 0) return issuerCaps;
  const each = BigInt('amount' in allocation ? allocation.amount : (allocation.cap ?? budget));
  const capped = onProbation.map(({ issuer, maxPeople }) => {
    const own = issuerCaps.find((cap) => cap.issuer === issuer)?.maxAmount;
    const bounds = [ofClass.maxAmount, own].flatMap((amount) => (amount === undefined ? [] : [BigInt(amount)]));
    const all = maxPeople === undefined ? bounds : [...bounds, BigInt(maxPeople) * each];
    return { issuer, maxAmount: `${all.reduce((least, amount) => (amount < least ? amount : least))}` };
  });
  const others = issuerCaps.filter(({ issuer }) => !onProbation.some((one) => one.issuer === issuer));
  return [...others, ...capped];
}
