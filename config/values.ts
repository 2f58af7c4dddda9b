import { X509Certificate } from "node:crypto";
import { z } from "zod";

/** Field types that several parts share; each names what is allowed in its own message. */

export const dnsLabel = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a DNS label: lower-case letters, digits and '-', at most 63 characters",
  );

/** What most objects of Kubernetes are called: a DNS subdomain, also where no name server ever sees it. */
export const objectName = z
  .string()
  .max(253, "must have at most 253 characters")
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    "must be an object's name: lower-case letters, digits, '-' and '.', a letter or digit at both ends and around each '.'",
  );

/** A CloudNativePG Cluster's: a Service's name, with room for what the operator writes behind it. */
export const clusterName = z
  .string()
  .regex(
    /^[a-z]([-a-z0-9]{0,48}[a-z0-9])?$/,
    "must be a Cluster's name: a letter first, then lower-case letters, digits and '-', at most 50 characters",
  );

export const hostname = z
  .string()
  .max(253, "must have at most 253 characters")
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/,
    "must be a host name without scheme, port or path, for example litellm.example.com",
  );

export const port = z.int().min(1).max(65_535);

const httpUrlForm = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/;

export const httpUrl = z
  .string()
  .regex(httpUrlForm, "must be an http:// or https:// URL without credentials, query or fragment")
  .refine((value) => !httpUrlForm.test(value) || URL.canParse(value), "must be a URL that can be parsed");

/** A Vault path: no leading or trailing slash, no empty or relative segment. */
export const vaultPath = z
  .string()
  .regex(
    /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/,
    "must be a path such as litellm/prod: letters, digits, '_', '.', '-', single slashes between, none at the ends",
  );

export const bucketName = z
  .string()
  .regex(
    /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "must be a bucket name: 3 to 63 lower-case letters, digits, '-' and single dots, a letter or digit at both ends",
  );

export const quantity = z
  .string()
  .regex(/^[1-9][0-9]*(Ki|Mi|Gi|Ti)$/, "must be a whole number with Ki, Mi, Gi or Ti, for example 20Gi");

export const cpuQuantity = z
  .string()
  .regex(/^([1-9][0-9]*m?|[0-9]+\.[0-9]*[1-9][0-9]*)$/, 'must be CPUs such as "1", "0.5" or "500m"');

/** An unquoted identifier of PostgreSQL, so that no name ever needs quoting. */
export const postgresIdentifier = z
  .string()
  .regex(
    /^[a-z_][a-z0-9_]{0,62}$/,
    "must be a PostgreSQL identifier: lower-case letters, digits and '_', not starting with a digit, at most 63 characters",
  );

export const exactVersion = z
  .string()
  .regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, "must be one exact version such as 1.90.2, not a range");

export const environmentName = /^[A-Z_][A-Z0-9_]*$/;
export const environmentNameRule = "must be an environment variable name: capitals, digits and '_'";
export const environmentVariable = z.string().regex(environmentName, environmentNameRule);

export const labelName = z
  .string()
  .regex(
    /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    "must be a label name such as team or example.com/team",
  );

export const labels = z.record(
  labelName,
  z
    .string()
    .regex(
      /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
      "must be a label value: at most 63 letters, digits, '-', '_' and '.', a letter or digit at both ends",
    ),
);

const pemForm = /^-----BEGIN CERTIFICATE-----\s+[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/;

/** One certificate as PEM text; what reads several takes only the first of them. */
export const pemCertificate = z.string().regex(pemForm, "must be one PEM certificate, from its BEGIN to its END line");

const bundleRule = "must be PEM certificates and nothing else, base64-encoded";

/** Base64 of certificates as PEM text, and comments: it ends in a ConfigMap, where a key beside them would be seen. */
export const caBundle = z
  .base64({ error: bundleRule, abort: true })
  .refine((bundle) => areCertificates(Buffer.from(bundle, "base64").toString("utf8")), bundleRule);

function areCertificates(text: string): boolean {
  return text
    .replace(/^#.*$/gm, "")
    .trim()
    .split(/(?<=-----END CERTIFICATE-----)\s*/)
    .every((one) => pemForm.test(one) && isCertificate(one));
}

/** Whether a PEM text is a certificate that can be read. */
export function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

/** Key within a Kubernetes Secret. */
export const secretKey = z
  .string()
  .regex(/^[-._a-zA-Z0-9]+$/, "must be a key of a Secret: letters, digits, '-', '_' and '.'");
