// Package gcsblob says that Google Cloud Storage is not part of the local Pulumi CLI.
package gcsblob

import (
	"context"
	"errors"
	"net/url"

	"gocloud.dev/blob"
)

const Scheme = "gs"

func init() { blob.DefaultURLMux().RegisterBucket(Scheme, absent{}) }

type absent struct{}

func (absent) OpenBucketURL(context.Context, *url.URL) (*blob.Bucket, error) {
	return nil, errors.New("the local Pulumi CLI keeps its state in files or in PostgreSQL, not in Google Cloud Storage")
}
