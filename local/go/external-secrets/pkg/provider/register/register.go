// Package register takes the place of External Secrets' own package of this name, which imports every provider and
// with them the SDKs of all clouds. The local control plane has Vault only.
package register

import _ "github.com/external-secrets/external-secrets/pkg/provider/vault"
