import { type Application, encodeUtf8, parseApplication, parseJsonObject, parseUtf8 } from '@holdfast/core';
import type { Sealer } from '../../ports/sealer.ts';

/** What a person sent in, as it lies sealed in the store. */
export type SentApplication = { readonly application: Application; readonly presentation: string };

/** Binds what is sealed to its row: moved to another, it does not open. */
function contextOf(program: string, application: string): string {
  return `application ${program} ${application}`;
}

export function sealApplication(
  sealer: Pick<Sealer, 'seal'>,
  place: { readonly program: string; readonly application: string },
  sent: SentApplication,
): Promise<Uint8Array> {
  return sealer.seal(encodeUtf8(JSON.stringify(sent)), contextOf(place.program, place.application));
}

/** Throws `sealer.unopenable` for what was moved, changed, or sealed under another key. */
export async function openApplication(
  sealer: Pick<Sealer, 'open'>,
  place: { readonly program: string; readonly application: string },
  sealed: Uint8Array,
): Promise<SentApplication> {
  const opened = await sealer.open(sealed, contextOf(place.program, place.application));
  const { application, presentation } = parseJsonObject(parseUtf8(opened));
  return { application: parseApplication(application), presentation: String(presentation) };
}
