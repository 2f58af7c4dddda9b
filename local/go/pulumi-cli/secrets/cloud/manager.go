// Package cloud says that secrets by a cloud's key management are not part of the local CLI.
package cloud

import (
	"encoding/json"
	"errors"

	"github.com/pulumi/pulumi/pkg/v3/secrets"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// Type is how a state names such secrets.
const Type = "cloud"

var errAbsent = errors.New("the local Pulumi CLI has secrets by passphrase alone, not by key management " +
	"(awskms, azurekeyvault, gcpkms, hashivault)")

func EditProjectStack(*workspace.ProjectStack, json.RawMessage) error { return errAbsent }

func NewCloudSecretsManagerFromState(json.RawMessage) (secrets.Manager, error) { return nil, errAbsent }

func NewCloudSecretsManager(*workspace.ProjectStack, string, bool) (secrets.Manager, error) {
	return nil, errAbsent
}
