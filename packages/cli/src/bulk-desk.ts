import { CodedError, canonicalJson, grantOf, MAX_STATUS_CHANGES, type Rulebook, sha256Base64url } from '@holdfast/core';
import { readBounded } from './bounded-file.ts';
import type { NetworkClient } from './network-client.ts';
import { approve, type Proposal, propose } from './officer-desk.ts';

export type BulkRequest = {
  readonly power: 'revoke' | 'suspend' | 'lift';
  readonly class: string;
  readonly reason?: string;
  /** To suspend, in milliseconds. */
  readonly durationMs?: number;
};

type Place = { readonly list: string; readonly index: number };
type Officer = Parameters<typeof approve>[3];

/** Places that one decision takes here: more might not fit into the entry that carries it out. */
const MAX_AT_ONCE = 4000;
/** How often a part that lapsed is proposed anew. */
const MAX_TRIES = 10;

/** Reads a file with a place on each line: the address of its list and its index. Throws `usage.places`. */
export async function readPlaces(file: string): Promise<readonly Place[]> {
  const lines = (await readBounded(file)).split('\n').map((line) => line.trim());
  return lines.flatMap((line, i) => {
    if (line === '' || line.startsWith('#')) return [];
    const [, list = '', index = ''] = /^(\S+?)[\s,]+([0-9]{1,8})$/.exec(line) ?? [];
    if (list !== '') return [{ list, index: Number(index) }];
    throw new CodedError('usage.places', `Line ${i + 1} of ${file} is no place: write LIST INDEX.`, { line: i + 1 });
  });
}

/**
 * Decides on all places, in as many decisions as it takes. The parts are the same for every officer, and each has a key of
 * its own: whoever repeats it, also after it broke off half-way, finds what was decided and goes on with the rest.
 */
export async function decideBulkAs(
  client: NetworkClient,
  officer: Officer,
  asked: BulkRequest,
  places: readonly Place[],
  told: (done: number, total: number) => void = () => undefined,
): Promise<readonly Proposal[]> {
  const { network, rulebook } = (await client.get('/rulebook')) as unknown as { network: string; rulebook: Rulebook };
  const most = Math.min(grantOf(rulebook, asked.power)?.maxTargets ?? 0, MAX_AT_ONCE, MAX_STATUS_CHANGES);
  if (most === 0) throw new CodedError('usage.power', `The rulebook grants nobody the power to ${asked.power}.`);
  const proposals: Proposal[] = [];
  for (const targets of partsOf(places, most)) {
    proposals.push(await decidePart(client, officer, network, { ...asked, targets }));
    told(proposals.length, Math.ceil(places.length / most));
  }
  return proposals;
}

/** In one order, whatever the order of the file, and no place twice. */
function partsOf(places: readonly Place[], most: number): readonly (readonly Place[])[] {
  const distinct = [...new Map(places.map((place) => [canonicalJson(place), place])).values()];
  const sorted = distinct.sort((a, b) => (a.list === b.list ? a.index - b.index : a.list < b.list ? -1 : 1));
  return Array.from({ length: Math.ceil(sorted.length / most) }, (_, i) => sorted.slice(i * most, (i + 1) * most));
}

async function decidePart(
  client: NetworkClient,
  officer: Officer,
  genesis: string,
  request: BulkRequest & { readonly targets: readonly Place[] },
): Promise<Proposal> {
  const key = sha256Base64url(canonicalJson(request));
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const proposal = await propose(client, request, `bulk-${key}-${attempt}`);
    if (proposal.state === 'expired' || proposal.state === 'refused') continue;
    if (proposal.state !== 'collecting') return proposal;
    return approve(client, proposal.id, { genesis, power: request.power, targets: request.targets }, officer);
  }
  throw new CodedError('usage.power', `A part of this lapsed ${MAX_TRIES} times; look at GET /decisions.`);
}
