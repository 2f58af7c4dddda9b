// Package neo says that Pulumi Cloud's assistant is not part of the local CLI.
package neo

import (
	"errors"

	"github.com/spf13/cobra"
)

func NewNeoCmd() *cobra.Command {
	return &cobra.Command{
		Use:                "neo",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("`pulumi neo` is not part of the local Pulumi CLI")
		},
	}
}
