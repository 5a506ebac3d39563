import * as core from '@holdfast/core';
import * as lists from '@holdfast/core/lists';
import { parseProgram } from '@holdfast/core/program';
import { parsePolicy } from '@holdfast/verifier';
import { parseSignedHeader } from '../../../core/src/credential/signed-header.ts';
import { parsePublicJwk } from '../../../core/src/encoding/jwk.ts';
import { parseRfc3339 } from '../../../core/src/encoding/rfc3339.ts';
import {
  parseBase64,
  parseBase64url,
  parseBase64urlText,
  parseHex,
  parseUtf8,
} from '../../../core/src/encoding/text.ts';
import { parseSnapshot } from '../../../core/src/fold/snapshot.ts';
import { parseAcceptance } from '../../../core/src/ledger/acceptance.ts';
import { parseAccountId, parseAsset } from '../../../core/src/ledger/account.ts';
import { parseAmount } from '../../../core/src/ledger/amount.ts';
import { parseTransferId, parseTransferReference } from '../../../core/src/ledger/transfer.ts';
import { parseAddCheckpoint } from '../../../core/src/log/add-checkpoint.ts';
import { type FraudProof, parseFraudProof } from '../../../core/src/log/fraud-proof.ts';
import { parseCosignature, parseNote, parseSignatureLines, parseVkey } from '../../../core/src/log/note.ts';
import { parsePosition, parsePositionArray, parsePositions } from '../../../core/src/log/position.ts';
import { parseEntryBundle, parseTile, parseTilePath } from '../../../core/src/log/tile.ts';
import { parseTlogPolicy } from '../../../core/src/log/tlog-policy.ts';
import { parseTlogProof } from '../../../core/src/log/tlog-proof.ts';
import { parseAddress } from '../../../core/src/merkle/address.ts';
import { parseHash } from '../../../core/src/merkle/published-hash.ts';
import { parseStandardDump } from '../../../core/src/merkle/standard-dump.ts';
import { parseUniswapClaims } from '../../../core/src/merkle/uniswap-claims.ts';
import { parseUint256 } from '../../../core/src/merkle/words.ts';
import { parseCell } from '../../../core/src/recipients/cell.ts';
import { parseCsvText } from '../../../core/src/recipients/csv-text.ts';
import { parseListHeader } from '../../../core/src/recipients/list-header.ts';
import { parseListedAmount } from '../../../core/src/recipients/listed-amount.ts';
import { parseStellarAddress } from '../../../core/src/recipients/stellar-address.ts';
import { parseVerification } from '../../../core/src/recipients/verification.ts';
import { parseAttemptId } from '../../../core/src/settlement/settlement.ts';
import { parseIban } from '../../../server/src/adapters/destinations/iban.ts';
import { parseMsisdn } from '../../../server/src/adapters/destinations/msisdn.ts';
import { parseKeys } from '../../../server/src/adapters/http-ledger/ledger-keys.ts';
import { parseDecimal } from '../../../server/src/adapters/iso20022/decimal.ts';
import { parsePain002 } from '../../../server/src/adapters/iso20022/pain-002.ts';
import { parseNatsUrl } from '../../../server/src/adapters/nats/nats-url.ts';
import { parseChannelEvent } from '../../../server/src/channel/channel-event.ts';
import { parseBounds } from '../../../server/src/compose/bounds.ts';
import { parseCredentialRequest } from '../../../server/src/roles/issuer/credential-request.ts';
import { parseKeyProof } from '../../../server/src/roles/issuer/proofs.ts';
import { parseLedgerAnswer, parseLedgerCall } from '../../../server/src/roles/ledger/ledger-call.ts';
import { parseAcceptFrom, parseChecks } from '../../../verifier/src/checks/check-policy.ts';
import { parseCheckStatement } from '../../../verifier/src/checks/check-statement.ts';
import { parseSigned } from '../../../verifier/src/follow/proved-entries.ts';
import { parseAddress as parseIpAddress } from '../../../verifier/src/foreign/address.ts';
import { parseBase58 } from '../../../verifier/src/foreign/base58.ts';
import { parseDidUrl } from '../../../verifier/src/foreign/did.ts';
import { parseOutsideUrl } from '../../../verifier/src/foreign/outside-url.ts';
import { parseCompressedPoint } from '../../../verifier/src/foreign/p256-point.ts';
import { openBundle } from '../../../verifier/src/offline/open-bundle.ts';
import { parseCertificate } from '../../../verifier/src/x509/certificate.ts';
import { parseAnchors } from '../../../verifier/src/x509/certificate-path.ts';
import { parseLeafCertificate } from '../../../wallet/src/certificate.ts';
import {
  inputs,
  json,
  lineage,
  offlineBundle,
  read,
  snapshot,
  statements,
  successionDraft,
  uniswapClaims,
  unsigned,
  worldEngine,
} from './seeds.ts';

