import { type Attribute, fit, type Value, type Values } from './attributes.ts';
import { dottedName, EVENTS, type EventKind, type EventLevel, type EventName, type EventValues } from './events.ts';

/** Says that something has happened, once it has: after it is durable, before it is answered or after, never instead. */
export type Signals = {
  readonly [Name in EventName]: (values: EventValues<Name>) => void;
};

export type Emitted = {
  readonly event: EventName;
  /** `credential.issued`. */
  readonly name: string;
  readonly level: EventLevel;
  readonly sentence: string;
  readonly values: Values;
};

/** Takes what was emitted, at once and without failing; whatever takes time is done later, within a bound. */
export type SignalSink = (emitted: Emitted) => void;

/**
 * A function for each event, that hands it to every sink. Nothing that is told can stop what it tells of: a sink that throws
 * is passed over, and a value that is none of its kind is told as `unfit`.
 */
export function createSignals(sinks: readonly SignalSink[]): Signals {
  const named = Object.entries<EventKind>(EVENTS).map(([event, { level, sentence, attributes }]) => {
    const told = { event: event as EventName, name: dottedName(event as EventName), level, sentence };
    const fitted = Object.entries(attributes);
    const tell = (values: Values) => {
      const emitted = { ...told, values: valuesOf(fitted, values) };
      for (const sink of sinks) hand(sink, emitted);
    };
    return [event, tell];
  });
  return Object.fromEntries(named) as Signals;
}

/** Tells nobody. */
export const SILENT: Signals = createSignals([]);

function valuesOf(attributes: readonly (readonly [string, Attribute])[], given: Values): Values {
  const values: Record<string, Value> = {};
  for (const [key, attribute] of attributes) {
    const value = given[key];
    if (value === undefined && attribute.kind === 'handle') continue;
    values[key] = fit(attribute, value);
  }
  return values;
}

function hand(sink: SignalSink, emitted: Emitted): void {
  try {
    sink(emitted);
  } catch {
    // A revocation does not wait for telemetry, and does not fail by it.
  }
}
