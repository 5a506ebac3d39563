import { isCodedError } from '@holdfast/core';
import type { Verified } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { Sealer } from '../../ports/sealer.ts';
import { handleOf } from '../../seeing/handles.ts';
import { SILENT, type Signals } from '../../seeing/signals.ts';
import { type OpenSpan, spanUnderWay } from '../../seeing/spans.ts';
import type { SignedVerdict } from './question.ts';

export type VerdictSignals = {
  /** `from`: the evidence that it has, or only what was here when the door was full. */
  given(given: SignedVerdict, verified: Verified, from?: 'evidence' | 'door'): void;
  confirmed(given: SignedVerdict): void;
  followed(): void;
  /** Hands the answer on; tells why, when there is none. */
  orRefused(answer: Promise<SignedVerdict>): Promise<SignedVerdict>;
};

/** What a verifier tells of its verdicts: the outcome, why, how old its evidence was, and where the time went. */
export function createVerdictSignals({
  signals = SILENT,
  verifier,
  sealer,
  clock,
}: {
  readonly signals?: Signals;
  readonly verifier: string;
  readonly sealer: Pick<Sealer, 'pseudonym'>;
  readonly clock: Pick<Clock, 'now'>;
}): VerdictSignals {
  async function readHandle({ parse }: Verified): Promise<{ readonly handle?: string }> {
    if (signals === SILENT || !parse.ok || parse.status === undefined) return {};
    const { uri: list, index } = parse.status;
    return { handle: await handleOf(sealer, { list, index }, clock.now()) };
  }

  function tellChecks({ verdict, stages }: Verified): void {
    for (const [check, tookMs] of Object.entries(stages.checks ?? {})) {
      const said = verdict.checks.find(({ name }) => name === `check:${check}`);
      const isSilent = said === undefined || said.result === 'skipped';
      if (isSilent) signals.checkSilent({ verifier, check });
      else signals.checkAnswered({ verifier, check, tookMs });
    }
  }

  /** Where the time of this answer went: one stage after the other, as they were measured; checks beside each other. */
  function tellStages({ durationMs }: SignedVerdict, { stages }: Verified): void {
    const span = spanUnderWay();
    if (span === undefined) return;
    let at = clock.now() - durationMs;
    const { parse, evidence, signatures, judge, checks = {} } = stages;
    for (const tookMs of Object.entries({ parse, evidence, signatures })) at = stage(span, tookMs, at);
    for (const [check, tookMs] of Object.entries(checks)) span.stage(`verdict.check ${check}`, at, tookMs);
    stage(span, ['judge', judge], clock.now() - judge);
  }

  function stage(span: OpenSpan, [part, tookMs]: readonly [string, number], at: number): number {
    span.stage(`verdict.${part}`, at, tookMs);
    return at + tookMs;
  }

  async function tell(given: SignedVerdict, verified: Verified, from: 'evidence' | 'door'): Promise<void> {
    const { verdict, durationMs } = given;
    const { parse, evidence, signatures, judge } = verified.stages;
    const { outcome, reasons, ageMs = 0, basis } = verdict;
    signals.verdictGiven({
      ...{ verifier, outcome, from, class: basis.request.class, why: reasons[0]?.code ?? 'none' },
      ...{ tookMs: durationMs, ageMs, parseMs: parse, evidenceMs: evidence, signaturesMs: signatures, judgeMs: judge },
      ...(await readHandle(verified)),
    });
  }

  return {
    // Nobody waits for it, and nobody is refused by it.
    given(given, verified, from = 'evidence') {
      void tell(given, verified, from).catch(() => undefined);
      tellStages(given, verified);
      tellChecks(verified);
      if (given.promisedBy !== undefined) signals.verdictPromised({ verifier });
    },
    confirmed: ({ verdict }) => signals.verdictConfirmed({ verifier, outcome: verdict.outcome }),
    followed: () => signals.verdictFollowed({ verifier }),
    async orRefused(answer) {
      try {
        return await answer;
      } catch (error) {
        signals.verdictRefused({ verifier, why: isCodedError(error) ? error.code : 'internal' });
        throw error;
      }
    },
  };
}
