import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import * as openid from "openid-client";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";
import type { Login } from "../../../local/services/login.ts";

/** What a relying party knows of the client: the variables that the proxy was deployed with. */
export type ClientEnvironment = Readonly<Record<string, string>>;

/** What a sign-in told. */
export interface SignedIn {
  readonly idToken: Readonly<Record<string, unknown>>;
  readonly accessToken: Readonly<Record<string, unknown>>;
  readonly userinfo: Readonly<Record<string, unknown>>;
  /** As it would be sent as an API key. */
  readonly token: string;
}

export interface SignInOptions {
  readonly scope?: string;
  readonly redirectUri?: string;
  readonly clientSecret?: string;
  /** Sent to the token endpoint in place of the right one. */
  readonly codeVerifier?: string;
  /** Whether the request has a code challenge at all. Default: true. */
  readonly challenge?: boolean;
  /** File for a picture of the sign-in page. */
  readonly screenshot?: string;
}

/**
 * Signs people in with the client as it was deployed, in the place of LiteLLM, whose own login needs its database. The
 * browser is a real one; only the request to the gateway's public host, which exists nowhere, ends here.
 */
export class RelyingParty {
  readonly #browser: Browser;
  readonly #environment: ClientEnvironment;
  readonly #issuer: string;

  private constructor(browser: Browser, environment: ClientEnvironment, issuer: string) {
    this.#browser = browser;
    this.#environment = environment;
    this.#issuer = issuer;
  }

  static async start(executablePath: string, environment: ClientEnvironment, issuer: string): Promise<RelyingParty> {
    // Its own sandbox wants rights that a container's root does not have; it opens loopback pages only.
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    return new RelyingParty(browser, environment, issuer);
  }

  /** The same browser for a client that has changed. */
  with(environment: ClientEnvironment): RelyingParty {
    return new RelyingParty(this.#browser, environment, this.#issuer);
  }

  stop(): Promise<void> {
    return this.#browser.close();
  }

  /** The authorization code flow with PKCE, from the sign-in page to the user information. */
  async signIn(login: Login, options: SignInOptions = {}): Promise<SignedIn> {
    const configuration = this.#configuration(options.clientSecret);
    const verifier = openid.randomPKCECodeVerifier();
    const state = openid.randomState();
    const callback = await this.#inBrowser(async (page, called) => {
      await page.goto((await this.#authorizationUrl(configuration, verifier, state, options)).href);
      if (options.screenshot !== undefined) {
        mkdirSync(dirname(options.screenshot), { recursive: true });
        await page.screenshot({ path: options.screenshot });
      }
      await page.fill("#username", login.username);
      await page.fill("#password", login.password);
      await page.click("#kc-login");
      return called;
    });
    const tokens = await openid.authorizationCodeGrant(configuration, callback, {
      pkceCodeVerifier: options.codeVerifier ?? verifier,
      expectedState: state,
      idTokenExpected: true,
    });
    const idToken = tokens.claims();
    if (idToken === undefined) throw new Error("Keycloak gave no ID token");
    const userinfo = await openid.fetchUserInfo(configuration, tokens.access_token, idToken.sub);
    return { idToken, accessToken: claimsOf(tokens.access_token), userinfo, token: tokens.access_token };
  }

  /** What the browser is shown, or where it is sent, when a request is refused before anybody can sign in. */
  async refusal(
    options: SignInOptions,
  ): Promise<{ readonly status: number; readonly text: string; readonly url: URL }> {
    const configuration = this.#configuration();
    return this.#inBrowser(async (page, called) => {
      const url = await this.#authorizationUrl(configuration, openid.randomPKCECodeVerifier(), "state", options);
      // Sent back at once, the browser has nowhere to go.
      const response = await page.goto(url.href).catch(() => undefined);
      if (response === undefined) return { status: 302, text: "", url: await called };
      return { status: response?.status() ?? 0, text: await page.innerText("body"), url };
    });
  }

  /** The realm's endpoints as the proxy has them; the authorization endpoint is the browser's, the others its own. */
  #configuration(clientSecret = this.#variable("GENERIC_CLIENT_SECRET")): openid.Configuration {
    const configuration = new openid.Configuration(
      {
        issuer: this.#issuer,
        authorization_endpoint: this.#variable("GENERIC_AUTHORIZATION_ENDPOINT"),
        token_endpoint: this.#variable("GENERIC_TOKEN_ENDPOINT"),
        userinfo_endpoint: this.#variable("GENERIC_USERINFO_ENDPOINT"),
        jwks_uri: `${this.#issuer}/protocol/openid-connect/certs`,
      },
      this.#variable("GENERIC_CLIENT_ID"),
      undefined,
      openid.ClientSecretBasic(clientSecret),
    );
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out; the local Keycloak has no TLS
    openid.allowInsecureRequests(configuration);
    return configuration;
  }

  async #authorizationUrl(
    configuration: openid.Configuration,
    verifier: string,
    state: string,
    options: SignInOptions,
  ): Promise<URL> {
    const challenge = {
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    };
    return openid.buildAuthorizationUrl(configuration, {
      redirect_uri: options.redirectUri ?? this.#redirectUri,
      scope: options.scope ?? this.#variable("GENERIC_SCOPE"),
      state,
      ...(options.challenge === false ? {} : challenge),
    });
  }

  get #redirectUri(): string {
    return `${this.#variable("PROXY_BASE_URL")}/sso/callback`;
  }

  #variable(name: string): string {
    const value = this.#environment[name];
    if (value === undefined) throw new Error(`the deployed environment has no ${name}`);
    return value;
  }

  /** Runs something in a fresh profile; `called` is the request that comes to the gateway's public host. */
  async #inBrowser<Result>(use: (page: Page, called: Promise<URL>) => Promise<Result>): Promise<Result> {
    const context = await this.#browser.newContext();
    try {
      const called = this.#callback(context);
      // Not every use waits for it.
      called.catch(() => undefined);
      return await use(await context.newPage(), called);
    } finally {
      await context.close();
    }
  }

  #callback(context: BrowserContext): Promise<URL> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error("the browser was not sent back to the gateway within 60 s"));
      }, 60_000);
      const gateway = `${this.#variable("PROXY_BASE_URL")}/`;
      context.on("request", (request) => {
        if (!request.url().startsWith(gateway)) return;
        clearTimeout(timer);
        resolve(new URL(request.url()));
      });
      context.once("close", () => {
        clearTimeout(timer);
      });
    });
  }
}

/** Claims of a token that was fetched from its issuer; LiteLLM does not look at the signature of such a one either. */
function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ""] = token.split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Record<string, unknown>;
}
