import { Button, FileButton, Group, Paper, Text } from '@mantine/core';
import { type DragEvent, useState } from 'react';

type FileDropProps = {
  readonly label: string;
  readonly hint: string;
  readonly accept: string;
  readonly onFile: (file: File) => void;
};

/** A place for one file: dropped, or chosen by a button that keyboards and screen readers find. */
export function FileDrop({ label, hint, accept, onFile }: FileDropProps) {
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file !== undefined) onFile(file);
  };
  return (
    <Paper
      withBorder
      p="lg"
      maw={640}
      role="group"
      aria-label={label}
      style={{ borderStyle: 'dashed', ...(isOver ? { borderColor: 'var(--mantine-color-anchor)' } : {}) }}
      onDrop={drop}
      onDragOver={(event: DragEvent) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
    >
      <Group justify="space-between">
        <div>
          <Text>Drop a file here, or choose one.</Text>
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
        </div>
        <FileButton
          onChange={(file) => (file === null ? undefined : onFile(file))}
          accept={accept}
          inputProps={{ 'aria-label': `${label}, as a file` }}
        >
          {(props) => (
            <Button {...props} variant="default">
              Choose a file
            </Button>
          )}
        </FileButton>
      </Group>
    </Paper>
  );
}
