import { type Keccak, keccak256 } from '../encoding/keccak.ts';
import { assert, type CodedError, isCodedError } from '../errors.ts';
import { parseAddress, ZERO_ADDRESS } from '../merkle/address.ts';
import { UINT128_MAX } from '../merkle/words.ts';
import { claimKey, createKeyIndex, type KeyIndex } from './key-index.ts';
import { type ListFormat, type ListHeader, parseListHeader } from './list-header.ts';
import { type AmountFormat, parseListedAmount, type Units } from './listed-amount.ts';
import type { Recipient, SablierRecipient } from './recipient.ts';
import { type Cell, createRowCells, type RowCells, textOf } from './row-cells.ts';
import { parseSdpRow } from './sdp-row.ts';
import { parseVerification, type Verification } from './verification.ts';

/** Rows of one list: every one is remembered in at most 48 bytes for each column that has to be unique. */
export const MAX_LIST_ROWS = 5_000_000;
/** After this many faults the rest is not looked at; of warnings no more are kept. */
export const MAX_FAULTS = 100;
/** Stellar counts in ten-millionths, up to 2^63 - 1 of them. */
const STELLAR_DECIMALS = 7;
const STELLAR_MAX = (1n << 63n) - 1n;

export type ListOptions = {
  /** Detected by the header when not said. */
  readonly format?: ListFormat;
  readonly units: Units;
  readonly decimals: number;
  /** The largest amount and total, when not the format's own. */
  readonly maxAmount?: bigint;
  /** Two for Sablier's when not said, else one. */
  readonly minRows?: number;
  readonly verification?: Verification;
  /** As `2026-11-28`: what lies after it is no date of birth. */
  readonly today?: string;
  readonly keccak?: Keccak;
  /** About how many there will be, when that is known: only memory depends on it. */
  readonly expectedRows?: number;
};

/** Something to put right: where, and its code in `spec/problems.json`, which says what to do. The header is row 1. */
export type RowFault = {
  readonly row: number;
  readonly column: string;
  readonly code: string;
  /** The earlier row that has the same. */
  readonly sameAs?: number;
};

/** `list.zero-address`: what is sent there is lost. `list.same-id`: two rows with one id and different contacts. */
export type ListWarning = RowFault & { readonly code: 'list.zero-address' | 'list.same-id' };

export type ListReport = {
  readonly format: ListFormat | undefined;
  readonly count: number;
  /** In minor units. */
  readonly total: bigint;
  readonly faults: readonly RowFault[];
  /** Whether reading was given up before the end. */
  readonly isCut: boolean;
  readonly warnings: readonly ListWarning[];
  readonly warningCount: number;
};

/** Reads one list, row by row, in the order of the file. */
export type ListReader = {
  /** The next row of the file, blank ones too. Gives the recipient when the row is in order; the header gives none. */
  readonly read: (cells: readonly Cell[]) => Recipient | undefined;
  /** A fault of the file itself in the row after the last one read; nothing after it can be read. */
  readonly refuse: (code: string, column: number) => void;
  readonly header: () => ListHeader | undefined;
  readonly isOver: () => boolean;
  readonly end: () => ListReport;
};

type State = {
  readonly options: ListOptions;
  readonly keccak: Keccak;
  header?: ListHeader;
  row: number;
  count: number;
  total: bigint;
  isCut: boolean;
  warningCount: number;
  readonly faults: RowFault[];
  readonly warnings: ListWarning[];
  readonly indexes: Map<string, KeyIndex>;
};

export function createListReader(options: ListOptions): ListReader {
  const state: State = {
    options,
    keccak: options.keccak ?? keccak256,
    row: 0,
    count: 0,
    total: 0n,
    isCut: false,
    warningCount: 0,
    faults: [],
    warnings: [],
    indexes: new Map(),
  };
  return {
    read: (cells) => readRow(state, cells),
    refuse: (code, column) => {
      state.row += 1;
      addFault(state, { row: state.row, column: state.header?.columns[column] ?? `#${column + 1}`, code });
      state.isCut = true;
    },
    header: () => state.header,
    isOver: () => state.isCut,
    end: () => endOf(state),
  };
}

function readRow(state: State, cells: readonly Cell[]): Recipient | undefined {
  assert(!state.isCut, 'nothing is read after the end');
  state.row += 1;
  // Blank rows are passed over, but not without end.
  if (state.row > 2 * MAX_LIST_ROWS) return tooLong(state);
  if (cells.length === 0 || (cells.length === 1 && cells[0]?.trim() === '')) return undefined;
  const { header } = state;
  if (header === undefined) return readHeader(state, cells);
  if (cells.length !== header.columns.length) {
    const column = header.columns[cells.length] ?? `#${header.columns.length + 1}`;
    addFault(state, { row: state.row, column, code: 'list.cells' });
    return undefined;
  }
  if (state.count === MAX_LIST_ROWS) return tooLong(state);
  const refuse = (column: string, error: CodedError) => addFault(state, { row: state.row, column, code: error.code });
  const recipient = parseRow(state, header, createRowCells(header.columns, cells, refuse));
  return recipient === undefined || hasRepeats(state, recipient) ? undefined : addRecipient(state, recipient);
}

