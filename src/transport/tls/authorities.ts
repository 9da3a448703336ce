/** Certificate authorities beside Node's own. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import tls from "node:tls";
import { CodexPlusError } from "../../errors.ts";

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/**
 * The authorities to trust when a file of further ones is set: Node's default ones (its own, or the system's where Node
 * was told so, and those of NODE_EXTRA_CA_CERTS) and the file's, each once.
 * @param file a PEM file with one or more certificates; anything else in it (keys, revocation lists) is passed over
 * @throws CodexPlusError CP_CONFIG_INVALID naming the file and what is wrong with it
 */
export function authoritiesWith(file: string): readonly string[] {
  return [...new Set([...tls.getCACertificates("default"), ...readCertificates(file)])];
}

function readCertificates(file: string): readonly string[] {
  const certificates = read(file).match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw invalid(file, "it holds no PEM certificate");
  return certificates.map((pem, index) => {
    try {
      return new X509Certificate(pem).toString();
    } catch (cause) {
      throw invalid(file, `its certificate number ${index + 1} is damaged`, cause);
    }
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (cause) {
    throw invalid(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function invalid(file: string, reason: string, cause?: unknown): CodexPlusError {
  return new CodexPlusError("CP_CONFIG_INVALID", `the CA file ${file} cannot be used: ${reason}`, { cause });
}