/** A door through which something from outside comes in: what it is given when all is well, and the reader itself. */
export type Door = {
  readonly name: string;
  readonly seeds: readonly (string | Uint8Array | object)[];
  readonly parse: (input: never) => unknown;
};

const NOW = 1_800_000_000_000;
const text = (name: string, seeds: readonly string[], parse: (input: string) => unknown): Door => ({
  name,
  seeds,
  parse,
});
const bytes = (name: string, seeds: readonly Uint8Array[], parse: (input: Uint8Array) => unknown): Door => ({
  name,
  seeds,
  parse,
});
const value = (name: string, seeds: readonly object[], parse: (input: unknown) => unknown): Door => ({
  name,
  seeds,
  parse,
});

const jwk = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) };
const position = inputs<object[]>('log/valid/positions.json', 'positions').flat()[0] ?? {};
const list = {
  status_list: { bits: 2, lst: 'eNo76fITAAPfAgc' },
  sub: 'https://i.example/1',
  iat: 1_700_000_000,
  ttl: 300,
};
const der = Buffer.from(read('examples/x5c-ca.pem').replace(/-----[^-]+-----|\s/g, ''), 'base64');
const bitstring = core.createBitstringPayload({
  ...{
    uri: 'https://i.example/1',
    issuer: 'https://i.example',
    purpose: 'revocation',
    iat: 1,
    exp: 1000,
    ttlMs: 60_000,
  },
  compressed: new Uint8Array(8),
});
const proof = unsigned(
  { typ: 'openid4vci-proof+jwt', alg: 'ES256', jwk },
  { aud: 'https://i.example', iat: NOW / 1000, nonce: 'n' },
);
const digest = `${'d'.repeat(42)}A`;
const acknowledgement = {
  iss: 'relief',
  iat: 1,
  program: digest,
  application: digest,
  salt: 'A'.repeat(22),
  intakeBy: NOW,
};
const order = {
  v: 1,
  kind: 'transfer',
  ledger: 'city',
  asset: 'EUR',
  expiresAt: NOW,
  to: 'shop',
  amount: '10',
  salt: digest,
};
const acceptance = { iss: 'relief', iat: 1, count: 1, root: digest };
const login = { network: digest, origin: 'https://c.example', nonce: 'n', purpose: 'console-session' };
const check = { id: 'sanctions', kind: 'http', url: 'https://c.example/', maxAgeMs: 1000, onSilence: 'unknown' };
const checked = { iss: 'c', iat: 1, check: 'sanctions', credential: digest, result: 'passed', asOf: 1 };
const payment = { kind: 'pending', id: 'p', debit: 'a', credit: 'b', amount: '5', expiresAt: 9 };
const ledgerCall = { aud: 'city', iat: NOW / 1000, method: 'transfer', commands: [payment] };
const ledgerKey = parsePublicJwk(jwk);
const ledgerKid = core.thumbprint(ledgerKey);
const frauds = inputs<FraudProof>('log/valid/fraud-proofs.json', 'fraud');
const applications = (
  json('spec/vectors/program/valid/applications.json') as { applications: { application: object }[] }
).applications;

