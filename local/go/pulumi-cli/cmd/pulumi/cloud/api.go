// Package cloud knows who is logged in to Pulumi Cloud; its command is not part of the local CLI.
package cloud

import (
	"errors"

	"github.com/spf13/cobra"
)

// APIError is what other commands ask an error for, and none is.
type APIError struct {
	ExitCode int
	Silent   bool
}

func (*APIError) Error() string { return "" }

func NewAPICmd() *cobra.Command {
	return &cobra.Command{
		Use:                "api",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("`pulumi api` is not part of the local Pulumi CLI")
		},
	}
}
