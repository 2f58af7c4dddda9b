module litellm-platform/local/crds

go 1.26.4

require (
	github.com/cloudnative-pg/plugin-barman-cloud v0.15.0
	github.com/kedacore/keda/v2 v2.21.0
	github.com/prometheus-operator/prometheus-operator v0.85.0
	sigs.k8s.io/gateway-api v1.6.0
)
