import { isSamePosition } from '../log/position.ts';
import type { Evidence, RecognisedEvidence } from './evidence.ts';
import { TICK_MS, type VerdictRequest } from './verdict.ts';
import { withoutWitnesses } from './witnessed.ts';

type Asked = { readonly request: VerdictRequest; readonly evidence: Evidence };

/** Code of why a judgement that was asked `at` a position does not stand there; undefined when it does, or was not asked. */
export function faultOfPin({ request, evidence }: Asked): string | undefined {
  if (request.freshness.mode !== 'at') return undefined;
  if (evidence.unpinned !== undefined) return evidence.unpinned;
  const { position } = request.freshness;
  const held = evidence.network?.position;
  if (held?.log !== position.log) return 'position.log_unknown';
  if (position.size > held.size) return 'position.ahead';
  return isSamePosition(held, position) ? undefined : 'position.not_held';
}

/**
 * A judgement as of the position it was asked `at`: its tick is that of the network's time there, and nobody's clock has a
 * part in it. One that does not stand there keeps its own tick, since a position that is not proved has no time to judge by,
 * and of its evidence only how far it had read.
 */
export function pinned<Judgement extends Asked & { readonly tick: number }>(asked: Judgement): Judgement {
  const { freshness } = asked.request;
  if (freshness.mode !== 'at') return asked;
  const { network, contradiction, recognised, unpinned } = asked.evidence;
  // Who has confirmed what since is no part of what was true then.
  const own = network === undefined ? {} : { network: withoutWitnesses(network) };
  if (faultOfPin(asked) === undefined) {
    const other = recognised?.network === undefined ? {} : { recognised: withoutItsWitnesses(recognised) };
    const evidence = { ...asked.evidence, ...own, ...other };
    return { ...asked, evidence, tick: Math.floor(freshness.position.time / TICK_MS) };
  }
  const evidence = {
    ...own,
    ...(contradiction === undefined ? {} : { contradiction }),
    ...(unpinned === undefined ? {} : { unpinned }),
  };
  return { ...asked, evidence };
}

function withoutItsWitnesses({ network, ...rest }: RecognisedEvidence): RecognisedEvidence {
  return network === undefined ? rest : { ...rest, network: withoutWitnesses(network) };
}
