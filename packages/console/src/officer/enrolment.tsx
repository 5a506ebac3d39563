import { grantOf, type Party, powerForParty, type Rulebook } from '@holdfast/core';
import type { Proposal, ProposalRequest } from '@holdfast/server/answers';
import { Anchor, Button, Checkbox, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ask } from '../api/ask.ts';
import { parties, rulebook } from '../api/queries.ts';
import { Failure, Section } from '../parts/page.tsx';
import { saveFile } from '../parts/save-file.ts';
import type { OfficerKey } from './officer-key.ts';

/** How a key that was made here becomes an officer's: by a decision of the others, in their browsers or on the command line. */
export function Enrolment({ publicKey }: { readonly publicKey: OfficerKey }) {
  const [id, setId] = useState('');
  const [roles, setRoles] = useState<string[]>([]);
  const rules = useQuery(rulebook).data?.rulebook;
  const known = useQuery(parties).data?.parties ?? [];
  const before = known.find((party) => party.id === id.trim());
  const entry = entryOf(id.trim(), roles, publicKey, before);
  const propose = useMutation({
    mutationFn: () => ask<Proposal>('/decisions', 'POST', enrolmentOf(rules, before, entry), true),
  });
  const roleNames = rolesOf(rules);
  const isWhole = entry.id !== '' && (entry.roles?.length ?? 0) > 0 && rules !== undefined;
  const file = `${entry.id || 'officer'}.json`;
  return (
    <Section title="Have it enrolled">
      <Text maw="46rem">
        Say who you are. The other officers then see a decision with exactly this entry, and it takes effect when enough
        of them have signed it.
      </Text>
      <Group align="start">
        <TextInput
          label="Officer"
          description="The name under which you sign"
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
          maxLength={100}
        />
        <Checkbox.Group
          label="Roles"
          description={before === undefined ? 'What you may sign' : 'As they are in your entry'}
          value={before === undefined ? roles : [...(before.roles ?? [])]}
          onChange={setRoles}
        >
          <Group mt={6}>
            {roleNames.map((role) => (
              <Checkbox key={role} value={role} label={role} disabled={before !== undefined} />
            ))}
          </Group>
        </Checkbox.Group>
      </Group>
      {before === undefined ? null : (
        <Text maw="46rem">
          {before.kind === 'officer'
            ? `${before.id} is an officer already: this key is added to the ones there are.`
            : `${before.id} is no officer.`}
        </Text>
      )}
      <Group>
        <Button
          disabled={!isWhole || (before !== undefined && before.kind !== 'officer')}
          loading={propose.isPending}
          onClick={() => propose.mutate()}
        >
          Propose my enrolment
        </Button>
        <Button
          variant="default"
          disabled={!isWhole}
          onClick={() => saveFile(file, 'application/json', `${JSON.stringify(entry, null, 2)}\n`)}
        >
          Save the entry as a file
        </Button>
      </Group>
      {propose.error === null ? null : <Failure error={propose.error} title="Not proposed" />}
      {propose.data === undefined ? null : (
        <Text role="status">
          Proposed. {propose.data.needed} officers have to sign it:{' '}
          <Anchor component={Link} to={`/decisions/${propose.data.id}`}>
            the decision
          </Anchor>
        </Text>
      )}
      <Stack gap={4}>
        <Text size="sm">With the file, an officer whose key lies in a data folder does the same by:</Text>
        <Code block className="wide-text">{`npx holdfast decide enrol ${file} --as ANOTHER-OFFICER`}</Code>
      </Stack>
    </Section>
  );
}

/** Every role that the rulebook gives something to do, in decisions or in cases. */
function rolesOf(rules: Rulebook | undefined): readonly string[] {
  const { steward, owners = [], tracks = [] } = rules?.cases ?? {};
  const judging = tracks.flatMap(({ review, appeal }) => [...review.roles, ...appeal.roles]);
  const deciding = (rules?.powers ?? []).flatMap((grant) => grant.roles);
  const named = [
    ...deciding,
    ...judging,
    ...owners.map(({ role }) => role),
    ...(steward === undefined ? [] : [steward]),
  ];
  return [...new Set(named)].sort();
}

function entryOf(id: string, roles: readonly string[], { publicJwk }: OfficerKey, before: Party | undefined): Party {
  const key = { use: 'approval', key: publicJwk } as const;
  if (before !== undefined) return { ...before, keys: [...before.keys, key] };
  return { id, kind: 'officer', roles: [...roles], keys: [key], accreditations: [] };
}

function enrolmentOf(rules: Rulebook | undefined, before: Party | undefined, party: Party): ProposalRequest {
  const power = rules === undefined ? 'enrol' : powerForParty(rules, before, party);
  const classes = (rules === undefined ? undefined : grantOf(rules, power)?.classes) ?? [];
  const reason = classes.includes('party-changed') ? 'party-changed' : (classes[0] ?? 'party-changed');
  return { power, class: reason, party };
}
