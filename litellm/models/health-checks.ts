import type { Mode } from "../../config/model-info.ts";
import type { Model } from "../../config/models.ts";
import type { Problem } from "../../config/problems.ts";
import { prefixOf } from "./providers.ts";

/** A kind of model that LiteLLM's health checks cannot check. */
interface Uncheckable {
  readonly kind: string;
  readonly reason: string;
  readonly applies: (model: Model) => boolean;
}

/** Each of these would be told unhealthy although it works, so that background checks must leave it out. */
export const uncheckable: readonly Uncheckable[] = [
  {
    kind: "realtime models",
    reason: "a check opens a session over a WebSocket, which is paid for and which many addresses refuse",
    applies: ({ model_info: info }) => info?.mode === "realtime",
  },
  {
    kind: "audio chat models",
    reason: "they answer only requests that ask for audio, and LiteLLM's check of a chat model does not",
    applies: isAudioChat,
  },
  {
    kind: "embeddings of Azure AI",
    reason: "the address answers checks with 404 while it serves real requests",
    applies: (model) => prefixOf(model) === "azure_ai" && model.model_info?.mode === "embedding",
  },
];

/** Names as OpenAI gives them: gpt-audio, gpt-audio-mini, gpt-4o-audio-preview. */
const audioChatName = /(^|\/)gpt-([\w.]+-)*audio(-|$)/;

const speechModes: readonly (Mode | undefined)[] = ["audio_speech", "audio_transcription", "realtime"];

function isAudioChat({ litellm_params: params, model_info: info }: Model): boolean {
  if (speechModes.includes(info?.mode)) return false;
  return (
    audioChatName.test(info?.base_model ?? params.model) ||
    info?.supports_audio_output === true ||
    params.modalities?.includes("audio") === true
  );
}

/** What the rule says of a deployment's health checks, unless it says something itself. */
export function healthCheckInfo(model: Model): { disable_background_health_check?: boolean } {
  return uncheckable.some(({ applies }) => applies(model)) ? { disable_background_health_check: true } : {};
}

/** Modes whose check is a chat, to which the number of tokens and the effort belong. */
const chatModes: readonly Mode[] = ["chat", "completion", "responses", "anthropic_messages"];

/** Modes and health checks that do not fit the model or each other. */
export function modeProblems(model: Model, path: string): Problem[] {
  const { litellm_params: params, model_info: info = {} } = model;
  const { mode } = info;
  const problems: Problem[] = [];
  const report = (field: string, message: string) => problems.push({ path: `${path}.${field}`, message });

  if (mode === "audio_speech" && audioChatName.test(info.base_model ?? params.model))
    report("model_info.mode", "is audio_speech, but this is a chat model that speaks. Remove it, or set chat.");
  if (mode === "embedding" && prefixOf(model) === "cohere" && isAzure(params.api_base))
    report("litellm_params.model", "must start with azure_ai/ for an embedding model of Azure AI, not with cohere/");
  if (info.health_check_voice !== undefined && mode !== "audio_speech")
    report("model_info.health_check_voice", "has no effect. Remove it, or set mode: audio_speech.");
  for (const field of [
    "health_check_max_tokens",
    "health_check_max_tokens_reasoning",
    "health_check_max_tokens_non_reasoning",
  ] as const)
    if (info[field] !== undefined && mode !== undefined && !chatModes.includes(mode))
      report(`model_info.${field}`, `has no effect with mode ${mode}: its check has no number of tokens. Remove it.`);
  if (info.health_check_reasoning_effort !== undefined && mode !== undefined && !["chat", "completion"].includes(mode))
    report(
      "model_info.health_check_reasoning_effort",
      `has no effect with mode ${mode}: its check does not reason. Remove it.`,
    );
  for (const field of ["dimensions", "encoding_format"] as const)
    if (params[field] !== undefined && mode !== undefined && mode !== "embedding")
      report(`litellm_params.${field}`, `has no effect with mode ${mode}: it belongs to embeddings. Remove it.`);
  return problems;
}

function isAzure(address: string | undefined): boolean {
  return address !== undefined && /^https?:\/\/[^/]*\.azure\.com(?=[:/]|$)/.test(address);
}
