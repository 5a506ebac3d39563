import { thumbprint } from '../encoding/jwk.ts';
import { keysInForce } from '../fold/authority.ts';
import type { NetworkState } from '../fold/state.ts';
import type { Statement } from '../fold/statement.ts';
import { type AuditRule, brokenWhere, type Condition } from './audit-rule.ts';

/** What carries out a power is the governor's word, an epoch the network's; a list is opened by an accredited issuer. */
export const signerRule: AuditRule = {
  name: 'signer',
  look: ({ statement, results, index }, before) => {
    const { body, kid } = statement;
    const { rulebook } = before;
    if (rulebook === undefined) return undefined;
    const who =
      body.type === 'epoch' ? 'the network, which signed it' : 'whoever signed it, and the network, which let it in';
    const conditions: Condition[] = [[results[0] === true, `The signature of entry ${index} does not hold.`]];
    switch (body.type) {
      case 'epoch':
        conditions.push([kid === thumbprint(rulebook.body.keys.network), "It is not signed by the network's key."]);
        break;
      case 'list':
        conditions.push(...conditionsOfList(body, kid, before));
        break;
      case 'intake':
      case 'seal':
      case 'draw': {
        const organiser = before.programs.get(body.program)?.program.organiser ?? '';
        conditions.push([
          isKeyOf(before, organiser, kid),
          `It is not signed by a key of ${organiser} that is in force.`,
        ]);
        break;
      }
      case 'reveal':
      case 'unknown':
      case 'succession':
        break;
      default:
        conditions.push([kid === thumbprint(rulebook.body.keys.governor), "It is not signed by the governor's key."]);
    }
    return brokenWhere(who, conditions);
  },
};

function isKeyOf(state: Readonly<NetworkState>, party: string, kid: string): boolean {
  return keysInForce(state.parties.get(party), 'statement', state.time).some((key) => thumbprint(key) === kid);
}

type ListBody = Extract<Statement['body'], { type: 'list' }>;

function conditionsOfList({ issuer, key, list }: ListBody, kid: string, before: Readonly<NetworkState>): Condition[] {
  const { time } = before;
  const party = before.parties.get(issuer);
  const isAccredited = (party?.accreditations ?? []).some(
    ({ from, until = Number.MAX_SAFE_INTEGER }) => from <= time && time < until,
  );
  const ofCredentials = keysInForce(party, 'credential', time).map(thumbprint);
  return [
    [isKeyOf(before, issuer, kid), `It is not signed by a key of ${issuer} that is in force.`],
    [party?.kind === 'issuer' && isAccredited, `${issuer} is accredited for nothing at this time.`],
    [ofCredentials.includes(key), `It belongs to no credential key of ${issuer}.`],
    [!before.lists.has(list), `The list ${list} was open already.`],
  ];
}
