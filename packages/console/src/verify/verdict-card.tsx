import { type Explanation, homePosition, type Verdict } from '@holdfast/core';
import { Alert, Badge, Card, Group, List, Stack, Table, Text } from '@mantine/core';
import { Failure } from '../parts/page.tsx';
import { dateOf, durationOf } from '../parts/time-words.ts';
import { causeOf, effectOf, nameOfCheck, nextOf, wordsOfReason } from './verdict-words.ts';

/** The answer of one verifier, or why there was none. */
export type Said = { readonly name: string } & ({ readonly verdict: Verdict } | { readonly failure: unknown });

export function VerdictCard({ said }: { readonly said: Said }) {
  return (
    <Card withBorder component="article" aria-label={said.name}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Text fw={700}>{said.name}</Text>
          {'verdict' in said ? <Outcome verdict={said.verdict} /> : null}
        </Group>
        {'verdict' in said ? <Told verdict={said.verdict} /> : <Failure error={said.failure} title="No answer" />}
      </Stack>
    </Card>
  );
}

function Outcome({ verdict: { outcome } }: { readonly verdict: Verdict }) {
  const colour = outcome === 'valid' ? 'teal' : outcome === 'unknown' || outcome === 'suspended' ? 'yellow' : 'red';
  return (
    <Badge size="lg" variant="outline" color={colour} c="var(--mantine-color-text)">
      {outcome.replaceAll('-', ' ')}
    </Badge>
  );
}

function Told({ verdict }: { readonly verdict: Verdict }) {
  const { reasons, freshness, ageMs, issuer, type, checks, notEstablished, usableUntil } = verdict;
  const position = homePosition(verdict.basis);
  return (
    <>
      <Text>{effectOf(verdict)}</Text>
      {reasons.length === 0 ? null : (
        <List size="sm">
          {reasons.map(({ code }) => (
            <List.Item key={code}>{wordsOfReason(code)}</List.Item>
          ))}
        </List>
      )}
      <Text size="sm">
        {position === undefined
          ? 'It had read no network'
          : `Seen up to #${position.size - 1}, ${dateOf(position.time)}`}
        ; {freshness}
        {typeof ageMs === 'number' && ageMs >= 1000 ? `, ${durationOf(ageMs)} old` : ''}.
        {usableUntil > 0 ? ` To be used until ${dateOf(usableUntil)}.` : ''}
      </Text>
      <Text size="sm" className="digest">
        {issuer === undefined || issuer === null
          ? 'No issuer could be read.'
          : `${issuer.name ?? issuer.id}: ${type ?? ''}`}
      </Text>
      <Table aria-label="Checks" withRowBorders={false} verticalSpacing={2}>
        <Table.Tbody>
          {checks.map(({ name, result, why }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row">{nameOfCheck(name)}</Table.Th>
              <Table.Td>
                {result === 'skipped' ? 'not run' : result}
                {why === undefined ? '' : `: ${wordsOfReason(why).replaceAll('-', ' ')}`}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed">
        Not established: {notEstablished.map((one) => one.replaceAll('-', ' ')).join(', ') || 'nothing'}.
      </Text>
    </>
  );
}

export function Explained({
  explanation,
  names,
}: {
  readonly explanation: Explanation;
  readonly names: readonly [string, string];
}) {
  return (
    <Alert
      variant="outline"
      color={explanation.agree ? 'teal' : 'yellow'}
      title={explanation.agree ? 'They agree' : 'They differ'}
      role="status"
    >
      {explanation.agree ? nextOf(explanation) : `${causeOf(explanation.cause, names)} ${nextOf(explanation)}`}
    </Alert>
  );
}
