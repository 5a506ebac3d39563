import type { CaseView } from '@holdfast/server/answers';
import { Badge, Group } from '@mantine/core';

const LABELS: Readonly<Record<CaseView['stage'], string>> = {
  filed: 'Filed',
  triaged: 'Looked into',
  answer: 'Answer',
  review: 'Judged',
  decided: 'Time to appeal',
  appeal: 'Appeal, if any',
  final: 'Final',
};

/** Where a case is on its way, and what is still ahead of it. */
export function CaseCourse({ view: { stage, way } }: { readonly view: CaseView }) {
  const at = way.indexOf(stage);
  return (
    <Group component="ol" gap={6} m={0} p={0} aria-label="The way of a case" style={{ listStyle: 'none' }}>
      {way.map((one, i) => (
        <li key={one} aria-current={one === stage ? 'step' : undefined}>
          <Badge
            variant={one === stage ? 'filled' : 'outline'}
            color={one === stage ? 'blue.9' : 'gray'}
            c={one === stage ? 'white' : i < at ? 'var(--mantine-color-text)' : 'dimmed'}
            tt="none"
          >
            {LABELS[one]}
          </Badge>
        </li>
      ))}
    </Group>
  );
}
