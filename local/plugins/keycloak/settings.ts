/** A provider's configuration: from the stack's settings first, then from the variables that the genuine plugin reads. */

/** Where Keycloak is and how to log in. */
export interface Settings {
  /** Base URL of logging in, with the base path. */
  readonly authUrl: string;
  /** Base URL of the admin API, with the base path. */
  readonly adminUrl: string;
  /** Realm to log in to. */
  readonly realm: string;
  /** Form that is exchanged for a token. */
  readonly grant: Readonly<Record<string, string>>;
  /** Whether to log in when the provider is configured, and not at the first request. */
  readonly initialLogin: boolean;
  /** Limit for one request. */
  readonly timeoutSeconds: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Ways to log in and to trust a server that only the genuine plugin knows, with their variables. */
const refused: Readonly<Record<string, string>> = {
  accessToken: "KEYCLOAK_ACCESS_TOKEN",
  jwtSigningKey: "KEYCLOAK_JWT_SIGNING_KEY",
  jwtToken: "KEYCLOAK_JWT_TOKEN",
  jwtTokenFile: "KEYCLOAK_JWT_TOKEN_FILE",
  redHatSso: "",
  rootCaCertificate: "",
  tlsClientCertificate: "",
  tlsClientPrivateKey: "",
  tlsInsecureSkipVerify: "",
};

const variables: Readonly<Record<string, string>> = {
  url: "KEYCLOAK_URL",
  adminUrl: "KEYCLOAK_ADMIN_URL",
  basePath: "KEYCLOAK_BASE_PATH",
  realm: "KEYCLOAK_REALM",
  clientId: "KEYCLOAK_CLIENT_ID",
  clientSecret: "KEYCLOAK_CLIENT_SECRET",
  username: "KEYCLOAK_USER",
  password: "KEYCLOAK_PASSWORD",
  clientTimeout: "KEYCLOAK_CLIENT_TIMEOUT",
};

/** Settings that change nothing here: the engine's own, and what the genuine plugin tells old servers by. */
const ignored: readonly string[] = ["version", "pluginDownloadURL", "keycloakVersion", "jwtSigningAlg"];
const others: readonly string[] = ["additionalHeaders", "initialLogin"];

/** What the genuine plugin's SDK gives when nothing is said. */
const defaultTimeoutSeconds = 5;

/** Reads and checks the settings; says everything that is wrong with them at once. */
export function readSettings(config: ReadonlyMap<string, string>, environment: NodeJS.ProcessEnv): Settings {
  const get = (key: string) => config.get(key) ?? environment[variables[key] ?? ""] ?? "";
  const known = [...Object.keys(variables), ...Object.keys(refused), ...ignored, ...others];
  const timeoutSeconds = Number(get("clientTimeout") || defaultTimeoutSeconds);
  const problems = [
    ...[...config.keys()]
      .filter((key) => !known.includes(key) && !key.startsWith("__"))
      .map((key) => `keycloak:${key}: is no setting of the plugin keycloak`),
    ...Object.entries(refused)
      .filter(([key, variable]) => isSet(config.get(key) ?? environment[variable]))
      .map(([key]) => `stand-in plugin keycloak does not know ${key}; install the genuine plugin`),
    ...(get("url") === "" ? ["no Keycloak URL: set keycloak:url or KEYCLOAK_URL"] : []),
    ...(Number.isInteger(timeoutSeconds) && timeoutSeconds > 0
      ? []
      : ["keycloak:clientTimeout: must be whole seconds"]),
  ];
  const grant = grantOf(get);
  if (grant === undefined) problems.push(noLogin);
  if (grant === undefined || problems.length > 0) throw new Error(problems.join("\n"));
  const basePath = get("basePath");
  return {
    authUrl: `${get("url")}${basePath}`,
    adminUrl: `${get("adminUrl") || get("url")}${basePath}`,
    realm: get("realm") || "master",
    grant,
    initialLogin: config.get("initialLogin") !== "false",
    timeoutSeconds,
    headers: headersOf(config.get("additionalHeaders")),
  };
}

const noLogin =
  "no Keycloak login: set keycloak:clientId with keycloak:username and keycloak:password, or with " +
  "keycloak:clientSecret (KEYCLOAK_CLIENT_ID, KEYCLOAK_USER, KEYCLOAK_PASSWORD, KEYCLOAK_CLIENT_SECRET)";

/** The password grant where there is a user, else that of client credentials. */
function grantOf(get: (key: string) => string): Record<string, string> | undefined {
  const [clientId, secret, username, password] = ["clientId", "clientSecret", "username", "password"].map(get);
  if (clientId === undefined || clientId === "") return undefined;
  const client = { client_id: clientId, ...(secret && { client_secret: secret }) };
  if (username && password) return { ...client, grant_type: "password", username, password };
  return secret ? { ...client, grant_type: "client_credentials" } : undefined;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "false";
}

function headersOf(json: string | undefined): Record<string, string> {
  return json === undefined || json === "" ? {} : (JSON.parse(json) as Record<string, string>);
}
