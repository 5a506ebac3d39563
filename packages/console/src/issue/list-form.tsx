import {
  type ClaimList,
  MAX_CLAIM_LIST_LENGTH,
  MAX_CLAIM_ROWS,
  type OfferedType,
  parseClaimList,
  type RowFault,
} from '@holdfast/core/lists';
import { Button, Checkbox, Group, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { FileDrop } from '../parts/file-drop.tsx';
import { type Column, Listing } from '../parts/listing.tsx';
import { Failure, Section } from '../parts/page.tsx';
import { saveFile } from '../parts/save-file.ts';
import { encodeCsv } from '../parts/table-text.ts';
import { ListRun } from './list-run.tsx';
import { OpenFor, termsOf } from './open-for.tsx';

/** Words of spec/problems.json for what can be wrong with a row, put in its place when the console is built. */
declare const ROW_FIXES: Readonly<Record<string, string>>;

type Chosen = { readonly name: string; readonly list: ClaimList };

/** Offers to everybody in a file: all of it is read and checked in this browser before anything is sent. */
export function ListForm({ tenant, type }: { readonly tenant: string; readonly type: OfferedType }) {
  const [chosen, setChosen] = useState<Chosen>();
  const [failure, setFailure] = useState<unknown>();
  const read = async (file: File) => {
    setFailure(undefined);
    try {
      setChosen({ name: file.name, list: parseClaimList(await readText(file), type.claims) });
    } catch (error) {
      setChosen(undefined);
      setFailure(error);
    }
  };
  return (
    <Stack>
      <Text maw="46rem">
        A CSV file with a row for each person, at most {MAX_CLAIM_ROWS.toLocaleString('en')}. Its first row names the
        columns: {type.claims.map(({ name, mandatory }) => (mandatory ? name : `${name} (may be left out)`)).join(', ')}
        , and <code>label</code>, by which only you find the credential again.
      </Text>
      <Group>
        <Button variant="default" onClick={() => saveTemplate(type)}>
          Save an empty file with these columns
        </Button>
      </Group>
      <FileDrop label="List of people" hint="CSV, from any spreadsheet" accept=".csv,.tsv,.txt" onFile={read} />
      {failure === undefined ? null : <Failure error={failure} title="Not read" />}
      {chosen === undefined ? null : <Checked key={chosen.name} tenant={tenant} type={type} chosen={chosen} />}
    </Stack>
  );
}

async function readText(file: File): Promise<string> {
  if (file.size > 4 * MAX_CLAIM_LIST_LENGTH) throw new Error('The file is longer than any list that is taken here.');
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Repaired unseen, somebody would be attested a name that is not theirs.
    throw new Error(`${file.name} is not UTF-8. Export it as “CSV UTF-8”, or names with accents would be wrong.`);
  }
}

function saveTemplate({ id, claims }: OfferedType): void {
  saveFile(`${id}.csv`, 'text/csv', encodeCsv([...claims.map(({ name }) => name), 'label'], []));
}

function Checked({
  tenant,
  type,
  chosen,
}: {
  readonly tenant: string;
  readonly type: OfferedType;
  readonly chosen: Chosen;
}) {
  const { name, list } = chosen;
  const [hasCode, setCode] = useState(false);
  const [openFor, setOpenFor] = useState('month');
  const [round, setRound] = useState('');
  const terms = { type: type.id, txCode: hasCode, ...termsOf(openFor) };
  return (
    <Stack>
      <Section title="What the file says">
        <Text role="status">
          {name}: {countOf(list.rows.length, 'good row')}
          {list.faults.length === 0 ? ', and nothing to put right.' : `, and ${faultsOf(list)} to put right.`} Nothing
          has been sent yet.
        </Text>
        {list.faults.length === 0 ? null : <Faults list={list} />}
      </Section>
      {list.rows.length === 0 ? null : (
        <Section title="What is offered">
          <SimpleGrid cols={{ base: 1, sm: 2 }} maw={640}>
            <OpenFor value={openFor} onChange={setOpenFor} />
            <TextInput
              label="Round"
              description="Leave it empty; another word offers the same people anew"
              value={round}
              onChange={(event) => setRound(event.currentTarget.value)}
              maxLength={60}
            />
          </SimpleGrid>
          <Checkbox
            label="Ask each for a code that they are given another way"
            checked={hasCode}
            onChange={(event) => setCode(event.currentTarget.checked)}
          />
          <ListRun tenant={tenant} rows={list.rows} terms={terms} round={round} />
        </Section>
      )}
    </Stack>
  );
}

function faultsOf({ faulty, isCut }: ClaimList): string {
  if (faulty === 0) return 'one thing';
  return `${countOf(faulty, 'row')}${isCut ? ', and what comes after it' : ''}`;
}

export function countOf(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

function Faults({ list }: { readonly list: ClaimList }) {
  return (
    <>
      <Listing
        name="Rows to put right"
        rows={list.faults}
        columns={FAULTS}
        rowKey={({ row, column }) => `${row} ${column}`}
        empty=""
      />
      {list.rows.length === 0 ? null : (
        <Text size="sm" c="dimmed">
          The good rows can be offered now. Put the others right and drop the same file again: who was offered is not
          offered twice.
        </Text>
      )}
    </>
  );
}

const FAULTS: readonly Column<RowFault>[] = [
  { id: 'row', header: 'Row', value: ({ row }) => row, isNumber: true, width: 80 },
  { id: 'column', header: 'Column', value: ({ column }) => column },
  { id: 'fix', header: 'What to do', value: wordsOfFault, width: 420 },
  { id: 'code', header: 'Code', value: ({ code }) => code },
];

function wordsOfFault({ code, sameAs }: RowFault): string {
  const same = sameAs === undefined ? '' : ` It stands in row ${sameAs} already.`;
  return `${ROW_FIXES[code] ?? code}${same}`;
}
