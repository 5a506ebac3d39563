import type { OpenedProposal } from '@holdfast/server/answers';
import { Button, Code, Group, Table } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useOfficer } from '../officer/use-officer.ts';
import { Section } from '../parts/page.tsx';
import { saveFile } from '../parts/save-file.ts';
import { digestOfShown } from './sign-decision.ts';

const SHOWN_TARGETS = 20;

/** What a signature stands for, byte for byte, for those who compare it elsewhere: the digest, and all that it is over. */
export function WhatIsSigned({ shown }: { readonly shown: OpenedProposal }) {
  const { network } = useOfficer();
  const [isWhole, setWhole] = useState(false);
  const check = useMemo(() => recompute(shown, network), [shown, network]);
  const { id, terms, openings } = shown;
  const targets = openings.targets.map(({ value }) => JSON.stringify(value));
  const rows = [
    ['Digest', shown.digest],
    ['Recomputed here', check],
    ['Decision', terms.id],
    ['Network', terms.genesis],
    ['Rulebook', `entry #${terms.rulebook}`],
    ...targets.slice(0, SHOWN_TARGETS).map((target) => ['Target', target] as const),
    ...(targets.length > SHOWN_TARGETS ? [['Targets', `and ${targets.length - SHOWN_TARGETS} more`] as const] : []),
    ...openings.evidence.map(({ value }) => ['Evidence', JSON.stringify(value)] as const),
  ] as const;
  const whole = JSON.stringify({ terms, openings }, null, 2);
  return (
    <Section title="What exactly is signed">
      <Table aria-label="What exactly is signed" withRowBorders={false} layout="fixed">
        <Table.Tbody>
          {rows.map(([name, value]) => (
            <Table.Tr key={`${name} ${value}`}>
              <Table.Th scope="row" w={150}>
                {name}
              </Table.Th>
              <Table.Td className="digest">{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group>
        <Button variant="default" size="compact-sm" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Hide the whole of it' : 'Show the whole of it'}
        </Button>
        <Button
          variant="default"
          size="compact-sm"
          onClick={() => saveFile(`decision-${id}.json`, 'application/json', whole)}
        >
          Save it as a file
        </Button>
      </Group>
      {isWhole ? (
        <Code block className="wide-text">
          {whole}
        </Code>
      ) : null}
    </Section>
  );
}

function recompute(shown: OpenedProposal, network: string | undefined): string {
  if (network === undefined) return '';
  try {
    return digestOfShown(shown, network) === shown.digest ? 'the same: it is for just this' : 'ANOTHER: do not sign';
  } catch (error) {
    return `does not hold: ${error instanceof Error ? error.message : String(error)}`;
  }
}
