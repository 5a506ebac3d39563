import {
  CodedError,
  createCredentialDraft,
  encodeCredential,
  encodeUtf8,
  entropyForCredential,
  type JsonObject,
  type Program,
  thumbprint,
} from '@holdfast/core';
import type { Holder } from '../holders.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';
import type { OpenIssuer } from './issuers.ts';
import { malformed, tooMany } from './parse-scenario.ts';
import type { Asked } from './rehearsed-program.ts';
import { type FaultOf, type HowMany, MAX_PEOPLE, type PeopleGroup, type Scenario } from './scenario.ts';

const YEAR_S = 31_536_000;

/** One credential, and who is behind it. */
export type Applicant = {
  readonly holder: Holder;
  readonly issuer: string;
  /** Who it really is; undefined for somebody who does not exist. */
  readonly human: number | undefined;
  readonly group: PeopleGroup;
  /** Of a fault: in the world without faults they are not there. */
  readonly isExtra: boolean;
};

/** Whom a scenario is about, before they have anything: who they are, of which issuer. */
type Identity = Omit<Applicant, 'holder'> & { readonly claims: JsonObject };

type Issued = { readonly world: World; readonly program: Program; readonly asked: Asked };

/**
 * Throws `scenario.malformed` where the people have not what the program asks for, an issuer is none of its own, or more are
 * named than there are, and `scenario.people` where there are too many. Extra people come last, so that without them the others
 * are the same.
 */
export function identitiesOf(
  { people, wrong }: Scenario,
  { uniqueness: { issuers, claim } }: Program,
  asked: Asked,
  random: Random,
): Identity[] {
  const [first = ''] = issuers;
  const all: Identity[] = [];
  for (const [i, group] of people.entries()) {
    const { issuer = first } = group;
    assertIssuer(issuers, issuer, `people.${i}.issuer`);
    assertShown(asked, group, claim[0] ?? '', `people.${i}.claims`);
    for (let j = 0; j < group.count; j += 1) {
      const claims = claimsOf(group, random.fork(`claims ${i} ${j}`));
      all.push({ issuer, group, isExtra: false, human: all.length, claims });
    }
  }
  const extra: Identity[] = [];
  for (const [i, fault] of wrong.entries()) {
    if (!('people' in fault)) continue;
    if (fault.issuer !== undefined) assertIssuer(issuers, fault.issuer, `wrong.${i}.issuer`);
    const able = all.filter(({ issuer }) => issuer === (fault.issuer ?? issuer));
    assertEnough(fault, able.length, `wrong.${i}.people`);
    if (fault.what !== 'revoked') extra.push(...extraOf(fault, able, random.fork(`extra ${i}`)));
  }
  const count = all.length + extra.length;
  if (count > MAX_PEOPLE) throw tooMany(count);
  return [...all, ...extra];
}

type PeopleFault = FaultOf<'two-credentials'> | FaultOf<'invented-people'> | FaultOf<'revoked'>;

function assertIssuer(known: readonly string[], issuer: string, path: string): void {
  if (known.includes(issuer)) return;
  throw malformed(`${issuer} is none of the issuers that the program counts people of: ${known.join(', ')}`, path);
}

function assertShown({ claims }: Asked, group: PeopleGroup, person: string, path: string): void {
  const missing = claims.find((name) => name !== person && !Object.hasOwn(group.claims, name));
  if (missing === undefined) return;
  throw malformed(`the program asks for ${missing}: say what their credentials say of it`, path);
}

function assertEnough({ what, people }: PeopleFault, able: number, path: string): void {
  const isTooMany = 'count' in people && what !== 'invented-people' && people.count > able;
  if (able === 0 || isTooMany) throw malformed(`there are ${able} of this issuer`, path);
}

function claimsOf({ claims }: PeopleGroup, random: Random): JsonObject {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [name, Array.isArray(value) ? random.pick(value) : value]),
  );
}

/** Whom nobody is behind looks like one of the others. */
function extraOf(
  fault: FaultOf<'two-credentials'> | FaultOf<'invented-people'>,
  able: readonly Identity[],
  random: Random,
): Identity[] {
  if (fault.what === 'two-credentials')
    return pick(fault.people, able, random).map((one) => ({ ...one, isExtra: true }));
  const count = countOf(fault.people, able.length);
  return Array.from({ length: count }, () => ({ ...random.pick(able), isExtra: true, human: undefined }));
}

function countOf(howMany: HowMany, of: number): number {
  return 'count' in howMany ? howMany.count : Math.round(howMany.share * of);
}

/** So many of these by chance; all of them where there are fewer. */
export function pick<Item>(howMany: HowMany, items: readonly Item[], random: Random): Item[] {
  const left = [...items];
  const count = Math.min(countOf(howMany, items.length), items.length);
  return Array.from({ length: count }, () => left.splice(random.below(left.length), 1)).flat();
}

/** Gives everybody the credential that the program asks for, each under a number of its own. */
export function issueAll(of: Issued, identities: readonly Identity[], issuers: readonly OpenIssuer[]): Applicant[] {
  const random = of.world.random.fork('credentials');
  return identities.map(({ claims, ...one }, index) => {
    const issuer = issuers.find(({ id }) => id === one.issuer);
    if (issuer === undefined) throw new CodedError('scenario.malformed', 'Its issuer is not there.');
    const named = { ...claims, ...personOf(of.program.uniqueness.claim, claims, `${100_000 + index}`) };
    return { ...one, holder: createHolder(of, issuer, { index, claims: named, random }) };
  });
}

/** The claim that people are counted by, wherever in the credential it is. */
function personOf([name = '', ...rest]: readonly string[], claims: JsonObject, value: string): JsonObject {
  const inner = rest.reduceRight<JsonObject | string>((held, step) => ({ [step]: held }), value);
  const known = claims[name];
  const isObject = typeof known === 'object' && known !== null && !Array.isArray(known) && typeof inner === 'object';
  return { [name]: isObject ? { ...known, ...inner } : inner };
}

function createHolder(
  { world, asked }: Issued,
  issuer: OpenIssuer,
  { index, claims, random }: { readonly index: number; readonly claims: JsonObject; readonly random: Random },
): Holder {
  const { signatures, scheduler } = world;
  const nowS = Math.floor(scheduler.now / 1000);
  const key = signatures.createKey('ES256');
  const disclosable = Object.keys(claims);
  const draft = createCredentialDraft({
    header: { alg: 'ES256', kid: thumbprint(issuer.key) },
    claims: { iss: issuer.id, vct: asked.type, iat: nowS, exp: nowS + YEAR_S, ...claims },
    disclosable,
    holderKey: key,
    status: { uri: issuer.list, index },
    network: issuer.opened,
    salts: random.bytes(entropyForCredential(disclosable.length)),
  });
  const signature = signatures.sign(issuer.key, encodeUtf8(draft.signingInput));
  const credential = encodeCredential(draft.signingInput, signature, draft.disclosures);
  return { index, key, credential, list: issuer.list, exp: nowS + YEAR_S, recorded: undefined };
}
