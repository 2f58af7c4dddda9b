// Package discover says that joining a raft cluster by a cloud's metadata is not part of the local Vault.
package discover

import (
	"errors"
	"log"
)

// ErrAbsent is what every lookup returns.
var ErrAbsent = errors.New("auto-join of a raft cluster is not part of the local Vault")

type Provider interface {
	Addrs(args map[string]string, l *log.Logger) ([]string, error)
}

var Providers map[string]Provider

type Discover struct{}

type Option func(*Discover) error

func New(...Option) (*Discover, error) { return &Discover{}, nil }

func WithProviders(map[string]Provider) Option { return nil }

func (*Discover) Addrs(string, *log.Logger) ([]string, error) { return nil, ErrAbsent }