export const DOORS: readonly Door[] = [
  text('parseCredential', credentials(), core.parseCredential),
  text('parseStatement', statements(), core.parseStatement),
  text('parseRfc3339', ['2026-03-01T12:00:00Z', '2026-12-31t23:59:59.123+00:00'], parseRfc3339),
  text('parseNote', inputs('log/valid/notes.json', 'note'), parseNote),
  text('parseVkey', inputs('log/valid/vkeys.json', 'vkey'), parseVkey),
  text('parseCheckpoint', inputs('log/valid/checkpoints.json', 'text'), core.parseCheckpoint),
  text('parseSignatureLines', inputs<string>('log/valid/notes.json', 'note').map(linesOf), parseSignatureLines),
  bytes('parseAddCheckpoint', requests().map(utf8), parseAddCheckpoint),
  text('parseTlogProof', inputs('log/valid/tlog-proofs.json', 'proof'), parseTlogProof),
  text('parseTlogPolicy', inputs('log/valid/tlog-policies.json', 'policy'), parseTlogPolicy),
  text(
    'parseFraudProof',
    frauds.map(({ checkpoints: [note] }) => note),
    parseFraud,
  ),
  bytes('parseCosignature', [new Uint8Array(72)], parseCosignature),
  text('parseTilePath', ['tile/0/x001/x234/067', 'tile/entries/000.p/12'], parseTilePath),
  bytes('parseTile', [new Uint8Array(64)], (input) => parseTile(input, 2)),
  bytes('parseEntryBundle', [Uint8Array.of(0, 3, 97, 98, 99, 0, 0)], (input) => parseEntryBundle(input, 2)),
  value('parsePosition', [position], parsePosition),
  value('parsePositionArray', [[position]], parsePositionArray),
  text('parsePositions', [core.encodePositions([parsePosition(position)])], parsePositions),
  text('parseVerdictEnvelope', [unsigned({ typ: 'verdict+jwt', kid: 'k' }, envelope())], core.parseVerdictEnvelope),
  text(
    'parsePartyFiling',
    [
      unsigned(
        { typ: 'case-filing+jwt', kid: 'k' },
        {
          ...{ kind: 'incident', network: 'n', party: 'p', id: 'i', filedAt: 1, statement: 's', class: 'c' },
        },
      ),
    ],
    core.parsePartyFiling,
  ),
  text('parseApproval', [unsigned({ typ: 'approval+jwt', kid: 'k' }, { digest: 'd'.repeat(43) })], core.parseApproval),
  text('parseStatusToken', [unsigned({ typ: 'statuslist+jwt', alg: 'ES256', kid: 'k' }, list)], core.parseStatusToken),
  text(
    'parseBitstringCredential',
    [unsigned({ typ: 'vc+jwt', alg: 'ES256', kid: 'k' }, bitstring)],
    core.parseBitstringCredential,
  ),
  text('parseDateTime', ['2010-01-01T19:23:24.5+01:00'], core.parseDateTime),
  value('parseQuery', [(json('examples/winter-relief.json') as { query: object }).query], core.parseQuery),
  value('parseProgram', programs(), parseProgram),
  value(
    'parseApplication',
    applications.map(({ application }) => application),
    core.parseApplication,
  ),
  text(
    'parseAcknowledgement',
    [unsigned({ typ: 'acknowledgement+jwt', kid: 'k' }, acknowledgement)],
    core.parseAcknowledgement,
  ),
  text(
    'parsePersonCode',
    ['a-7k3m-7k3m-7k3m-7k3m-7k3m', 'K7K3M7k3m7k3m7k3m7kOl', 'A'.repeat(43)],
    core.parsePersonCode,
  ),
  text('parseOrder', [unsigned({ typ: 'order+jwt', alg: 'ES256', jwk }, order)], core.parseOrder),
  text('parseAcceptance', [unsigned({ typ: 'acceptance+jwt', kid: 'k' }, acceptance)], parseAcceptance),
  text(
    'parseErasureRequest',
    [unsigned({ typ: 'erasure+jwt', kid: 'k' }, { network: digest, tenant: 'civic', label: 'ada', at: NOW })],
    core.parseErasureRequest,
  ),
  text('parseLogin', [unsigned({ typ: 'officer-login+jwt', kid: 'k' }, login)], core.parseLogin),
  bytes('parseSnapshot', [snapshot()], (input) => parseSnapshot(core.concatBytes(input, core.sha256(input)))),
  value('parseChecks', [[check]], (input) => parseChecks(input as core.Json)),
  value('parseAcceptFrom', [[{ party: 'south', checks: ['sanctions'], maxAgeMs: 1000 }]], parseAccepted),
  text('parseCheckStatement', [unsigned({ typ: 'check+jwt', kid: 'k' }, checked)], parseCheckStatement),
  text(
    'parseSigned',
    frauds.map(({ checkpoints: [note] }) => note),
    (input) => parseSigned(input, 'log.example/vectors'),
  ),
  text('parseAttemptId', [`${'t'.repeat(22)}-1`], parseAttemptId),
  value('parsePublicJwk', [jwk], parsePublicJwk),
  value('parseSignedHeader', [{ alg: 'ES256', kid: 'k', x5c: ['AA=='] }], (input) =>
    parseSignedHeader(core.isJsonObject(input) ? input : {}),
  ),
  text('parseJws', [proof], core.parseJws),
  text('parseJson', ['{"a":[1,2.5e3,"\\u00e9",null,true,{}]}'], core.parseJson),
  text('parseJsonObject', ['{"a":{"b":[]}}'], core.parseJsonObject),
  bytes('parseUtf8', [Buffer.from('é漢🙂')], parseUtf8),
  text('parseBase64url', ['SGk_-w'], parseBase64url),
  text('parseBase64urlText', ['SGk'], parseBase64urlText),
  text('parseBase64', ['SGk/+w=='], parseBase64),
  text('parseHex', ['00ff'], parseHex),
  value('parseAmount', [['1200'], ['0']], (input) => parseAmount(first(input))),
  value('parseTransferId', [['t'.repeat(22)]], (input) => parseTransferId(first(input))),
  value('parseTransferReference', [[digest]], (input) => parseTransferReference(first(input))),
  value('parseAccountId', [['program:relief']], (input) => parseAccountId(first(input))),
  value('parseAsset', [['EUR', 2]], (input) => parseAsset(first(input), Array.isArray(input) ? input[1] : undefined)),
  text(
    'parseUint256',
    ['115792089237316195423570985008687907853269984665640564039457584007913129639935'],
    parseUint256,
  ),
  text('parseAddress', inputs('merkle/valid/addresses.json', 'text'), (input) => parseAddress(input)),
  text('parseHash', [`0x${'ab'.repeat(32)}`], parseHash),
  value('parseStandardDump', dumps(), (input) => parseStandardDump(input as never)),
  value('parseUniswapClaims', [uniswapClaims()], (input) => parseUniswapClaims(input as never)),
  text('parseStellarAddress', ['GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ'], parseStellarAddress),
  value(
    'parseListHeader',
    [
      ['address', 'amount'],
      ['phone', 'id', 'amount', 'verification'],
    ],
    parseHeader,
  ),
  text('parseListedAmount', ['1.5', '+7', '.25', '00012'], parseTokens),
  text('parseVerification', ['1990-01-01', '2000-02-29'], parseDates),
  text('parseCsvText', ['a,b\n1,2\n', '"a b";c\r\n', '\ufeffa\t"\n"'], (input) => parseCsvText(input, 100)),
  text('parseClaimList', ['given_name,label\nAda,a1\n', 'Given name;label\n"A;B";\n'], (input) =>
    lists.parseClaimList(input, [{ name: 'given_name', title: 'Given name', mandatory: true }]),
  ),
  text('parseCell', ['4915112345678', ' x ', 'é'], (input) => parseCell(input, 'text')),
  text('readRecipients', ['address,amount\n0x9ad7CAD4F10D0c3f875b8a2fd292590490c9f491,100\n'], parseRows),
  value('parsePolicy', [json('examples/stranger-policy.json') as object], parsePolicy),
  text('parseBase58', ['z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'], parseBase58),
  text('parseDidUrl', ['did:web:example.com:a#k', 'did:jwk:eyJ9#0', 'did:key:z6Mk#z6Mk'], parseDidUrl),
  text('parseIpAddress', ['::ffff:127.0.0.1', '10.0.0.1', 'fe80::1%eth0', '64:ff9b::1'], parseIpAddress),
  text('parseOutsideUrl', ['https://i.example:443/a?b#c', 'http://[::1]:4600/'], parseUrl),
  bytes('parseCompressedPoint', [Uint8Array.of(2, ...new Uint8Array(32).fill(7))], parseCompressedPoint),
  text('openBundle', [await offlineBundle()], (input) => openBundle(input, { engine: worldEngine })),
  text('parseSuccessionDraft', [successionDraft], core.parseSuccessionDraft),
  text('parseLineage', [lineage], (input) =>
    core.openFounding(core.parseLineage(input), core.sha256Base64url(core.parseLineage(input).genesis)),
  ),
  bytes('parseCertificate', [der], parseCertificate),
  text('parseAnchors', [read('examples/x5c-ca.pem')], parseAnchors),
  text('parseLeafCertificate', [der.toString('base64')], parseLeafCertificate),
  text('parseKeyProof', [proof], parseProof),
  value('parseCredentialRequest', [{ credential_configuration_id: 'r', proofs: { jwt: [proof] } }], parseRequest),
  text('parseIban', ['DE89370400440532013000', 'GB82 WEST 1234 5698 7654 32'], parseIban),
  text('parseNatsUrl', ['nats://a.example:4222,tls://me:secret@b.example'], parseNatsUrl),
  bytes(
    'parseChannelEvent',
    [utf8('{"checkpoint":"a","from":0,"entries":["e"]}'), utf8('{"cosigned":"a"}')],
    parseChannelEvent,
  ),
  text('parseMsisdn', ['+4915112345678'], parseMsisdn),
  text('parseDecimal', ['12.30'], (input) => parseDecimal(input, 2)),
  text('parseLedgerCall', [unsigned({ typ: 'ledger-call+jwt', alg: 'ES256', kid: ledgerKid }, ledgerCall)], (input) =>
    parseLedgerCall(input, { callers: [ledgerKey], aud: 'city', now: NOW }),
  ),
  value('parseLedgerAnswer', [{ transfers: [{ command: payment, at: 1, state: 'pending' }, null] }], (input) =>
    parseLedgerAnswer('read-transfers', input),
  ),
  value('parseKeys', [[{ ...jwk, kid: 'k', use: 'sig' }]], (input) => parseKeys(input as core.Json)),
  value('parseBounds', [{ 'database.connections': 8, 'ledger.waiting': 900 }], (input) =>
    parseBounds(input, { isEmbedded: true }),
  ),
  bytes('parsePain002', inputs<string>('settlement/valid/pain-002.json', 'xml').map(utf8), parsePain002),
];

