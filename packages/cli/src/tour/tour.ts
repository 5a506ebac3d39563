import { type Explanation, explain, type ReplayBundle } from '@holdfast/core';
import { decideAs, openOfficer } from '../commands/decide.ts';
import { replayBundle } from '../commands/replay.ts';
import { explanationLines } from '../explaining/explanation-words.ts';
import { findDeciding } from '../verdicts.ts';
import { tryRefusals } from './refusals.ts';
import { applyAll, drawWhileCut, findWinner, payHealed, releaseProgram, sealProgram } from './relief.ts';
import {
  type Answer,
  awaitAge,
  awaitPosition,
  createPerson,
  forEach,
  issueTo,
  type Person,
  presentTo,
  readPosition,
  type Stage,
  type Step,
} from './stage.ts';

export type TourReport = {
  readonly held: boolean;
  readonly steps: readonly Step[];
  readonly explanation: Explanation | null;
  /** Signed verdicts and the bundle that proves one of them, for whoever wants to check. */
  readonly evidence: { readonly north: string; readonly south: string; readonly bundle: ReplayBundle } | null;
};

const PEOPLE = 200;
const AT_ONCE = 8;
const CATCH_UP_MS = 30_000;
/** The sample rulebook's: evidence older than this moves no money at once. */
const LIVE_MS = 15_000;

/** The story end to end, over HTTP. Tells each step as it ends. */
export async function runTour(stage: Stage, tell: (step: Step) => void, people = PEOPLE): Promise<TourReport> {
  const steps: Step[] = [];
  const done = (step: Step) => {
    steps.push(step);
    tell(step);
  };
  const run = crypto.randomUUID().slice(0, 8);
  const residents = Array.from({ length: people }, (_, i) => createPerson(`tour-${run}-${i}`));
  const first = await issueAll(stage, residents, done);
  await presentAll(stage, residents, done);
  const [ada] = residents;
  if (ada === undefined) return { held: false, steps, explanation: null, evidence: null };
  for (const step of await tryRefusals(stage, ada, first)) done(step);
  const relief = await releaseProgram(stage, residents.length, run, done);
  const applied = await applyAll(stage, relief, residents, done);
  await sealProgram(stage, relief, applied, residents, done);
  await cutSouth(stage, done);
  try {
    await awaitAge(stage, 'south', LIVE_MS, CATCH_UP_MS);
    await drawWhileCut(stage, relief, done);
    const drawn = await findWinner(stage, relief, applied);
    const winner = residents[drawn] ?? ada;
    const size = await revokeByTwo(stage, winner, done);
    const { explanation, north, south } = await disagree(stage, winner, size, done);
    const bundle = await replayNorth(stage, north, done);
    await heal(stage, winner, size, done);
    await payHealed(stage, relief, applied, drawn, done);
    const evidence = { north: north.signed, south: south.signed, bundle };
    return { held: steps.every((step) => step.held), steps, explanation, evidence };
  } finally {
    // Whatever happened, the wire is not left cut.
    await stage.client.post('/development/relay', { state: 'open' });
  }
}

type Done = (step: Step) => void;

async function issueAll(stage: Stage, residents: readonly Person[], done: Done): Promise<string> {
  let first = '';
  await forEach(
    residents,
    AT_ONCE,
    async (person, index) => {
      const credential = await issueTo(stage, person);
      if (index === 0) first = credential;
    },
    (count) => stage.progress('issued', count, residents.length),
  );
  const words = `${residents.length} people received a residence credential into wallets of their own`;
  done({ name: 'issue', held: first !== '', words, detail: { people: residents.length } });
  return first;
}

async function presentAll(stage: Stage, residents: readonly Person[], done: Done): Promise<void> {
  const outcomes: Record<string, number> = {};
  await forEach(
    residents,
    AT_ONCE,
    async (person) => {
      const { verdict } = await presentTo(stage, person, 'north');
      outcomes[verdict.outcome] = (outcomes[verdict.outcome] ?? 0) + 1;
    },
    (count) => stage.progress('presented', count, residents.length),
  );
  const held = outcomes.valid === residents.length;
  done({
    name: 'present',
    held,
    words: `north accepted ${outcomes.valid ?? 0} of ${residents.length}`,
    detail: { outcomes },
  });
}

