// Package register takes the place of External Secrets' own package of this name, which imports every provider and
// with them the SDKs of all clouds. The local control plane has Vault, and the cluster itself for what one tenant's
// Secrets are gathered from.
package register

import (
	_ "github.com/external-secrets/external-secrets/pkg/provider/kubernetes"
	_ "github.com/external-secrets/external-secrets/pkg/provider/vault"
)
