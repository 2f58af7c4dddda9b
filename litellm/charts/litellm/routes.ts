import type { PathMatch, Route } from "../types.ts";

/** What models are called by, with and without `/v1` before it. */
const calls = [
  "/a2a",
  "/assistants",
  "/audio",
  "/batches",
  "/chat",
  "/completions",
  "/containers",
  "/embeddings",
  "/files",
  "/fine-tuning",
  "/fine_tuning",
  "/images",
  "/messages",
  "/models",
  "/moderations",
  "/ocr",
  "/rag",
  "/realtime",
  "/rerank",
  "/responses",
  "/search",
  "/threads",
  "/vector_stores",
  "/video",
  "/videos",
];

/** What is there with `/v1` only. */
const versioned = ["/evals", "/indexes", "/memory", "/skills"];

/** Providers' own interfaces, handed on. */
const passThrough = [
  "/anthropic",
  "/assemblyai",
  "/aws",
  "/azure",
  "/azure_ai",
  "/azure_speech",
  "/bedrock",
  "/cohere",
  "/comprehendmedical",
  "/cursor",
  "/eu.assemblyai",
  "/gemini",
  "/gigachat",
  "/google",
  "/groq",
  "/langfuse",
  "/milvus",
  "/mistral",
  "/nvidia_nim",
  "/openai_passthrough",
  "/tinyfish",
  "/transcribe",
  "/vertex-ai",
  "/vertex_ai",
  "/vllm",
  "/voyage",
  "/watsonx",
];

const others = [
  "/engines",
  "/health",
  "/interactions",
  "/metrics",
  "/openai",
  "/queue/chat",
  "/toolset",
  "/v1beta",
  "/v2/rerank",
];

/**
 * Which of the separate services answers which path: the gateway the calls of models, the UI the dashboard's pages, and
 * the backend all the rest. The list is that of chart `litellm` 1.0.0, with four
 * providers that its gateway answers besides. A whole `/v1` or `/v2` would take management
 * routes along, such as `/v1/mcp` and `/v2/key/info`.
 */
export const separateRoutes: readonly Route[] = [
  {
    service: "ui",
    paths: [
      exact("/"),
      exact("/favicon.ico"),
      ...prefixes(["/ui", "/_next", "/litellm-asset-prefix"]),
      // What the pages load on a click, at any depth. Without it the login goes round between / and /ui/login.
      { type: "RegularExpression", value: "^/.*\\.txt$" },
    ],
  },
  {
    service: "api",
    paths: [
      // Not what is below it: that is management of MCP servers.
      exact("/test"),
      exact("/debug/memory/summary"),
      ...prefixes([...calls, ...[...calls, ...versioned].map((path) => `/v1${path}`), ...passThrough, ...others]),
    ],
  },
  { service: "admin", paths: prefixes(["/"]) },
];

function exact(value: string): PathMatch {
  return { type: "Exact", value };
}

function prefixes(values: readonly string[]): PathMatch[] {
  return values.map((value) => ({ type: "PathPrefix", value }));
}
