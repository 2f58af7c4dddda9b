package vault

import (
	"context"
	"errors"

	"github.com/external-secrets/external-secrets/pkg/provider/vault/iamauth"
	"github.com/external-secrets/external-secrets/pkg/provider/vault/util"
)

func setIamAuthToken(_ context.Context, v *client, _ util.JwtProviderFactory, _ iamauth.STSProvider) (bool, error) {
	if v.store.Auth.Iam == nil {
		return false, nil
	}
	return true, errors.New("logging in to Vault by AWS IAM is not part of the local control plane")
}
