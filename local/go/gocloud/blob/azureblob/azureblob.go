// Package azureblob says that Azure Blob Storage is not part of the local Pulumi CLI.
package azureblob

import (
	"context"
	"errors"
	"net/url"

	"gocloud.dev/blob"
)

const Scheme = "azblob"

func init() { blob.DefaultURLMux().RegisterBucket(Scheme, absent{}) }

type absent struct{}

func (absent) OpenBucketURL(context.Context, *url.URL) (*blob.Bucket, error) {
	return nil, errors.New("the local Pulumi CLI keeps its state in files or in PostgreSQL, not in Azure Blob Storage")
}
