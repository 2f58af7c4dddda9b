// Package resource says that a link to HashiCorp's cloud is not part of the local Vault.
package resource

import "errors"

type Resource struct{}

func FromString(string) (Resource, error) {
	return Resource{}, errors.New("a link to HCP is not part of the local Vault")
}