function tooLong(state: State): undefined {
  addFault(state, { row: state.row, column: state.header?.columns[0] ?? '#1', code: 'list.too-long' });
  state.isCut = true;
}

function readHeader(state: State, cells: readonly Cell[]): undefined {
  try {
    const header = parseListHeader(cells.map(textOf), state.options.format);
    state.header = header;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const { column } = error.details;
    addFault(state, { row: state.row, column: typeof column === 'string' ? column : '#1', code: error.code });
    // Without knowing its columns no row can be judged.
    state.isCut = true;
  }
}

function parseRow(state: State, { format }: ListHeader, cells: RowCells): Recipient | undefined {
  const { verification, today = '9999-12-31' } = state.options;
  const amount = (text: string) => parseListedAmount(text, amountFormat(state.options, format));
  if (format === 'sdp') {
    return parseSdpRow(cells, { amount, verification: (text) => parseVerification(text, verification, today) });
  }
  const address = cells.take('address', 'signed', (text) => parseAddress(text, state.keccak));
  const paid = cells.take('amount', 'signed', amount);
  return address === undefined || paid === undefined ? undefined : { format, address, amount: paid };
}

function amountFormat({ units, decimals, maxAmount }: ListOptions, format: ListFormat): AmountFormat {
  return {
    units,
    decimals: format === 'sdp' ? Math.min(decimals, STELLAR_DECIMALS) : decimals,
    max: maxAmount ?? maxAmountOf(format),
    form: 'lenient',
    zero: 'refused',
  };
}

function maxAmountOf(format: ListFormat): bigint {
  return format === 'sdp' ? STELLAR_MAX : UINT128_MAX;
}

/** What must not stand in a list twice, each against its own kind; the first row keeps it. */
function hasRepeats(state: State, recipient: Recipient): boolean {
  const isRepeated = (column: string, key: string, code: string) => {
    const sameAs = claim(state, column, key);
    if (sameAs !== undefined) addFault(state, { row: state.row, column, code, sameAs });
    return sameAs !== undefined;
  };
  if (recipient.format === 'sablier') {
    return isRepeated('address', recipient.address, 'list.duplicate-address');
  }
  const { contact, paymentId, wallet } = recipient;
  const repeats = [
    isRepeated(contact.kind, contact.value, 'list.duplicate-contact'),
    paymentId !== undefined && isRepeated('paymentID', paymentId, 'list.duplicate-payment-id'),
    wallet !== undefined &&
      isRepeated('walletAddress', `${wallet.address} ${wallet.memo ?? ''}`, 'list.duplicate-wallet'),
  ];
  return repeats.includes(true);
}

function claim(state: State, column: string, key: string): number | undefined {
  const index = state.indexes.get(column) ?? createKeyIndex(state.options.expectedRows);
  state.indexes.set(column, index);
  return claimKey(index, key, state.row, state.keccak);
}

function addRecipient(state: State, recipient: Recipient): Recipient | undefined {
  const { options, row } = state;
  if (recipient.format === 'sablier') warnOfZero(state, recipient);
  else {
    const sameAs = claim(state, 'id', recipient.id);
    if (sameAs !== undefined) addWarning(state, { row, column: 'id', code: 'list.same-id', sameAs });
  }
  const total = state.total + recipient.amount;
  if (total > (options.maxAmount ?? maxAmountOf(recipient.format))) {
    addFault(state, { row, column: 'amount', code: 'list.total-too-large' });
    return undefined;
  }
  state.total = total;
  state.count += 1;
  return recipient;
}

function warnOfZero(state: State, { address }: SablierRecipient): void {
  if (address === ZERO_ADDRESS) addWarning(state, { row: state.row, column: 'address', code: 'list.zero-address' });
}

function addFault(state: State, fault: RowFault): void {
  if (state.faults.length < MAX_FAULTS) state.faults.push(fault);
  if (state.faults.length === MAX_FAULTS) state.isCut = true;
}

function addWarning(state: State, warning: ListWarning): void {
  state.warningCount += 1;
  if (state.warnings.length < MAX_FAULTS) state.warnings.push(warning);
}

function endOf(state: State): ListReport {
  const { header, options, count, total, faults, isCut, warnings, warningCount } = state;
  const atLeast = options.minRows ?? (header?.format === 'sablier' ? 2 : 1);
  if (faults.length === 0 && count < atLeast) {
    const column = header?.columns[0] ?? '#1';
    addFault(state, { row: state.row, column, code: count === 0 ? 'list.empty' : 'list.too-short' });
  }
  // What was remembered of a million rows is not kept while something else is made of them.
  state.indexes.clear();
  return { format: header?.format, count, total, faults: [...faults], isCut, warnings, warningCount };
}
