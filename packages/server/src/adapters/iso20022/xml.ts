import { readFileSync } from 'node:fs';
import { assert, CodedError, isCodedError, parseUtf8 } from '@holdfast/core';
import { ParseOption, XmlDocument, XmlElement, XmlLibError, XsdValidator } from 'libxml2-wasm';

/** A report about a full batch, with everything a bank may repeat of it, has a quarter of this. */
export const MAX_XML_BYTES = 4_194_304;
/** Each costs the parser's tree some hundred bytes, however short it is written. */
const MAX_TAGS = 400_000;

export type MessageName = 'pain.001.001.09' | 'pain.002.001.10';

function namespaceOf(name: MessageName): string {
  return `urn:iso:std:iso:20022:tech:xsd:${name}`;
}

/**
 * Reads a document from outside and gives its root to `read`, while it exists. Bytes beyond the bound, anything but UTF-8,
 * a document type (entities, and with them files of ours and a billion laughs, are only made there) and what the schema
 * does not allow are refused: `settlement.report-too-large`, `settlement.report-malformed`. What the parser says is not
 * repeated, since it quotes the document.
 */
export function readXml<Result>(bytes: Uint8Array, name: MessageName, read: (root: XmlElement) => Result): Result {
  if (bytes.length > MAX_XML_BYTES) {
    throw new CodedError('settlement.report-too-large', `A report has at most ${MAX_XML_BYTES} bytes.`);
  }
  const document = parse(textOf(bytes));
  try {
    if (document.dtd !== null) throw malformed('it has a document type');
    // The text was decoded as UTF-8; one that calls itself something else would have meant other characters.
    if (document.encoding !== null && document.encoding.toUpperCase() !== 'UTF-8')
      throw malformed('it is not in UTF-8');
    const fault = findFault(document, name);
    if (fault !== undefined) throw malformed(fault);
    return read(document.root);
  } finally {
    document.dispose();
  }
}

/** Writes a document that the schema allows; another one is a fault of whoever fills it. */
export function writeXml(name: MessageName, fill: (root: XmlElement) => void): string {
  const document = XmlDocument.create();
  try {
    fill(document.createRoot('Document', namespaceOf(name)));
    const text = document.toString({ format: true });
    assertValid(text, name);
    return text;
  } finally {
    document.dispose();
  }
}

/** Of what is written and not of the tree in memory, whose elements get their namespace only on paper. */
function assertValid(text: string, name: MessageName): void {
  const document = parse(text);
  try {
    const fault = findFault(document, name);
    assert(fault === undefined, `a message is what its schema says: ${fault}`);
  } finally {
    document.dispose();
  }
}

/** Elements below this one with that name, in their order. */
export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  const found: XmlElement[] = [];
  for (let node = element?.firstChild ?? null; node !== null; node = node.next) {
    if (node instanceof XmlElement && node.name === name) found.push(node);
  }
  return found;
}

/** The first element at the end of the path, if there is one. */
export function childOf(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((at, name) => childrenOf(at, name)[0], element);
}

function textOf(bytes: Uint8Array): string {
  let text: string;
  try {
    text = parseUtf8(bytes);
  } catch (error) {
    throw isCodedError(error) ? malformed('it is not in UTF-8') : error;
  }
  if (text.includes('<!DOCTYPE')) throw malformed('it has a document type');
  let tags = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) tags += 1;
  if (tags > MAX_TAGS) throw new CodedError('settlement.report-too-large', `A report has at most ${MAX_TAGS} tags.`);
  return text;
}

function parse(text: string): XmlDocument {
  try {
    return XmlDocument.fromString(text, { option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE });
  } catch (error) {
    throw error instanceof XmlLibError ? malformed(`it is not XML${placeOf(error)}`) : error;
  }
}

const validators = new Map<MessageName, XsdValidator>();

function findFault(document: XmlDocument, name: MessageName): string | undefined {
  try {
    validatorOf(name).validate(document);
    return undefined;
  } catch (error) {
    if (error instanceof XmlLibError) return `it is no ${name}${placeOf(error)}`;
    throw error;
  }
}

/** One for each schema and process: they hold memory outside the garbage collector's reach. */
function validatorOf(name: MessageName): XsdValidator {
  const known = validators.get(name);
  if (known !== undefined) return known;
  const schema = XmlDocument.fromBuffer(
    readFileSync(new URL(`../../../../../spec/schemas/iso20022/${name}.xsd`, import.meta.url)),
  );
  try {
    const validator = XsdValidator.fromDoc(schema);
    validators.set(name, validator);
    return validator;
  } finally {
    schema.dispose();
  }
}

function placeOf({ details }: XmlLibError): string {
  const line = details[0]?.line;
  return line === undefined ? '' : ` (line ${line})`;
}

function malformed(what: string): CodedError {
  return new CodedError('settlement.report-malformed', `This is not a payment status report: ${what}.`);
}
