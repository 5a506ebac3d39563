import {
  type Course,
  type DecidingEntry,
  explainOverTime,
  type GivenVerdict,
  isJsonObject,
  type Json,
  parseVerdictEnvelope,
} from '@holdfast/core';

/** Asks one verifier as its operator would: a path to what it answers. Throws whatever asking throws. */
export type AskVerifier = (path: string) => Promise<unknown>;

/** Answers of one verifier on one credential that are looked at, the latest; and changes of which the decision is looked up. */
const LATEST = 50;
const MAX_TURNS = 4;

const NOTHING: Course = { stretches: [], turns: [] };

/**
 * What one verifier has answered on the credential of these verdicts, in its course. Nothing where it keeps none of them any
 * more, or does not answer: what changed is told where it is known, and nobody waits for it.
 */
export async function readVerdictCourse(ask: AskVerifier, verifier: string, ids: readonly string[]): Promise<Course> {
  const of = `/v/${encodeURIComponent(verifier)}/verdicts`;
  try {
    const [id = ''] = ids;
    const first = await ask(`${of}/${encodeURIComponent(id)}`);
    const { credential } = parseVerdictEnvelope(String(isJsonObject(first) ? first.signed : '')).envelope.verdict.basis;
    if (credential === undefined) return NOTHING;
    const query = new URLSearchParams({ limit: String(LATEST), credential });
    const answer = await ask(`${of}?${query}`);
    const listed = isJsonObject(answer) && Array.isArray(answer.verdicts) ? (answer.verdicts as readonly Json[]) : [];
    const given = listed.filter(isJsonObject).map((each): GivenVerdict & { readonly id: string } => ({
      id: String(each.id),
      name: verifier,
      verdict: parseVerdictEnvelope(String(each.signed)).envelope.verdict,
      answeredAt: Number(each.answeredAt),
    }));
    return explainOverTime(await withDeciding(given, (each) => ask(`${of}/${encodeURIComponent(each)}/deciding`)));
  } catch {
    return NOTHING;
  }
}

/** Only where the answer is another than the one before it: each question folds the log again. */
async function withDeciding(
  given: readonly (GivenVerdict & { readonly id: string })[],
  askDeciding: (id: string) => Promise<unknown>,
): Promise<GivenVerdict[]> {
  const inOrder = [...given].sort((a, b) => a.answeredAt - b.answeredAt);
  const turns = inOrder.filter((each, i) => i > 0 && inOrder[i - 1]?.verdict.outcome !== each.verdict.outcome);
  const asked = new Set(turns.slice(-MAX_TURNS).map(({ id }) => id));
  return Promise.all(
    inOrder.map(async ({ id, ...each }) => {
      if (!asked.has(id)) return each;
      const answer = await askDeciding(id);
      const deciding = isJsonObject(answer) && isJsonObject(answer.deciding) ? answer.deciding : undefined;
      return deciding === undefined ? each : { ...each, deciding: deciding as unknown as DecidingEntry };
    }),
  );
}
