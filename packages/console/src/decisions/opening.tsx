import type { Rulebook } from '@holdfast/core';
import { Button, Paper, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { rulebook } from '../api/queries.ts';
import { Section } from '../parts/page.tsx';

/** The last look before a decision is opened: what it will do, under which power and rulebook, and that it then waits. */
export function Opening(props: {
  readonly words: string;
  readonly grant: Rulebook['powers'][number] | undefined;
  readonly isWhole: boolean;
  readonly isOpening: boolean;
  readonly onOpen: () => void;
  readonly children?: ReactNode;
}) {
  const { words, grant, isWhole, isOpening, onOpen, children } = props;
  const index = useQuery(rulebook).data?.index;
  const signatures = grant?.quorum === 1 ? 'the signature of 1 officer' : `the signatures of ${grant?.quorum} officers`;
  return (
    <Section title="What you are about to open">
      <Paper withBorder p="md">
        <Stack align="start">
          <Text>{words}</Text>
          {children}
          <Text>
            {grant === undefined
              ? 'The rulebook grants this to nobody.'
              : `By the power to ${grant.power}, under the rulebook of entry #${index ?? '?'}. It takes ${signatures} with the role ${grant.roles.join(' or ')}, and nothing changes before the last of them.`}
          </Text>
          <Button onClick={onOpen} loading={isOpening} disabled={!isWhole}>
            Open the decision
          </Button>
        </Stack>
      </Paper>
    </Section>
  );
}
