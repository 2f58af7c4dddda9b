package provider

import (
	"context"
	"fmt"

	providerresource "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Components (YAML files, charts that are only rendered, kustomizations) are left out: they are two thirds of what there
// is to compile.
var resourceProviders map[string]providerresource.ResourceProviderFactory

// Construct refuses every component.
func (k *kubeProvider) Construct(_ context.Context, req *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	return nil, fmt.Errorf("this build of the Kubernetes plugin has no component %q", req.GetType())
}
