/** Errors in the form in which the engine reads them. */
import grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import { InitFailed } from "./plugin.ts";
import { toStruct } from "./values.ts";

/** An error as text, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A gRPC error; that of a resource which is not ready carries its state, so that the engine can keep it. */
export function toServiceError(error: unknown): Partial<grpc.StatusObject> {
  const details = messageOf(error);
  const failed = { code: grpc.status.UNKNOWN, details };
  return error instanceof InitFailed ? { ...failed, metadata: initFailedMetadata(error) } : failed;
}

function initFailedMetadata(error: InitFailed): grpc.Metadata {
  const detail = new messages.ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(toStruct(error.outputs));
  if (error.inputs !== undefined) detail.setInputs(toStruct(error.inputs));
  detail.setReasonsList([error.message]);

  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statuses.Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(error.message);
  status.addDetails(packed);

  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}
