// Package s3 is what the Pulumi CLI names for buckets of S3, which are not part of the local one.
package s3

type CopyObjectInput struct{ CopySource *string }
