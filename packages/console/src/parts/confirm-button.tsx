import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';

/** Asks once more, in the same place, before what cannot be taken back. */
export function ConfirmButton(props: {
  readonly label: string;
  /** What a screen reader calls it. */
  readonly name: string;
  readonly sure: string;
  readonly onSure: () => void;
}) {
  const { label, name, sure, onSure } = props;
  const [isAsked, setAsked] = useState(false);
  if (!isAsked) {
    return (
      <Button size="compact-sm" variant="default" aria-label={name} onClick={() => setAsked(true)}>
        {label}
      </Button>
    );
  }
  return (
    <Group gap="xs" role="group" aria-label={name}>
      <Text size="sm">{sure}</Text>
      <Button
        size="compact-sm"
        color="red"
        variant="outline"
        c="var(--mantine-color-text)"
        onClick={() => {
          setAsked(false);
          onSure();
        }}
      >
        {label}
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => setAsked(false)}>
        Keep
      </Button>
    </Group>
  );
}
