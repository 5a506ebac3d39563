import { Textarea } from '@mantine/core';

/** As many as the governor takes of one statement. */
const MAX_LENGTH = 4000;

/** What somebody says in a case, sealed for those whom it concerns. */
export function SealedWords({
  value,
  onChange,
  ...shown
}: {
  readonly label: string;
  readonly description: string;
  readonly value: string;
  readonly onChange: (words: string) => void;
  readonly required?: boolean;
}) {
  return (
    <Textarea
      {...shown}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      maxLength={MAX_LENGTH}
      autosize
      minRows={3}
      w="100%"
      maw="46rem"
    />
  );
}
