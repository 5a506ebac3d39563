import { algorithmOf, type PublicJwk, thumbprint } from '../encoding/jwk.ts';
import { encodeSigningInput, type Jws, parseJws } from '../encoding/jws.ts';
import { CodedError } from '../errors.ts';

/** In no other signature of an officer: an approval or a statement is no log-in, and a log-in is neither of them. */
export const LOGIN_TYP = 'officer-login+jwt';
/** What it opens, so that nothing else can come to be opened by it. */
const PURPOSE = 'console-session';
/** Characters of a signed log-in; anything longer is none. */
const MAX_LENGTH = 2048;
const MAX_MEMBER = 500;

/** An officer's word that it is they who open a session, at one place, for one network, once. */
export type OfficerLogin = {
  /** The network's name. */
  readonly network: string;
  /** Where the page stands in which it is signed, as the browser says: `https://console.example`. */
  readonly origin: string;
  /** Of whoever is asked to open it. */
  readonly nonce: string;
};

/** The bytes an officer's key signs to log in; `encodeJws` makes the log-in of it. */
export function loginSigningInput({ network, origin, nonce }: OfficerLogin, officerKey: PublicJwk): string {
  const header = { alg: algorithmOf(officerKey), kid: thumbprint(officerKey), typ: LOGIN_TYP };
  return encodeSigningInput(header, { network, nonce, origin, purpose: PURPOSE });
}

/** Opens a log-in without verifying its signature. Throws `login.malformed`, or the code of the layer below. */
export function parseLogin(text: string): { readonly jws: Jws; readonly kid: string; readonly login: OfficerLogin } {
  if (text.length > MAX_LENGTH) throw malformed();
  const jws = parseJws(text, { maxLength: MAX_LENGTH, maxDepth: 4 });
  const { typ, kid } = jws.header;
  const { network, origin, nonce, purpose, ...more } = jws.payload;
  const isOurs = typ === LOGIN_TYP && purpose === PURPOSE && typeof kid === 'string' && Object.keys(more).length === 0;
  if (!isOurs || !isMember(network) || !isMember(origin) || !isMember(nonce)) throw malformed();
  return { jws, kid, login: { network, origin, nonce } };
}

function isMember(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_MEMBER;
}

function malformed(): CodedError {
  return new CodedError('login.malformed', `A log-in of an officer is a compact JWS of type ${LOGIN_TYP}.`);
}
