import { decideAs, openOfficer } from '../src/commands/decide.ts';
import { createPerson, issueTo, presentTo, type Stage, verifyAt } from '../src/tour/stage.ts';
import type { RunningNetwork } from './running-network.ts';

/** What the network has answered with yes: all of it has to be there after whatever happens. */
export type Acknowledged = {
  readonly labels: string[];
  readonly verdicts: { readonly verifier: string; readonly id: string }[];
  readonly decisions: {
    readonly id: string;
    readonly entries: { readonly decision: number; readonly carriedOut: number };
  }[];
};

/** Issues, presents, verifies and revokes over HTTP, several at once, until it is ended; failures are only tried past. */
export function startWork(network: RunningNetwork, acknowledged: Acknowledged): { readonly end: () => Promise<void> } {
  const stage: Stage = { client: network.client, data: network.data, progress: () => undefined };
  const run = crypto.randomUUID().slice(0, 8);
  let isEnded = false;
  const lane = async (name: string, work: (label: string) => Promise<void>) => {
    for (let i = 0; !isEnded; i += 1) {
      // Whoever is struck gives no answer; what was not answered may be lost.
      await work(`${run}-${name}-${i}`).catch(() => new Promise((resolve) => setTimeout(resolve, 100)));
    }
  };
  const issue = async (label: string) => {
    const person = createPerson(label);
    const credential = await issueTo(stage, person);
    acknowledged.labels.push(label);
    return { person, credential };
  };
  const lanes = [
    lane('issue', async (label) => void (await issue(label))),
    lane('present', async (label) => {
      const { person, credential } = await issue(label);
      for (const verifier of ['north', 'south']) {
        acknowledged.verdicts.push({ verifier, id: (await presentTo(stage, person, verifier)).id });
        acknowledged.verdicts.push({ verifier, id: (await verifyAt(stage, verifier, { credential })).id });
      }
    }),
    lane('revoke', async (label) => {
      await issue(label);
      const asked = { power: 'revoke', label, issuer: 'civic', class: 'residence-ended' } as const;
      await decideAs(stage.client, { ...asked, officer: await openOfficer(network.data, 'officer-a') });
      const { id, state, json } = await decideAs(stage.client, {
        ...asked,
        officer: await openOfficer(network.data, 'officer-b'),
      });
      const entries = json.entries as { decision: number; carriedOut: number } | undefined;
      if (state === 'carried-out' && entries !== undefined) acknowledged.decisions.push({ id, entries });
    }),
  ];
  return {
    end: async () => {
      isEnded = true;
      await Promise.all(lanes);
    },
  };
}
