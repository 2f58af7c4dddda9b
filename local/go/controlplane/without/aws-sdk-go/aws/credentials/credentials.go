// Package credentials is what External Secrets' Vault provider names of AWS, which is not part of the local control
// plane.
package credentials

type Provider any