/** Readers of what nobody from outside writes, and those that another door stands for. */
export const NO_DOORS: readonly string[] = [
  // What our own threads, and our own host, say.
  'parseThreadMessage',
  'parseAccounts',
  // A column that only we write.
  'parseCosigned',
  // Cells and rows go through `readRecipients`, answers of HTTP through `parseJsonObject`, forms through URLSearchParams.
  'parseSdpRow',
  'parseAnswer',
  'parseForm',
  // Behind the door that verifies the signature first: `openBundle`, `parseStatusToken`, `parseBitstringCredential`.
  'parseOfflineBundle',
  'parseFetchedList',
  'parseFetchedBitstring',
];

function utf8(input: string): Uint8Array {
  return Buffer.from(input);
}

/** Requests to witnesses; among the vectors are answers too. */
function requests(): string[] {
  return inputs<string>('log/valid/add-checkpoint.json', 'body').filter((body) => body.startsWith('old '));
}

function parseAccepted(input: unknown): unknown {
  return parseAcceptFrom(input as core.Json);
}

/** The signature lines of a note. */
function linesOf(note: string): string {
  return note.slice(note.lastIndexOf('\n\n') + 2);
}

/** A signed note held against another history of the same log. */
function parseFraud(note: string): unknown {
  const [other] = frauds;
  return other && parseFraudProof({ ...other, checkpoints: [note, other.checkpoints[1]] }, []);
}

