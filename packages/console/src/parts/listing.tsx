import { Button, Group, ScrollArea, Stack, Table, Text, TextInput, UnstyledButton } from '@mantine/core';
import { type ReactNode, useMemo, useState } from 'react';
import { saveFile } from './save-file.ts';
import { type Cell, compareCells, encodeCsv } from './table-text.ts';

export type Column<Row> = {
  readonly id: string;
  readonly header: string;
  /** What is filtered by, sorted by and exported. */
  readonly value: (row: Row) => Cell;
  /** How it is shown, when not as its value. */
  readonly cell?: (row: Row) => ReactNode;
  readonly isNumber?: boolean;
};

export type ListingProps<Row> = {
  /** What a screen reader calls the table, and the name of an exported file. */
  readonly name: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  /** What stands there when there is nothing. */
  readonly empty: string;
  readonly sortedBy?: { readonly id: string; readonly isDescending?: boolean };
};

const PAGE_ROWS = 25;
/** Narrower, and words break letter by letter; a phone scrolls sideways instead. */
const COLUMN_WIDTH = 120;

/** Rows that can be filtered, sorted, paged and taken along. Only one page of them is ever in the document. */
export function Listing<Row>({ name, rows, columns, rowKey, empty, sortedBy }: ListingProps<Row>) {
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState(sortedBy);
  const [page, setPage] = useState(0);
  const shown = useMemo(() => arrange(rows, columns, filter, sort), [rows, columns, filter, sort]);
  const pages = Math.max(1, Math.ceil(shown.length / PAGE_ROWS));
  const at = Math.min(page, pages - 1);
  if (rows.length === 0) return <Text c="dimmed">{empty}</Text>;
  return (
    <Stack gap="xs">
      <Group justify="space-between" align="end">
        <TextInput
          label="Filter"
          placeholder="any word"
          value={filter}
          onChange={(event) => {
            setFilter(event.currentTarget.value);
            setPage(0);
          }}
        />
        <Exports name={name} rows={shown} columns={columns} />
      </Group>
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': name }}>
        <Table striped highlightOnHover aria-label={name} verticalSpacing="xs" miw={columns.length * COLUMN_WIDTH}>
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => (
                <Heading key={column.id} column={column} sort={sort} onSort={setSort} />
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.slice(at * PAGE_ROWS, (at + 1) * PAGE_ROWS).map((row) => (
              <Table.Tr key={rowKey(row)}>
                {columns.map(({ id, cell, value, isNumber }) => (
                  <Table.Td key={id} ta={isNumber === true ? 'right' : 'left'}>
                    {cell === undefined ? value(row) : cell(row)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      <Paging at={at} pages={pages} count={shown.length} all={rows.length} onPage={setPage} />
    </Stack>
  );
}

type Sort = { readonly id: string; readonly isDescending?: boolean } | undefined;

function Heading<Row>({
  column,
  sort,
  onSort,
}: {
  readonly column: Column<Row>;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
}) {
  const isSorted = sort?.id === column.id;
  const isDescending = isSorted && sort.isDescending === true;
  return (
    <Table.Th aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : 'none'}>
      <UnstyledButton
        fw={700}
        fz="sm"
        ta={column.isNumber === true ? 'right' : 'left'}
        w="100%"
        onClick={() => onSort({ id: column.id, isDescending: isSorted && !isDescending })}
      >
        {column.header}
        <span aria-hidden="true">{isSorted ? (isDescending ? ' ↓' : ' ↑') : ''}</span>
      </UnstyledButton>
    </Table.Th>
  );
}

function Exports<Row>({ name, rows, columns }: Pick<ListingProps<Row>, 'name' | 'rows' | 'columns'>) {
  const file = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const csv = () =>
    encodeCsv(
      columns.map(({ header }) => header),
      rows.map((row) => columns.map(({ value }) => value(row))),
    );
  const json = () => JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value), 2);
  return (
    <Group gap="xs">
      <Button size="compact-sm" variant="default" onClick={() => saveFile(`${file}.csv`, 'text/csv', csv())}>
        CSV
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => saveFile(`${file}.json`, 'application/json', json())}>
        JSON
      </Button>
    </Group>
  );
}

function Paging(props: {
  readonly at: number;
  readonly pages: number;
  readonly count: number;
  readonly all: number;
  readonly onPage: (page: number) => void;
}) {
  const { at, pages, count, all, onPage } = props;
  const of = count === all ? `${all} in all` : `${count} of ${all}`;
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed" role="status">
        {of}
        {pages > 1 ? `, page ${at + 1} of ${pages}` : ''}
      </Text>
      {pages > 1 ? (
        <Group gap="xs">
          <Button size="compact-sm" variant="default" disabled={at === 0} onClick={() => onPage(at - 1)}>
            Back
          </Button>
          <Button size="compact-sm" variant="default" disabled={at >= pages - 1} onClick={() => onPage(at + 1)}>
            Further
          </Button>
        </Group>
      ) : null}
    </Group>
  );
}

function arrange<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  filter: string,
  sort: Sort,
): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found =
    words.length === 0
      ? [...rows]
      : rows.filter((row) => {
          const text = columns
            .map(({ value }) => String(value(row) ?? ''))
            .join(' ')
            .toLowerCase();
          return words.every((word) => text.includes(word));
        });
  const column = columns.find(({ id }) => id === sort?.id);
  if (column === undefined) return found;
  const sorted = found.sort((a, b) => compareCells(column.value(a), column.value(b)));
  return sort?.isDescending === true ? sorted.reverse() : sorted;
}
