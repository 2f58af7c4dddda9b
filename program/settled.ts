import type * as pulumi from "@pulumi/pulumi";

/** An output as a promise, which is rejected when what it comes from fails; the type does not tell of it. */
export function settled<Value>(output: pulumi.Output<Value>): Promise<Value> {
  return (output as unknown as { promise(): Promise<Value> }).promise();
}
