/** Whether PostgreSQL's words mean that the disk is full. */
export function saysDiskFull(said: string): boolean {
  return /No space left on device|Disk quota exceeded|Check free disk space/.test(said);
}

/** The line that tells why, out of all that a program wrote before it gave up. */
export function tellingLine(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  const telling = lines.findLast((line) => /\b(FATAL|PANIC|ERROR|error):/.test(line)) ?? lines.at(-1) ?? '';
  return telling === '' ? 'nothing' : telling;
}
