// Package awskms says that this seal is not part of the local Vault.
package awskms

import (
	"context"
	"errors"

	"github.com/hashicorp/go-hclog"
	wrapping "github.com/hashicorp/go-kms-wrapping/v2"
)

// Wrapper cannot be configured, and Vault uses none that is not.
type Wrapper struct{ wrapping.Wrapper }

func NewWrapper() *Wrapper { return &Wrapper{} }

func (*Wrapper) SetConfig(context.Context, ...wrapping.Option) (*wrapping.WrapperConfig, error) {
	return nil, errors.New("a seal by AWS KMS is not part of the local Vault")
}

// WithLogger is handed to every kind of seal, and others than AWS KMS ignore it.
func WithLogger(hclog.Logger) wrapping.Option { return func() any { return nil } }
