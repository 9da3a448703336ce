/** Who the upstream says it is: the name must fit, and no certificate may be weaker than OpenSSL's level 1 would take. */
import { X509Certificate } from "node:crypto";
import { checkServerIdentity, type DetailedPeerCertificate, type PeerCertificate } from "node:tls";

const LEAST_RSA_BITS = 2048;

/**
 * Takes the place of Node's check for every profile, since the rustls-like one has to run OpenSSL at security level 0.
 * @returns the reason for a refusal, as `tls.connect` wants it
 */
export function checkIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  return checkServerIdentity(host, certificate) ?? weakness(certificate);
}

function weakness(leaf: PeerCertificate | DetailedPeerCertificate): Error | undefined {
  for (const { raw } of chain(leaf)) {
    const certificate = new X509Certificate(raw);
    const name = certificate.subject.replaceAll("\n", ", ");
    const bits = certificate.publicKey.asymmetricKeyDetails?.modulusLength;
    if (certificate.publicKey.asymmetricKeyType === "rsa" && bits !== undefined && bits < LEAST_RSA_BITS) {
      return new Error(`the certificate ${name} has a key of ${bits} bits; less than ${LEAST_RSA_BITS} is not safe`);
    }
    const algorithm = certificate.signatureAlgorithm ?? "";
    // An authority's signature below its own certificate proves nothing and is not looked at by anybody.
    if (/sha1|md5/i.test(algorithm) && !certificate.checkIssued(certificate)) {
      return new Error(`the certificate ${name} is signed with ${algorithm}, which is not safe`);
    }
  }
  return undefined;
}

/** From the server's own certificate up; the last one is its own issuer. */
function* chain(leaf: PeerCertificate | DetailedPeerCertificate): Generator<PeerCertificate> {
  const seen = new Set<string>();
  for (let next: PeerCertificate | undefined = leaf; next?.raw !== undefined && !seen.has(next.fingerprint256); ) {
    seen.add(next.fingerprint256);
    yield next;
    next = "issuerCertificate" in next ? (next as DetailedPeerCertificate).issuerCertificate : undefined;
  }
}
