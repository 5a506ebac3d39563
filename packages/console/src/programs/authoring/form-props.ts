import type { Draft } from './draft.ts';

export type FormProps = {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  /** The member that the check stops at, and why. */
  readonly fault?: { readonly path?: string; readonly words: string } | undefined;
};

/** The words of a fault, at the field that it is about. */
export function faultOf(fault: FormProps['fault'], path: string): string | undefined {
  const isHere = fault?.path !== undefined && (fault.path === path || fault.path.startsWith(`${path}.`));
  return isHere ? fault?.words.replace(/^This program cannot be used\. /, '') : undefined;
}
