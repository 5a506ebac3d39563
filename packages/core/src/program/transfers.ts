/** The transfer by which a program pays one application: known before it is made, so that its receipt can be asked for. */
export function payoutTransfer(program: string, application: string): string {
  return `post.${program}.${application}`;
}
