// Package authhelpers says that Google Cloud is not part of the local CLI.
package authhelpers

import (
	"context"
	"errors"

	"gocloud.dev/blob"
)

func GoogleCredentialsMux(context.Context) (*blob.URLMux, error) {
	return nil, errors.New("the local Pulumi CLI keeps its state in files or in PostgreSQL, not in Google Cloud Storage")
}