function credentials(): string[] {
  return [
    ...inputs<string>('credential/valid/presentations.json', 'text'),
    read('examples/stranger.txt'),
    read('examples/vc-jwt.txt').trim(),
  ];
}

function programs(): object[] {
  return ['winter-relief', 'first-aid', 'heating', 'summer-camp'].map(
    (name) => json(`examples/${name}.json`) as object,
  );
}

function dumps(): object[] {
  return (json('spec/vectors/merkle/valid/dumps.json') as { input: object }[]).map(({ input }) => input);
}

function envelope(): object {
  const basis = { tick: 1, positions: [], request: {}, presented: 'p', foreign: [], policy: 'y' };
  const verdict = { v: 1, outcome: 'valid', reasons: [], checks: [], allows: { effect: 'final' }, basis };
  return { iss: 'north', iat: 1, jti: 'id', durationMs: 1, verdict };
}

function first(input: unknown): unknown {
  return Array.isArray(input) ? input[0] : input;
}

function asCell(cell: unknown): string {
  return typeof cell === 'string' ? cell : (JSON.stringify(cell) ?? '');
}

function parseHeader(input: unknown): unknown {
  return parseListHeader(Array.isArray(input) ? input.map(asCell) : []);
}

function parseTokens(input: string): bigint {
  return parseListedAmount(input, {
    units: 'token',
    decimals: 6,
    max: 2n ** 256n - 1n,
    form: 'lenient',
    zero: 'refused',
  });
}

function parseDates(input: string): string {
  return parseVerification(input, 'DATE_OF_BIRTH', '2026-11-28');
}

function parseRows(input: string): unknown {
  const reader = lists.createListReader({ units: 'minor', decimals: 0, minRows: 1 });
  for (const line of input.split('\n')) if (!reader.isOver()) reader.read(line.split(','));
  return reader.end();
}

function parseUrl(input: string): URL {
  return parseOutsideUrl(input, { allowLoopback: true, ports: [443] });
}

function parseProof(input: string): unknown {
  return parseKeyProof(input, { audience: 'https://i.example', nowMs: NOW, maxAgeMs: 300_000, skewMs: 60_000 });
}

function parseRequest(input: unknown): unknown {
  return parseCredentialRequest(input, 4);
}
