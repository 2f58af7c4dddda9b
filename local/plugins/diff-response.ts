/** The engine's form of a {@link DiffResult}. */
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type { PropertyDiff } from "./diff.ts";
import type { DiffResult } from "./plugin.ts";

/** Writes a diff for the engine, with the details that it shows to the user. */
export function toDiffResponse(result: DiffResult): messages.DiffResponse {
  const response = new messages.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  response.setChanges(result.details.size === 0 ? DIFF_NONE : DIFF_SOME);
  response.setHasdetaileddiff(true);
  response.setDeletebeforereplace(result.deleteBeforeReplace);
  const changedProperties = [...result.details.keys()].map((path) => path.split(/[.[]/)[0] ?? path);
  response.setDiffsList([...new Set(changedProperties)]);
  for (const [path, diff] of result.details) {
    if (diff.replace) response.addReplaces(path);
    const detail = new messages.PropertyDiff().setKind(kindOf(diff)).setInputdiff(true);
    response.getDetaileddiffMap().set(path, detail);
  }
  return response;
}

function kindOf({ kind, replace }: PropertyDiff): messages.PropertyDiff.Kind {
  const { Kind } = messages.PropertyDiff;
  if (kind === "add") return replace ? Kind.ADD_REPLACE : Kind.ADD;
  if (kind === "delete") return replace ? Kind.DELETE_REPLACE : Kind.DELETE;
  return replace ? Kind.UPDATE_REPLACE : Kind.UPDATE;
}
