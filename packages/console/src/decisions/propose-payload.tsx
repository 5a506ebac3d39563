import { grantOf, instructionSchema, type Rulebook } from '@holdfast/core';
import { Alert, Checkbox, List, Select, Stack, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { parties, programs } from '../api/queries.ts';
import { Failure } from '../parts/page.tsx';
import { ChangeTable } from './change-table.tsx';
import { Opening } from './opening.tsx';
import { checkPayload, type PayloadKind } from './payload.ts';
import { ReasonFields, useReason } from './reason-fields.tsx';
import { SchemaFields } from './schema-fields.tsx';
import { useOpening } from './use-opening.ts';

const LABELS: Readonly<Record<PayloadKind, string>> = {
  party: 'The entry that the party will have',
  rulebook: 'The rulebook that will be in force',
  program: 'The program',
  revision: 'The program as it will be',
  payment: 'What is done with the payment',
  recognition: 'What is taken of that network',
};
const RECOGNITION = {
  network: '',
  log: { origin: '', vkey: '' },
  url: 'https://',
  types: [{ theirs: '', type: '', assurance: 'low' }],
  until: 0,
};

/** A decision whose payload is a document: begun from the one in force, and checked while it is written. */
export function PayloadDraft({ kind, rules }: { readonly kind: PayloadKind; readonly rules: Rulebook }) {
  const all = useQuery(parties).data?.parties ?? [];
  const [text, setText] = useState(
    kind === 'rulebook' ? shown(rules) : kind === 'recognition' ? shown(RECOGNITION) : '',
  );
  const [replaces, setReplaces] = useState<string>();
  const [isEmergency, setEmergency] = useState(false);
  const checked = useMemo(
    () => checkPayload(kind, text, { rulebook: rules, parties: all, replaces, isEmergency }),
    [kind, text, rules, all, replaces, isEmergency],
  );
  const grant = checked.isWhole ? grantOf(rules, checked.power) : undefined;
  const why = useReason(grant);
  const open = useOpening();
  return (
    <Stack maw="60rem">
      <Beginning kind={kind} onBegin={setText} onReplace={setReplaces} />
      {kind === 'payment' ? (
        <SchemaFields schema={instructionSchema} onChange={(value) => setText(JSON.stringify(value))} />
      ) : (
        <Textarea
          label={LABELS[kind]}
          description="As JSON; what is wrong with it is said below while you write"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          classNames={{ input: 'digest' }}
          spellCheck={false}
          autosize
          minRows={6}
          maxRows={24}
        />
      )}
      {kind === 'rulebook' ? (
        <Checkbox
          label="At once: only what tightens, and for a while"
          checked={isEmergency}
          onChange={(event) => setEmergency(event.currentTarget.checked)}
        />
      ) : null}
      {checked.isWhole ? (
        <>
          <ReasonFields rules={rules} why={why} />
          <Opening
            words={`${checked.words.title}. To how many: ${checked.words.to}.`}
            grant={grant}
            isWhole={why.named !== undefined}
            isOpening={open.isPending}
            onOpen={() => open.mutate({ power: checked.power, ...why.members, ...checked.members })}
          >
            <List spacing={4}>
              {[...checked.words.effects, checked.words.undo, ...checked.notes].map((line) => (
                <List.Item key={line}>{line}</List.Item>
              ))}
            </List>
            {checked.words.changes.length === 0 ? null : <ChangeTable changes={checked.words.changes} />}
          </Opening>
        </>
      ) : text.trim() === '' ? null : (
        <Alert variant="outline" color="yellow" role="status" title="Not yet something to decide">
          {checked.why}
        </Alert>
      )}
      {open.error === null ? null : <Failure error={open.error} title="Not opened" />}
    </Stack>
  );
}

/** What it begins from, so that nobody writes an entry from nothing. */
function Beginning(props: {
  readonly kind: PayloadKind;
  readonly onBegin: (text: string) => void;
  readonly onReplace: (digest: string | undefined) => void;
}) {
  const { kind, onBegin, onReplace } = props;
  const all = useQuery(parties).data?.parties ?? [];
  const running = useQuery({ ...programs, enabled: kind === 'program' || kind === 'revision' }).data?.programs ?? [];
  if (kind === 'party') {
    return (
      <Select
        label="Begin from the entry of"
        data={all.map(({ id, name, kind: of }) => ({ value: id, label: `${name ?? id} (${of})` }))}
        onChange={(id) => onBegin(shown(all.find((party) => party.id === id)))}
        searchable
        maw={520}
      />
    );
  }
  if (kind !== 'program' && kind !== 'revision') return null;
  return (
    <Select
      label={kind === 'program' ? 'Begin from the rules of' : 'The next version of'}
      data={running.map(({ program }) => ({ value: program.id, label: program.title }))}
      onChange={(id) => {
        const found = running.find(({ program }) => program.id === id);
        onBegin(shown(found?.program));
        onReplace(found?.digest);
      }}
      maw={520}
    />
  );
}

function shown(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one), 2);
}
