import { type Json, type Program, parseJson } from '@holdfast/core';
import { compileProgramRules } from '@holdfast/core/program';
import { Alert, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { Section } from '../../parts/page.tsx';

type TryRuleProps = {
  readonly program: Program;
  readonly types: readonly string[];
  readonly claims: readonly string[];
};

/** The rules as they will be run, on somebody who is made up here. */
export function TryRule({ program, types, claims }: TryRuleProps) {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const rules = useMemo(() => compileProgramRules(program), [program]);
  const facts = {
    claims: Object.fromEntries(claims.flatMap((name) => (typed[name] ? [[name, claimOf(typed[name])] as const] : []))),
    ...{ issuer: program.uniqueness.issuers[0] ?? '', type: types[0] ?? '', assurance: program.assurance },
    at: program.window.closesAt,
  };
  const told = toldOf(rules, facts);
  return (
    <Section title="Try the rule on somebody">
      <Text size="sm" c="dimmed">
        Nobody real, and nothing is sent. Numbers are numbers; put digits that are text into quotation marks.
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        {claims.map((name) => (
          <TextInput
            key={name}
            label={name}
            value={typed[name] ?? ''}
            onChange={(event) => setTyped({ ...typed, [name]: event.currentTarget.value })}
          />
        ))}
      </SimpleGrid>
      <Stack>
        <Alert variant="outline" color={told.color} title={told.title} role="status">
          {told.words}
        </Alert>
      </Stack>
    </Section>
  );
}

type Rules = ReturnType<typeof compileProgramRules>;
type Facts = Parameters<Rules['eligibility']>[0];

function toldOf({ eligibility, weight }: Rules, facts: Facts) {
  const answer = eligibility(facts);
  if (!answer.ok) {
    return {
      ...{ color: 'yellow', title: 'The rule has no answer' },
      words:
        'A claim that it reads is missing or of another kind. Who applies like this is refused: application.rule_unanswered.',
    };
  }
  if (!answer.value) {
    return {
      color: 'gray',
      title: 'Does not qualify',
      words: 'Who applies like this is refused: application.not_eligible.',
    };
  }
  const weighed = weight?.(facts);
  const words =
    weighed === undefined
      ? 'Counted once, and gets what the program gives each.'
      : weighed.ok
        ? `Counted with the weight ${weighed.value}.`
        : 'But the weight has no answer, so who applies like this is refused: application.weight_unanswered.';
  return { color: weighed?.ok === false ? 'yellow' : 'teal', title: 'Qualifies', words };
}

function claimOf(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
