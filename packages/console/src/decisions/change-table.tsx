import { Badge, ScrollArea, Table } from '@mantine/core';
import type { Change } from './decision-words.ts';

const COLOURS: Readonly<Record<string, string>> = { looser: 'red', tighter: 'teal', neutral: 'gray' };

/** What becomes other than it was, member by member, and whether that allows more or less. */
export function ChangeTable({ changes }: { readonly changes: readonly Change[] }) {
  const hasEffects = changes.some(({ effect }) => effect !== undefined);
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': 'Changes' }}>
      <Table aria-label="Changes" withTableBorder>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Where</Table.Th>
            <Table.Th>Before</Table.Th>
            <Table.Th>After</Table.Th>
            {hasEffects ? <Table.Th>Which is</Table.Th> : null}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.map(({ path, before, after, effect }) => (
            <Table.Tr key={path}>
              <Table.Td>{path}</Table.Td>
              <Table.Td className="digest wide-text">{before ?? '—'}</Table.Td>
              <Table.Td className="digest wide-text">{after ?? '—'}</Table.Td>
              {hasEffects ? (
                <Table.Td>
                  <Badge
                    variant="outline"
                    color={COLOURS[effect ?? ''] ?? 'gray'}
                    c="var(--mantine-color-text)"
                    tt="none"
                  >
                    {effect}
                  </Badge>
                </Table.Td>
              ) : null}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
