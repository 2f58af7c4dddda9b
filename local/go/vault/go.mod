module litellm-platform/local/vault

go 1.26.0

require (
	github.com/hashicorp/vault v1.14.0
	github.com/hashicorp/vault-plugin-auth-kubernetes v0.16.0
	github.com/hashicorp/vault-plugin-secrets-kv v0.15.0
	github.com/hashicorp/vault/sdk v0.9.2-0.20230530190758-08ee474850e0
)

// Vault 1.14 was written against the msgpack of the v1 line; the later v2 encodes differently.
replace github.com/hashicorp/go-msgpack => github.com/hashicorp/go-msgpack v1.1.5
