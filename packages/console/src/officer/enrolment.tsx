import { grantOf, type Party, powerForParty, type Rulebook } from '@holdfast/core';
import type { Proposal, ProposalRequest } from '@holdfast/server/answers';
import { Anchor, Button, Checkbox, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ask } from '../api/ask.ts';
import { LIVE, parties, rulebook } from '../api/queries.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Failure, Section } from '../parts/page.tsx';
import { saveFile } from '../parts/save-file.ts';
import { awayOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import type { OfficerKey } from './officer-key.ts';
import { rolesOf, wordsOfRole } from './role-words.ts';
import { useEnrolment } from './use-enrolment.ts';

/** How a key that was made here becomes an officer's: by a decision of the others, in their browsers or on the command line. */
export function Enrolment({ publicKey }: { readonly publicKey: OfficerKey }) {
  const waiting = useEnrolment(publicKey);
  return waiting === undefined ? <Proposing publicKey={publicKey} /> : <Waiting proposal={waiting} />;
}

/** Others sign now; this page says so by itself once they have. */
function Waiting({ proposal: { id, approvals, needed, dueAt } }: { readonly proposal: Proposal }) {
  const now = useNow(10_000);
  const signed = approvals.map(({ officer }) => officer).join(' and ') || 'Nobody';
  return (
    <Section title="Waiting for the other officers">
      <Text role="status" maw="46rem">
        {signed} signed so far; {Math.max(0, needed - approvals.length)} more of {needed} must sign{' '}
        <Anchor component={Link} to={`/decisions/${id}`} fz="inherit">
          the decision
        </Anchor>
        . There is nothing for you to do: this page changes by itself, and then you can sign.
        {dueAt === undefined ? '' : ` Without them it lapses ${awayOf(dueAt, now)}, and you propose it again.`}
      </Text>
    </Section>
  );
}

function Proposing({ publicKey }: { readonly publicKey: OfficerKey }) {
  const [id, setId] = useState('');
  const [roles, setRoles] = useState<string[]>([]);
  const client = useQueryClient();
  const rules = useQuery(rulebook).data?.rulebook;
  const known = useQuery(parties).data?.parties ?? [];
  const before = known.find((party) => party.id === id.trim());
  const entry = entryOf(id.trim(), roles, publicKey, before);
  const propose = useMutation({
    mutationFn: () => ask<Proposal>('/decisions', 'POST', enrolmentOf(rules, before, entry), true),
    onSettled: () => client.invalidateQueries({ queryKey: [LIVE] }),
  });
  const roleNames = rolesOf(rules);
  const isWhole = entry.id !== '' && (entry.roles?.length ?? 0) > 0 && rules !== undefined;
  const file = `${entry.id || 'officer'}.json`;
  return (
    <Section title="Have it enrolled">
      <Text maw="46rem">
        Say who you are. The other officers then see a decision with exactly this entry, and compare its thumbprint with
        the one that you read to them. When enough of them have signed, in their browsers or at a terminal, you can sign
        here. Whoever is an officer already, and has their key elsewhere, gets this one besides.
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
          <Stack mt={6} gap="xs">
            {roleNames.map((role) => (
              <Checkbox
                key={role}
                value={role}
                label={role}
                description={rules === undefined ? undefined : wordsOfRole(rules, role)}
                disabled={before !== undefined}
              />
            ))}
          </Stack>
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
        <Allowed to="work">
          <Button
            disabled={!isWhole || (before !== undefined && before.kind !== 'officer')}
            loading={propose.isPending}
            onClick={() => propose.mutate()}
          >
            Propose my enrolment
          </Button>
        </Allowed>
        <Button
          variant="default"
          disabled={!isWhole}
          onClick={() => saveFile(file, 'application/json', `${JSON.stringify(entry, null, 2)}\n`)}
        >
          Save the entry as a file
        </Button>
      </Group>
      {propose.error === null ? null : <Failure error={propose.error} title="Not proposed" />}
      <Stack gap={4}>
        <Text size="sm">With the file, an officer whose key lies in a data folder does the same by:</Text>
        <Code block className="wide-text">{`npx holdfast decide enrol ${file} --as ANOTHER-OFFICER`}</Code>
      </Stack>
    </Section>
  );
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
