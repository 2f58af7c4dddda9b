// Package iamauth says nothing of AWS: logging in to Vault by it is not part of the local control plane.
package iamauth

import "github.com/external-secrets/external-secrets/pkg/provider/vault/util"

type STSProvider any

var (
	DefaultJWTProvider util.JwtProviderFactory
	DefaultSTSProvider STSProvider
)
