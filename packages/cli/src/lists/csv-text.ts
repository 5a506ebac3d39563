/** One row of comma-separated values (RFC 4180), with LF at its end; quotation marks only where they are needed. */
export function encodeCsvRow(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`;
}
