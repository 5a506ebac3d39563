import { thumbprint } from '../encoding/jwk.ts';
import { keysInForce, officerApprovals } from '../fold/authority.ts';
import type { NetworkState } from '../fold/state.ts';
import type { StatementOf } from '../fold/statement.ts';
import { decisionDigest } from '../governance/decision.ts';
import { type Grant, grantOf, isCitable } from '../rulebook/rulebook.ts';
import { type AuditRule, brokenWhere, type Condition } from './audit-rule.ts';

/** A decision stands on the rules in force, on a power that they grant, and on enough different officers who hold it. */
export const decisionRule: AuditRule = {
  name: 'decision',
  look: ({ statement: { body }, results }, before) => {
    if (body.type !== 'decision') return undefined;
    const { rulebook, time } = before;
    const grant = rulebook === undefined ? undefined : grantOf(rulebook.body, body.power);
    const digest = decisionDigest({ ...body, genesis: before.name });
    const conditions: Condition[] = [
      [
        rulebook !== undefined && isCitable(rulebook, body.power, body.rulebook),
        `It cites rulebook #${body.rulebook}; in force was #${rulebook?.index}.`,
      ],
      [body.expiry > time, 'Its approvals had expired.'],
      [!before.decided.has(digest), 'It was decided before: the same approvals are used twice.'],
      ...(grant === undefined
        ? ([[false, `The rulebook gives nobody the power to ${body.power}.`]] as const)
        : conditionsOfGrant(grant, body, time)),
    ];
    const officers = grant === undefined ? [] : approversOf(before, body, { digest, results, grant });
    if (grant !== undefined) {
      const enough = officers.length >= grant.quorum;
      conditions.push([enough, `${officers.length} of ${grant.quorum} officers who hold the power approved it.`]);
    }
    const named = officers.length === 0 ? 'no officer' : officers.join(', ');
    return brokenWhere(`${named}, who approved it, and the governor, who signed it`, conditions);
  },
};

function conditionsOfGrant(grant: Grant, body: StatementOf<'decision'>, time: number): Condition[] {
  const { count } = body.targets;
  return [
    [grant.classes.includes(body.class), `The class ${body.class} is none for which the power may be used.`],
    [count <= grant.maxTargets, `It has ${count} targets; the power reaches ${grant.maxTargets}.`],
    [body.expiry <= time + grant.expiresInMs, 'Its approvals would count for longer than the rulebook allows.'],
  ];
}

type Approving = { readonly digest: string; readonly results: readonly boolean[]; readonly grant: Grant };

/** Different officers with different keys, present and in force, whose signature over this digest holds. */
function approversOf(
  before: Readonly<NetworkState>,
  body: StatementOf<'decision'>,
  { digest, results, grant }: Approving,
): string[] {
  const keys = new Set<string>();
  const officers = new Set<string>();
  officerApprovals(before, body, digest).forEach(({ officer, check }, i) => {
    const party = before.parties.get(officer);
    const key = thumbprint(check.key);
    const isInForce = keysInForce(party, 'approval', before.time).some((known) => thumbprint(known) === key);
    const holdsPower = party?.kind === 'officer' && (party.roles ?? []).some((role) => grant.roles.includes(role));
    if (results[i + 1] !== true || !isInForce || !holdsPower || keys.has(key)) return;
    keys.add(key);
    officers.add(officer);
  });
  return [...officers].sort();
}
