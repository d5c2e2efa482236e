/**
 * A certificate authority of this machine's own and a server certificate signed by it, so that what talks to the
 * local database verifies TLS for real. Nothing is installed in the system: a client has to be told of the
 * authority (`ca`, or NODE_EXTRA_CA_CERTS).
 */
import "reflect-metadata"; // @peculiar/x509 needs it, loaded before itself
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { ServerTls } from "./data-folder.ts";

const KEY = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 24 * 60 * 60 * 1000;
/** Clocks differ between a machine and its containers. */
const CLOCK_SKEW_MS = 60 * 60 * 1000;

/**
 * Makes an authority and a certificate for the local server. The authority's key is thrown away, so that nothing
 * else can ever be signed by it.
 *
 * @param options.names DNS names of the certificate. @default ["localhost"]
 * @param options.addresses IP addresses of the certificate. @default ["127.0.0.1"]
 * @param options.days how long both are valid from now. @default 30
 */
export async function createLocalCertificate(
  options: { names?: string[]; addresses?: string[]; days?: number } = {},
): Promise<ServerTls> {
  const { names = ["localhost"], addresses = ["127.0.0.1"], days = 30 } = options;
  const validity = {
    notBefore: new Date(Date.now() - CLOCK_SKEW_MS),
    notAfter: new Date(Date.now() + days * DAY_MS),
  };
  const authorityKeys = await createKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: "CN=Local development authority",
    keys: authorityKeys,
    signingAlgorithm: KEY,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: `CN=${names[0] ?? addresses[0]}`,
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: KEY,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: "dns" as const, value })),
        ...addresses.map((value) => ({ type: "ip" as const, value })),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    authority: `${authority.toString("pem")}\n`,
    certificate: `${certificate.toString("pem")}\n`,
    key: `${x509.PemConverter.encode(key, "PRIVATE KEY")}\n`,
  };
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
}
