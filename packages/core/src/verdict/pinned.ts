import { isSamePosition, type Position } from '../log/position.ts';
import type { Evidence } from './evidence.ts';
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
  const { network, contradiction, unpinned } = asked.evidence;
  // Who has confirmed what since is no part of what was true then.
  const own = network === undefined ? {} : { network: withoutWitnesses(network) };
  if (faultOfPin(asked) === undefined) {
    const evidence = pinnedOther({ ...asked.evidence, ...own }, freshness.recognised ?? []);
    return { ...asked, evidence, tick: Math.floor(freshness.position.time / TICK_MS) };
  }
  const evidence = {
    ...own,
    ...(contradiction === undefined ? {} : { contradiction }),
    ...(unpinned === undefined ? {} : { unpinned }),
  };
  return { ...asked, evidence };
}

/**
 * The other network by its word at the position that was named of it. One position is one point of one log: where none is
 * named of the other network, nothing that was read of it says how it then was.
 */
function pinnedOther({ recognised, ...evidence }: Evidence, named: readonly Position[]): Evidence {
  if (recognised?.network === undefined) return recognised === undefined ? evidence : { ...evidence, recognised };
  const { network: view, ...rest } = recognised;
  if (named.some((position) => isSamePosition(position, view.position))) {
    return { ...evidence, recognised: { ...rest, network: withoutWitnesses(view) } };
  }
  const { issuerKey, ...unkeyed } = evidence;
  if (issuerKey?.source !== 'recognised') return { ...evidence, recognised: rest };
  return { ...unkeyed, recognised: rest, issuerUnknown: 'recognition.not_pinned' };
}
