import { Select } from '@mantine/core';

const DAY_MS = 86_400_000;
const CHOICES: Readonly<Record<string, { readonly label: string; readonly openForMs?: number }>> = {
  short: { label: '15 minutes, for who stands here' },
  day: { label: '1 day', openForMs: DAY_MS },
  week: { label: '7 days', openForMs: 7 * DAY_MS },
  month: { label: '30 days, the longest', openForMs: 30 * DAY_MS },
};

/** How long an offer may be taken up: long enough to reach the person, and no longer, since whoever has the link may. */
export function OpenFor({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  return (
    <Select
      label="It may be taken up for"
      description="Whoever has the link first has it"
      data={Object.entries(CHOICES).map(([name, { label }]) => ({ value: name, label }))}
      value={value}
      onChange={(name) => onChange(name ?? 'short')}
      allowDeselect={false}
    />
  );
}

/** What the choice adds to the request. */
export function termsOf(choice: string): { readonly openForMs?: number } {
  const openForMs = CHOICES[choice]?.openForMs;
  return openForMs === undefined ? {} : { openForMs };
}
