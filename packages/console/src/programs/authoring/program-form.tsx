import type { Json } from '@holdfast/core';
import {
  Button,
  Checkbox,
  Fieldset,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../../api/ask.ts';
import { Failure } from '../../parts/page.tsx';
import {
  ALLOCATIONS,
  allocationOf,
  type Draft,
  isObject,
  memberOf,
  minorOf,
  typedOf,
  withAllocation,
  withMember,
} from './draft.ts';
import { type Field, type FieldGroup, fieldsOf } from './fields.ts';
import { type FormProps, faultOf } from './form-props.ts';
import { WhoShows } from './who-shows.tsx';

/** The members of a program as fields; whatever has none is changed in the JSON beside it. */
export function ProgramForm({ draft, onChange, fault }: FormProps) {
  const kind = allocationOf(draft);
  return (
    <Stack>
      <Group name="What it is" group="what" draft={draft} onChange={onChange} fault={fault} />
      <Fieldset legend="Who gets it">
        <Stack>
          <WhoShows draft={draft} onChange={onChange} fault={fault} />
          <Fields group="who" draft={draft} onChange={onChange} fault={fault} />
          <CountingKey draft={draft} onChange={onChange} fault={fault} />
        </Stack>
      </Fieldset>
      <Fieldset legend="What each gets">
        <Stack>
          <Select
            label="Shared"
            data={Object.entries(ALLOCATIONS).map(([value, { label }]) => ({ value, label }))}
            value={kind}
            onChange={(value) => onChange(withAllocation(draft, value ?? kind))}
            allowDeselect={false}
          />
          <Fields group="gets" draft={draft} onChange={onChange} fault={fault} />
        </Stack>
      </Fieldset>
      <Group name="When" group="when" draft={draft} onChange={onChange} fault={fault} />
      <Group name="When something is not certain" group="risk" draft={draft} onChange={onChange} fault={fault} />
      <Group name="Promised" group="promised" draft={draft} onChange={onChange} fault={fault} />
    </Stack>
  );
}

function Group({ name, ...props }: FormProps & { readonly name: string; readonly group: FieldGroup }) {
  return (
    <Fieldset legend={name}>
      <Fields {...props} />
    </Fieldset>
  );
}

function Fields({ group, ...props }: FormProps & { readonly group: FieldGroup }) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      {fieldsOf(props.draft, group).map((field) => (
        <One key={field.path} field={field} {...props} />
      ))}
    </SimpleGrid>
  );
}

function One({ field, draft, onChange, fault }: FormProps & { readonly field: Field }) {
  const value = memberOf(draft, field.path);
  const set = (next: Json | undefined) => onChange(withMember(draft, field.path, next));
  const shown = {
    label: field.label,
    error: faultOf(fault, field.path),
    ...(field.hint === undefined ? {} : { description: field.hint }),
  };
  switch (field.kind) {
    case 'text':
      return <TextInput {...shown} value={textOf(value)} onChange={(event) => set(event.currentTarget.value)} />;
    case 'rule':
      return (
        <Textarea
          {...shown}
          className="rule"
          value={textOf(value)}
          onChange={(event) => set(event.currentTarget.value)}
          autosize
          minRows={2}
          spellCheck={false}
        />
      );
    case 'amount':
      return (
        <AmountField
          {...shown}
          draft={draft}
          value={textOf(value)}
          isOptional={field.isOptional === true}
          onSet={set}
        />
      );
    case 'count':
      return (
        <NumberInput
          {...shown}
          value={Number(value ?? 0)}
          onChange={(next) => set(Number(next))}
          min={0}
          thousandSeparator=","
        />
      );
    case 'time':
      return (
        <TextInput
          {...shown}
          type="datetime-local"
          value={localOf(Number(value))}
          onChange={(event) => set(Date.parse(event.currentTarget.value) || 0)}
        />
      );
    case 'duration':
      return (
        <NumberInput
          {...shown}
          value={Number(value ?? 0) / field.unitMs}
          onChange={(next) => set(Number(next) * field.unitMs)}
          min={0}
        />
      );
    case 'choice':
      return (
        <Select
          {...shown}
          data={field.choices.map(([name, label]) => ({ value: name, label }))}
          value={textOf(value)}
          onChange={(next) => set(next ?? '')}
          allowDeselect={false}
        />
      );
    case 'choices':
      return (
        <Checkbox.Group {...shown} value={Array.isArray(value) ? value.map(String) : []} onChange={(next) => set(next)}>
          <Stack gap={6} mt={4}>
            {field.choices.map(([name, label]) => (
              <Checkbox key={name} value={name} label={label} />
            ))}
          </Stack>
        </Checkbox.Group>
      );
    case 'flag':
      return (
        <Checkbox
          {...shown}
          checked={value === true}
          onChange={(event) => set(event.currentTarget.checked ? true : undefined)}
        />
      );
    default:
      return field satisfies never;
  }
}

type AmountProps = {
  readonly label: string;
  readonly description?: string;
  readonly error: string | undefined;
  readonly draft: Draft;
  readonly value: string;
  readonly isOptional: boolean;
  readonly onSet: (value: string | undefined) => void;
};

/** Typed as people write it; kept in the smallest unit. */
function AmountField({ draft, value, isOptional, onSet, ...shown }: AmountProps) {
  const asset = isObject(draft.asset) ? draft.asset : {};
  const decimals = typeof asset.decimals === 'number' ? asset.decimals : 0;
  const [typed, setTyped] = useState(() => typedOf(value, decimals));
  return (
    <TextInput
      {...shown}
      // What is being typed is not written anew under the hands of who types it.
      value={minorOf(typed, decimals) === value ? typed : typedOf(value, decimals)}
      rightSection={
        <Text size="xs" c="dimmed" pr="xs">
          {String(asset.code ?? '')}
        </Text>
      }
      rightSectionWidth={56}
      inputMode="decimal"
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        const minor = minorOf(event.currentTarget.value, decimals);
        onSet(minor === '' && isOptional ? undefined : minor);
      }}
    />
  );
}

/** Another one each time, so it is made once and not by itself. */
function CountingKey({ draft, onChange, fault }: FormProps) {
  const make = useMutation({
    mutationFn: () => ask<{ readonly key: string }>('/programs/keys', 'POST', {}),
    onSuccess: ({ key }) => onChange(withMember(draft, 'uniqueness.key', key)),
  });
  const key = textOf(memberOf(draft, 'uniqueness.key'));
  return (
    <Stack gap={4} align="start">
      <Text size="sm" fw={500}>
        Key under which people are counted
      </Text>
      <Text size="xs" c="dimmed">
        The distributor makes one for this program alone and destroys it at the end; its digest stands in the rules.
      </Text>
      {key === '' ? (
        <Button variant="default" onClick={() => make.mutate()} loading={make.isPending}>
          Have a key made
        </Button>
      ) : (
        <Text className="digest">{key}</Text>
      )}
      {faultOf(fault, 'uniqueness.key') === undefined ? null : (
        <Text size="xs" c="var(--mantine-color-error)">
          {faultOf(fault, 'uniqueness.key')}
        </Text>
      )}
      {make.error === null ? null : <Failure error={make.error} title="No key was made" />}
    </Stack>
  );
}

function textOf(value: Json | undefined): string {
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value);
}

/** In this browser's zone, as its own field of times wants it. */
function localOf(ms: number): string {
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
