import { bindingDigest } from '../governance/decision.ts';
import { isRecognising, MAX_RECOGNITIONS } from '../trust/recognition.ts';
import { closeDecisions, findOpen } from './powers.ts';
import type { NetworkState, Refusal } from './state.ts';
import type { StatementOf } from './statement.ts';

/**
 * Another network's word counts here, or no longer. What it once said stays on record when its time is over, so that
 * everybody can tell what has ended from what never was.
 */
export function applyRecognition(
  state: NetworkState,
  body: StatementOf<'recognition'>,
  entry: number,
): Refusal | undefined {
  const decisions = findOpen(state, [body.decision]);
  if (decisions === undefined) return 'decision-missing';
  const [decision] = decisions;
  if (decision?.power !== 'recognise') return 'decision-power';
  if (decision.count !== 1) return 'counts-differ';
  const { recognition } = body;
  if (decision.parameters.recognition !== bindingDigest(recognition)) return 'decision-parameters';
  // A network that recognised itself would lend its issuers what they are not accredited for.
  if (recognition.network === state.name || recognition.log.origin === state.rulebook?.body.log.origin) {
    return 'recognition-self';
  }
  if (recognition.types.length > 0 && recognition.until <= state.time) return 'recognition-until';
  if (recognition.types.length > 0 && isFull(state, recognition.network)) return 'recognition-bounds';
  closeDecisions(state, decisions);
  state.recognitions.set(recognition.network, { recognition, entry });
  return undefined;
}

function isFull({ recognitions, time }: NetworkState, network: string): boolean {
  const others = [...recognitions].filter(([name, record]) => name !== network && isRecognising(record, time));
  return others.length >= MAX_RECOGNITIONS;
}
