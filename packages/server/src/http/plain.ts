/** What a role says, as JSON has it: amounts are digits, and nothing else changes. */
export type Plain<T> = T extends bigint
  ? string
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [Name in keyof T]: Plain<T[Name]> }
      : T;

export function plain<T>(value: T): Plain<T> {
  if (typeof value === 'bigint') return value.toString() as Plain<T>;
  if (Array.isArray(value)) return value.map(plain) as Plain<T>;
  if (typeof value !== 'object' || value === null) return value as Plain<T>;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)])) as Plain<T>;
}
