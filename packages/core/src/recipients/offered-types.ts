import { isJsonObject, type Json } from '../encoding/json.ts';
import type { ListedClaim } from './claim-list.ts';

/** A type that an issuer offers, as its own metadata describes it. */
export type OfferedType = {
  /** By which offers name it. */
  readonly id: string;
  /** Its address, by which rules and queries name it. */
  readonly vct: string;
  readonly name: string;
  readonly description?: string;
  readonly claims: readonly ListedClaim[];
};

/**
 * The types in what an issuer publishes about itself (OpenID4VCI 1.0 section 12.2.4). Members that are not what the section
 * says are passed over, and so is whatever depends on them: an issuer's metadata may say more than is read here.
 */
export function offeredTypesOf(metadata: Json): readonly OfferedType[] {
  const types = memberOf(metadata, 'credential_configurations_supported');
  if (!isJsonObject(types)) return [];
  return Object.entries(types).map(([id, type]) => {
    const about = memberOf(type, 'credential_metadata');
    const title = firstDisplay(about);
    const description = textOf(title, 'description');
    return {
      ...{ id, vct: textOf(type, 'vct') ?? id, name: textOf(title, 'name') ?? id },
      claims: listOf(about, 'claims').flatMap(claimOf),
      ...(description === undefined ? {} : { description }),
    };
  });
}

function claimOf(claim: Json): readonly ListedClaim[] {
  const path = listOf(claim, 'path').filter((part) => typeof part === 'string');
  if (path.length === 0) return [];
  const title = textOf(firstDisplay(claim), 'name');
  const mandatory = memberOf(claim, 'mandatory') === true;
  return [{ name: path.join('.'), mandatory, ...(title === undefined ? {} : { title }) }];
}

function firstDisplay(value: Json | undefined): Json | undefined {
  return listOf(value, 'display')[0];
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}

function listOf(value: Json | undefined, name: string): readonly Json[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? (list as readonly Json[]) : [];
}

function textOf(value: Json | undefined, name: string): string | undefined {
  const text = memberOf(value, name);
  return typeof text === 'string' ? text : undefined;
}
