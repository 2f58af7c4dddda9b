import * as pulumi from "@pulumi/pulumi";

/**
 * Gives each connection from an inline program to its engine a state of its own.
 *
 * Pulumi's runtime leaves the connections of an inline program open, and all of one process share what they know of a
 * port. When an `up` fails while it runs, its connection goes on knocking at the dead engine's port; a later `up` whose
 * engine is given that very port is then told "14 UNAVAILABLE: No connection established" without being connected.
 */
export function separateEngineConnections(): void {
  const { grpcClientOptions } = pulumi.runtime as unknown as { readonly grpcClientOptions: Record<string, unknown> };
  grpcClientOptions["grpc.use_local_subchannel_pool"] = 1;
}
