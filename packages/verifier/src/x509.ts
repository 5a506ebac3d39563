// `@holdfast/verifier/x509`: certificate paths. A door of its own, because ASN.1 is most of a browser's download.
export { leafFingerprint } from './x509/certificate.ts';
export {
  type Anchor,
  createPathVerifier,
  type IntactPath,
  type PathRefusal,
  type PathResult,
  type PathVerifier,
  parseAnchors,
  verifyCertificatePath,
} from './x509/certificate-path.ts';
