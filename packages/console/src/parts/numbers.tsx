import { Box, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';

/** What a chart over time is drawn from, folded away below it: for whoever reads tables, or cannot see charts. */
export function Numbers({ children }: { readonly children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <Text component="summary" size="sm" style={{ cursor: 'pointer' }}>
        As a table
      </Text>
      {isOpen ? <Box mt="xs">{children}</Box> : null}
    </details>
  );
}
