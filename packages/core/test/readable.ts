/**
 * A text with what its compact JWSs say in their place, also those inside others: what is looked for in a token as it stands is
 * never found. A signature says nothing, and a short word stands by chance in some of them, so they are left out.
 */
export function readable(text: string): string {
  return text.replaceAll(/(eyJ[\w-]+)\.(eyJ[\w-]+)\.[\w-]*/g, (_, header: string, payload: string) =>
    readable(`${decode(header)} ${decode(payload)}`),
  );
}

function decode(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8');
}
