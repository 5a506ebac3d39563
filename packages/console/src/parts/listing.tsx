import { Button, Group, NativeSelect, ScrollArea, Stack, Table, Text, TextInput, UnstyledButton } from '@mantine/core';
import { type ReactNode, useMemo, useState } from 'react';
import { type Column, PlainRows, WindowRows, windowStart } from './listing-rows.tsx';
import { saveFile } from './save-file.ts';
import { compareCells, encodeCsv } from './table-text.ts';

export type { Column } from './listing-rows.tsx';

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
/** So many are seen at a glance: nobody filters them. */
const FEW_ROWS = 4;
/** Pixels of a list that is shown whole and scrolled. */
const WINDOW_PX = 560;
/** Narrower, and words break letter by letter; a phone scrolls sideways instead. */
const COLUMN_WIDTH = 120;

/**
 * Rows that can be filtered, sorted, paged and taken along. Only one page of them is ever in the document; of all together, as
 * many as are seen.
 */
export function Listing<Row>(props: ListingProps<Row>) {
  const { name, rows, columns, rowKey, empty, sortedBy } = props;
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState(sortedBy);
  const [page, setPage] = useState(0);
  const [isWhole, setWhole] = useState(false);
  const shown = useMemo(() => arrange(rows, columns, filter, sort), [rows, columns, filter, sort]);
  const pages = isWhole ? 1 : Math.max(1, Math.ceil(shown.length / PAGE_ROWS));
  const at = Math.min(page, pages - 1);
  if (rows.length === 0) return <Text c="dimmed">{empty}</Text>;
  const head = <Headings columns={columns} sort={sort} onSort={setSort} />;
  return (
    <Stack gap="xs">
      <Group justify="space-between" align="end">
        <Group align="end">
          {rows.length > FEW_ROWS || filter !== '' ? (
            <TextInput
              label="Filter"
              placeholder="any word"
              value={filter}
              onChange={(event) => {
                setFilter(event.currentTarget.value);
                setPage(0);
              }}
            />
          ) : null}
          {rows.length > PAGE_ROWS ? <Extent isWhole={isWhole} onChange={setWhole} /> : null}
        </Group>
        <Exports name={name} rows={shown} columns={columns} />
      </Group>
      {isWhole ? (
        <Whole name={name} rows={shown} columns={columns} rowKey={rowKey} head={head} />
      ) : (
        <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': name }}>
          <Table striped highlightOnHover aria-label={name} verticalSpacing="xs" miw={widthOf(columns)}>
            {head}
            <PlainRows rows={shown.slice(at * PAGE_ROWS, (at + 1) * PAGE_ROWS)} columns={columns} rowKey={rowKey} />
          </Table>
        </ScrollArea>
      )}
      <Paging at={at} pages={pages} count={shown.length} all={rows.length} onPage={setPage} />
    </Stack>
  );
}

function Extent({ isWhole, onChange }: { readonly isWhole: boolean; readonly onChange: (isWhole: boolean) => void }) {
  return (
    <NativeSelect
      label="Show"
      value={isWhole ? 'all' : 'pages'}
      onChange={(event) => onChange(event.currentTarget.value === 'all')}
      data={[
        { value: 'pages', label: `${PAGE_ROWS} rows a page` },
        { value: 'all', label: 'all, to scroll' },
      ]}
    />
  );
}

type WholeProps<Row> = Pick<ListingProps<Row>, 'name' | 'rows' | 'columns' | 'rowKey'> & { readonly head: ReactNode };

function Whole<Row>({ name, rows, columns, rowKey, head }: WholeProps<Row>) {
  const [from, setFrom] = useState(0);
  return (
    <ScrollArea.Autosize
      mah={WINDOW_PX}
      type="auto"
      viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': name }}
      onScrollPositionChange={({ y }) => setFrom(windowStart(y))}
    >
      <Table aria-label={name} aria-rowcount={rows.length + 1} stickyHeader layout="fixed" miw={widthOf(columns)}>
        {head}
        <WindowRows rows={rows} columns={columns} rowKey={rowKey} from={from} />
      </Table>
    </ScrollArea.Autosize>
  );
}

function widthOf<Row>(columns: readonly Column<Row>[]): number {
  return columns.reduce((sum, { width = COLUMN_WIDTH }) => sum + width, 0);
}

type Sort = { readonly id: string; readonly isDescending?: boolean } | undefined;

type HeadingsProps<Row> = {
  readonly columns: readonly Column<Row>[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
};

function Headings<Row>({ columns, sort, onSort }: HeadingsProps<Row>) {
  return (
    <Table.Thead>
      <Table.Tr>
        {columns.map((column) => (
          <Heading key={column.id} column={column} sort={sort} onSort={onSort} />
        ))}
      </Table.Tr>
    </Table.Thead>
  );
}

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
    <Table.Th aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : 'none'} w={column.width}>
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
