// Package s3blob says that S3 is not part of the local Pulumi CLI.
package s3blob

import (
	"context"
	"errors"
	"net/url"

	"gocloud.dev/blob"
)

const Scheme = "s3"

func init() { blob.DefaultURLMux().RegisterBucket(Scheme, absent{}) }

type absent struct{}

func (absent) OpenBucketURL(context.Context, *url.URL) (*blob.Bucket, error) {
	return nil, errors.New("the local Pulumi CLI keeps its state in files or in PostgreSQL, not in S3")
}
