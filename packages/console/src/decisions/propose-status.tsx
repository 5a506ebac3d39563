import { grantOf, type Rulebook, textOfClass } from '@holdfast/core';
import type { Proposal, ProposalRequest } from '@holdfast/server/answers';
import { Alert, Button, Checkbox, Group, NumberInput, Select, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ask } from '../api/ask.ts';
import { Failure } from '../parts/page.tsx';
import { dateOf, durationOf } from '../parts/time-words.ts';
import { Opening } from './opening.tsx';
import { ReasonFields, useReason } from './reason-fields.tsx';

const HOUR_MS = 3_600_000;
const POWERS = ['revoke', 'suspend', 'lift', 'reinstate', 'unseal'] as const;
/** Of one credential at a time: what follows is for its holder alone. */
const SINGLE: ReadonlySet<string> = new Set(['reinstate', 'unseal']);
type StatusPower = (typeof POWERS)[number];
const WORDS: Readonly<Record<StatusPower, string>> = {
  revoke: 'Revoke: it never counts again',
  suspend: 'Suspend: it does not count for some time',
  lift: 'Lift: a suspension ends',
  reinstate: 'Reinstate: in place of a revoked one another may be issued',
  unseal: 'Unseal: what roles call this credential may be joined, by whoever shows the decision',
};

type Issued = {
  readonly id: string;
  readonly list: string;
  readonly index: number;
  readonly type: string;
  readonly issuedAt: number;
};

/** A decision about credentials, found by the label that only their issuer knows. */
export function StatusDraft({ rules }: { readonly rules: Rulebook }) {
  const [issuer, setIssuer] = useState('civic');
  const [label, setLabel] = useState('');
  const find = useMutation({
    mutationFn: () =>
      ask<readonly Issued[]>(
        `/i/${encodeURIComponent(issuer.trim())}/credentials?label=${encodeURIComponent(label.trim())}`,
      ),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    find.mutate();
  };
  return (
    <Stack gap="lg">
      <form onSubmit={submit}>
        <Group align="end">
          <TextInput
            label="Issuer"
            value={issuer}
            onChange={(event) => setIssuer(event.currentTarget.value)}
            required
          />
          <TextInput
            label="Whose credential, by the issuer's label"
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value)}
            required
          />
          <Button type="submit" variant="default" loading={find.isPending}>
            Find
          </Button>
        </Group>
      </form>
      {find.error === null ? null : <Failure error={find.error} title="Not found" />}
      {find.data === undefined ? null : find.data.length === 0 ? (
        <Alert variant="outline" color="yellow" title="Nobody" role="status">
          No credential was issued under this label.
        </Alert>
      ) : (
        <Terms key={find.data.map(({ id }) => id).join(' ')} found={find.data} rules={rules} />
      )}
    </Stack>
  );
}

function Terms({ found, rules }: { readonly found: readonly Issued[]; readonly rules: Rulebook }) {
  const [chosen, setChosen] = useState<readonly string[]>(found.map(({ id }) => id));
  const [power, setPower] = useState<StatusPower>('suspend');
  const [hours, setHours] = useState('');
  const navigate = useNavigate();
  const grant = grantOf(rules, power);
  const why = useReason(grant);
  const targets = found.filter(({ id }) => chosen.includes(id)).map(({ list, index }) => ({ list, index }));
  const open = useMutation({
    mutationFn: () =>
      ask<Proposal>('/decisions', 'POST', requestOf({ power, said: why.members, targets, hours: Number(hours) }), true),
    onSuccess: ({ id }) => navigate({ to: '/decisions/$id', params: { id } }),
  });
  const longest = grant?.maxDurationMs;
  return (
    <Stack gap="md" maw="46rem">
      <Checkbox.Group
        label={`${found.length} credential${found.length === 1 ? '' : 's'} under this label`}
        value={[...chosen]}
        onChange={setChosen}
      >
        <Stack gap={4} mt={4}>
          {found.map(({ id, type, issuedAt }) => (
            <Checkbox key={id} value={id} label={`${type}, issued ${dateOf(issuedAt)}`} />
          ))}
        </Stack>
      </Checkbox.Group>
      <Select
        label="What should happen"
        data={POWERS.filter((one) => grantOf(rules, one) !== undefined).map((one) => ({
          value: one,
          label: WORDS[one],
        }))}
        value={power}
        onChange={(value) => setPower((value ?? 'suspend') as StatusPower)}
        allowDeselect={false}
      />
      <ReasonFields rules={rules} why={why} />
      {power === 'suspend' ? (
        <NumberInput
          label="For how many hours"
          description={
            longest === undefined ? undefined : `At most ${durationOf(longest)}, which is what it is when left empty`
          }
          value={hours}
          onChange={(value) => setHours(String(value))}
          min={1}
          {...(longest === undefined ? {} : { max: Math.floor(longest / HOUR_MS) })}
        />
      ) : null}
      {SINGLE.has(power) && targets.length > 1 ? (
        <Alert variant="outline" color="yellow" title="Choose one" role="status">
          This is decided for one credential at a time.
        </Alert>
      ) : null}
      <Opening
        words={`${WORDS[power].split(':')[0]} ${targets.length} credential${targets.length === 1 ? '' : 's'}, because: ${
          why.named === undefined ? 'no class' : textOfClass(rules, why.named)
        }.`}
        grant={grant}
        isWhole={targets.length > 0 && why.named !== undefined && (!SINGLE.has(power) || targets.length === 1)}
        isOpening={open.isPending}
        onOpen={() => open.mutate()}
      />
      {open.error === null ? null : <Failure error={open.error} title="Not opened" />}
    </Stack>
  );
}

type Wanted = {
  readonly power: StatusPower;
  readonly said: ReturnType<typeof useReason>['members'];
  readonly targets: readonly { readonly list: string; readonly index: number }[];
  readonly hours: number;
};

function requestOf({ power, said, targets, hours }: Wanted): ProposalRequest {
  const [first] = targets;
  if ((power === 'reinstate' || power === 'unseal') && first !== undefined) return { power, ...said, targets: [first] };
  const lasting = power === 'suspend' && hours > 0 ? { durationMs: hours * HOUR_MS } : {};
  return { power: power === 'reinstate' || power === 'unseal' ? 'lift' : power, ...said, targets, ...lasting };
}
