import {
  type Applied,
  apply,
  equalBytes,
  type NetworkState,
  type Position,
  type Refusal,
  restorePoint,
  type SignatureCheck,
  type StatementParse,
  statementChecks,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';

/** What the engine said so far of the checks that each statement of a piece of log may need. */
export type Answers = Map<StatementParse, { readonly check: SignatureCheck; readonly holds: boolean }[]>;

export type Folded = {
  /** What each entry did, in order, up to the last or to the epoch at which folding stopped. */
  readonly applied: readonly Applied[];
  /** That epoch, because it does not say what its log says: the entries since the one before it are taken back. */
  readonly refusedEpoch?: { readonly index: number; readonly why: Refusal };
};

/**
 * Folds the next entries, epoch by epoch: whoever looks at the state between two awaits finds it as some epoch committed
 * to it, or after all entries. `onEpoch` is told of each, as it is folded. Stops at an epoch that the fold refuses, with the
 * state as the epoch before it left it. `step` folds one entry, for those who look at each; it may be asked twice for one.
 */
export async function foldEntries(
  state: NetworkState,
  parses: readonly StatementParse[],
  engine: SignatureEngine,
  onEpoch: (position: Position) => void = () => undefined,
  step: typeof apply = apply,
): Promise<Folded> {
  const answers = await askAhead(state, parses, engine);
  const applied: Applied[] = [];
  for (const segment of splitAtEpochs(parses)) {
    const ahead = parses.slice(applied.length + segment.length);
    const { results, restore } = await tryEntries(state, segment, { engine, answers, ahead, step });
    applied.push(...results);
    const last = results.at(-1);
    if (last?.ok === false && isEpoch(segment.at(-1))) {
      restore();
      return { applied, refusedEpoch: { index: last.index, why: last.why } };
    }
    if (isEpoch(segment.at(-1)) && state.position !== undefined) onEpoch(state.position);
  }
  return { applied };
}

type Known = {
  readonly engine: SignatureEngine;
  readonly answers?: Answers;
  /** What comes after: whoever has to ask asks for it in one go. */
  readonly ahead?: readonly StatementParse[];
  readonly step?: typeof apply;
};

export type Tried = { readonly results: readonly Applied[]; readonly restore: () => void };

/**
 * Asks for the signatures that these entries need under the keys in force now, so that `tryEntries` need not wait for them
 * later. Does not change the state.
 */
export async function askAhead(
  state: NetworkState,
  parses: readonly StatementParse[],
  engine: SignatureEngine,
): Promise<Answers> {
  const answers: Answers = new Map();
  await answer(answers, listChecks(state, parses), engine);
  return answers;
}

/**
 * Applies entries in one go, without an await between two of them. The keys that must have signed an entry may be those
 * that an entry before it brings, so signatures are asked for as the fold learns the keys, and the fold starts over.
 * `restore` takes all of it back unless an epoch was accepted; only the last entry may be one.
 */
export async function tryEntries(state: NetworkState, parses: readonly StatementParse[], known: Known): Promise<Tried> {
  const { engine, ahead = [], step = apply } = known;
  const answers = known.answers ?? (await askAhead(state, parses, engine));
  // Each round answers at least one entry more, so there are no more rounds than entries.
  for (;;) {
    const restore = restorePoint(state, parses);
    const results: Applied[] = [];
    for (const parse of parses) {
      const found = readAnswers(answers, parse, statementChecks(state, parse));
      if (found === undefined) break;
      results.push(step(state, parse, found));
    }
    if (results.length === parses.length) return { results, restore };
    const missing = listChecks(state, [...parses.slice(results.length), ...ahead]);
    restore();
    await answer(answers, missing, engine);
  }
}

type Wanted = { readonly parse: StatementParse; readonly check: SignatureCheck };

function listChecks(state: NetworkState, parses: readonly StatementParse[]): Wanted[] {
  return parses.flatMap((parse) => statementChecks(state, parse).map((check) => ({ parse, check })));
}

async function answer(answers: Answers, wanted: readonly Wanted[], engine: SignatureEngine): Promise<void> {
  const open = wanted.filter(({ parse, check }) => readAnswers(answers, parse, [check]) === undefined);
  if (open.length === 0) return;
  const results = await engine.verify(open.map(({ check }) => check));
  open.forEach(({ parse, check }, i) => {
    const known = answers.get(parse) ?? [];
    known.push({ check, holds: results[i] === true });
    answers.set(parse, known);
  });
}

function readAnswers(
  answers: Answers,
  parse: StatementParse,
  checks: readonly SignatureCheck[],
): boolean[] | undefined {
  const known = answers.get(parse) ?? [];
  const results = checks.map((check) => known.find((entry) => isSameCheck(entry.check, check))?.holds);
  return results.every((result) => result !== undefined) ? results : undefined;
}

function isSameCheck(a: SignatureCheck, b: SignatureCheck): boolean {
  const [x, y] = [a.key, b.key];
  const isSameKey = x.kty === 'EC' ? y.kty === 'EC' && x.x === y.x && x.y === y.y : y.kty === 'OKP' && x.x === y.x;
  return isSameKey && equalBytes(a.signature, b.signature) && equalBytes(a.data, b.data);
}

function isEpoch(parse: StatementParse | undefined): boolean {
  return parse?.ok === true && parse.statement.body.type === 'epoch';
}

/** Each piece ends with an epoch, but for the last, which may be entries that no epoch covers yet. */
function splitAtEpochs(parses: readonly StatementParse[]): StatementParse[][] {
  const segments: StatementParse[][] = [];
  let segment: StatementParse[] = [];
  for (const parse of parses) {
    segment.push(parse);
    if (!isEpoch(parse)) continue;
    segments.push(segment);
    segment = [];
  }
  return segment.length === 0 ? segments : [...segments, segment];
}
