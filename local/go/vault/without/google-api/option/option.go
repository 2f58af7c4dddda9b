// Package option is what Vault names of Google's API clients, none of which are part of the local Vault.
package option

type ClientOption any

func WithUserAgent(string) ClientOption { return nil }