async function cutSouth(stage: Stage, done: Done): Promise<void> {
  const { state } = await stage.client.post('/development/relay', { state: 'cut' });
  const position = await readPosition(stage, 'south');
  const words = `south is cut off from the network; it has seen up to #${(position?.size ?? 0) - 1}`;
  done({
    name: 'cut',
    held: state === 'cut' && position !== undefined,
    words,
    detail: { state: String(state), size: position?.size ?? 0 },
  });
}

/** Gives the size of the log that has the revocation in it. */
async function revokeByTwo(stage: Stage, person: Person, done: Done): Promise<number> {
  const asked = { power: 'revoke', label: person.label, issuer: 'civic', class: 'residence-ended' } as const;
  const one = await decideAs(stage.client, { ...asked, officer: await openOfficer(stage.data, 'officer-a') });
  done({
    name: 'one-officer',
    held: one.state === 'collecting',
    words: 'one officer signed, and nothing changed',
    detail: { state: one.state, approvals: one.approvals.length },
  });
  const two = await decideAs(stage.client, { ...asked, officer: await openOfficer(stage.data, 'officer-b') });
  const position = two.json.position as { size: number } | undefined;
  const entries = two.json.entries as { decision: number; carriedOut: number } | undefined;
  const held = two.state === 'carried-out' && two.id === one.id && entries !== undefined;
  const words = `the second officer signed: decision #${entries?.decision}, carried out by #${entries?.carriedOut}`;
  done({
    name: 'two-officers',
    held,
    words,
    detail: { state: two.state, ...(entries === undefined ? {} : { entries }) },
  });
  return position?.size ?? (entries?.carriedOut ?? 0) + 2;
}

async function disagree(stage: Stage, person: Person, size: number, done: Done) {
  const read = await awaitPosition(stage, 'north', size, CATCH_UP_MS);
  const north = await presentTo(stage, person, 'north', 'pay');
  const south = await presentTo(stage, person, 'south', 'pay');
  const differ = read && north.verdict.outcome === 'revoked' && south.verdict.outcome === 'valid';
  done({
    name: 'disagree',
    held: differ && south.verdict.allows.effect === 'reserve',
    words: `north says ${north.verdict.outcome}, south says ${south.verdict.outcome} (${south.verdict.allows.effect})`,
    detail: { north: north.verdict.outcome, south: south.verdict.outcome, effect: south.verdict.allows.effect },
  });
  const pair = [found('north', north), found('south', south)] as const;
  const deciding = await findDeciding(stage.client, pair);
  const explanation = explain(pair[0], pair[1], deciding);
  const { cause, gap } = explanation;
  const isExplained = cause.kind === 'decision' && gap?.behind === 'south';
  const officers = cause.kind === 'decision' ? cause.deciding.decisions.flatMap((decision) => decision.officers) : [];
  done({
    name: 'explain',
    held: isExplained && officers.includes('officer-a') && officers.includes('officer-b'),
    words: explanationLines(explanation).join('\n'),
    detail: { cause: cause.kind, officers, behind: gap?.behind ?? null },
  });
  return { explanation, north, south };
}

function found(name: string, { id, verdict, signed }: Answer) {
  return { name, verdict, signed, kept: { verifier: name, id } };
}

async function replayNorth(stage: Stage, north: Answer, done: Done): Promise<ReplayBundle> {
  const bundle = (await stage.client.get(`/v/north/verdicts/${north.id}/bundle`)) as unknown as ReplayBundle;
  const { result, isKeyAccredited } = replayBundle(bundle);
  done({
    name: 'replay',
    held: result.same && isKeyAccredited,
    words: `north's verdict, judged again from its bundle alone, is ${result.same ? 'the same, byte for byte' : 'DIFFERENT'}`,
    detail: { same: result.same, isKeyAccredited },
  });
  return bundle;
}

async function heal(stage: Stage, person: Person, size: number, done: Done): Promise<void> {
  await stage.client.post('/development/relay', { state: 'open' });
  const read = await awaitPosition(stage, 'south', size, CATCH_UP_MS);
  done({ name: 'heal', held: read, words: 'the wire is mended, and south has read on by itself', detail: { read } });
  const [north, south] = [
    await presentTo(stage, person, 'north', 'pay'),
    await presentTo(stage, person, 'south', 'pay'),
  ];
  const agree = north.verdict.outcome === 'revoked' && south.verdict.outcome === 'revoked';
  const words = `north says ${north.verdict.outcome}, south says ${south.verdict.outcome}`;
  done({ name: 'agree', held: agree, words, detail: { north: north.verdict.outcome, south: south.verdict.outcome } });
}
