package operations

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

var errAbsent = errors.New("logs of a cloud's resources are not part of the local Pulumi CLI")

func CloudOperationsProvider(map[config.Key]string, *Resource) (Provider, error) {
	return nil, errAbsent
}

func AWSOperationsProvider(context.Context, map[config.Key]string, *Resource) (Provider, error) {
	return nil, errAbsent
}

func GCPOperationsProvider(context.Context, map[config.Key]string, *Resource) (Provider, error) {
	return nil, errAbsent
}
