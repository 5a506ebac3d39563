import type { ProgramPart } from '@holdfast/core';
import { Table } from '@mantine/core';

/** A program in words: what each line is about, and what is to be known of it. */
export function DraftWords({ parts, digest }: { readonly parts: readonly ProgramPart[]; readonly digest: string }) {
  const rows: readonly ProgramPart[] = [...parts, { about: 'Approved as', lines: [digest] }];
  return (
    <Table aria-label="What it means" verticalSpacing="xs" layout="fixed">
      <Table.Tbody>
        {rows.map(({ about, lines }) => (
          <Table.Tr key={`${about} ${lines[0]}`} style={{ verticalAlign: 'top' }}>
            <Table.Th scope="row" w={104}>
              {about}
            </Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>
              {lines.map((line) => (
                <div key={line} className={about === 'Approved as' ? 'digest' : undefined}>
                  {line}
                </div>
              ))}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
