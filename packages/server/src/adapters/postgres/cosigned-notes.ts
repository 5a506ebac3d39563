/** Checkpoints under which witnesses spoke, in one column. */
export function encodeCosigned(notes: readonly string[]): string {
  return JSON.stringify(notes);
}

export function parseCosigned(text: string | null): { readonly cosigned?: readonly string[] } {
  return text === null ? {} : { cosigned: JSON.parse(text) as string[] };
}
