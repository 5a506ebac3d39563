import { isCodedError } from '@holdfast/core';
import type { Verified } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { Sealer } from '../../ports/sealer.ts';
import { handleOf } from '../../seeing/handles.ts';
import { SILENT, type Signals } from '../../seeing/signals.ts';
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
