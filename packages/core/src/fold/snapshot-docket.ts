import { z } from 'zod';
import { caseRecordSchema, isHolding } from '../cases/case-record.ts';
import { incidentSchema } from '../cases/incident.ts';
import { appendLeaf, createCompactTree, leafHash } from '../log/tree.ts';
import { type Docket, deciderLeaf } from './docket.ts';
import { changeKey, type NetworkState } from './state.ts';

const count = z.int().min(0);
const officers = z.array(z.string()).readonly();

/** The docket of a snapshot, as it is right after an epoch: what follows from the rest is left out. */
export const docketSchema = z.object({
  cases: z.array(caseRecordSchema),
  incidents: z.array(incidentSchema),
  deciders: z.array(z.tuple([count, z.array(z.tuple([count, officers]))])),
  suspenders: z.array(
    z.tuple([z.string(), z.object({ at: count, officers, endedAt: count.exactOptional() }).readonly()]),
  ),
  hands: z.array(z.tuple([z.string(), z.array(z.tuple([z.string(), count]).readonly()).readonly()])).exactOptional(),
});
type DocketHead = z.infer<typeof docketSchema>;

/** Undefined while there is nothing in it. */
export function headOfDocket(docket: Docket): DocketHead | undefined {
  const {
    cases,
    incidents,
    deciders,
    suspenders,
    hands,
    open: _open,
    held: _held,
    touched: _touched,
    ...none
  } = docket;
  none satisfies Record<string, never>;
  if (cases.size + incidents.size + deciders.size + suspenders.size + hands.size === 0) return undefined;
  return {
    cases: [...cases.values()],
    incidents: [...incidents.values()],
    deciders: [...deciders].map(([day, { of }]) => [day, [...of]]),
    suspenders: [...suspenders],
    ...(hands.size === 0 ? {} : { hands: [...hands] }),
  };
}

/** To be called once the lists are there: which credentials are held follows from cases and statuses. */
export function restoreDocketHead({ docket, lists }: NetworkState, head: DocketHead | undefined): void {
  if (head === undefined) return;
  for (const incident of head.incidents) docket.incidents.set(incident.id, incident);
  for (const [key, who] of head.suspenders) docket.suspenders.set(key, who);
  for (const [key, who] of head.hands ?? []) docket.hands.set(key, who);
  for (const [day, of] of head.deciders) {
    const tree = createCompactTree();
    for (const [entry, who] of of) appendLeaf(tree, leafHash(deciderLeaf(entry, who)));
    docket.deciders.set(day, { tree, of: new Map(of) });
  }
  for (const record of head.cases) {
    const { id, subject, stage, target } = record;
    docket.cases.set(id, record);
    if (stage !== 'final') docket.open.set(subject, id);
    const isHeld =
      target?.of === 'credential' && isHolding(record) && lists.get(target.list)?.values[target.index] === 2;
    if (isHeld) docket.held.set(changeKey(target.list, target.index), id);
  }
}
