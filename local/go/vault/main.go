// The local control plane's Vault: Vault's own core and HTTP API over a file backend, with KV version 2, the Kubernetes
// auth method and AppRole. It initializes itself at its first start and unseals itself at later ones, which is right
// for trying and testing on one machine and for nothing else.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	authkubernetes "github.com/hashicorp/vault-plugin-auth-kubernetes"
	"github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/command/server"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/file"
	"github.com/hashicorp/vault/vault"
)

// keys is what a start needs to know about an initialized Vault.
type keys struct {
	UnsealKey string `json:"unseal_key"`
	RootToken string `json:"root_token"`
}

var secretEngines = map[string]logical.Factory{"kv": kv.Factory}

var authMethods = map[string]logical.Factory{"kubernetes": authkubernetes.Factory, "approle": approle.Factory}

// builtins tells Vault's plugin catalogue what is compiled in; mounting anything asks it.
type builtins struct{}

func (builtins) factories(kind consts.PluginType) map[string]logical.Factory {
	switch kind {
	case consts.PluginTypeSecrets:
		return secretEngines
	case consts.PluginTypeCredential:
		return authMethods
	default:
		return nil
	}
}

func (b builtins) Contains(name string, kind consts.PluginType) bool {
	return b.factories(kind)[name] != nil
}

func (b builtins) Get(name string, kind consts.PluginType) (func() (any, error), bool) {
	factory, found := b.factories(kind)[name]
	return func() (any, error) { return factory, nil }, found
}

func (b builtins) Keys(kind consts.PluginType) []string {
	var names []string
	for name := range b.factories(kind) {
		names = append(names, name)
	}
	return names
}

func (b builtins) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, b.Contains(name, kind)
}

func main() {
	listen := flag.String("listen", "127.0.0.1:8200", "address to serve on")
	data := flag.String("data", "", "directory of the encrypted data")
	init := flag.String("init", "", "file with the unseal key and the root token, made at the first start")
	flag.Parse()
	if *data == "" || *init == "" {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*listen, *data, *init); err != nil {
		fmt.Fprintln(os.Stderr, "vault:", err)
		os.Exit(1)
	}
}

func run(listen, data, initFile string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	core, err := newCore(data, "http://"+listener.Addr().String())
	if err != nil {
		return fmt.Errorf("cannot open %s: %w", data, err)
	}
	if err := unseal(ctx, core, initFile); err != nil {
		return err
	}
	httpServer := &http.Server{Handler: vaulthttp.Handler.Handler(&vault.HandlerProperties{
		Core:           core,
		ListenerConfig: &configutil.Listener{Type: "tcp", Address: listen, TLSDisable: true},
	})}
	failed := make(chan error, 1)
	go func() { failed <- httpServer.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(httpServer.Shutdown(deadline), core.Shutdown())
}

func newCore(data, address string) (*vault.Core, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	logger := hclog.New(&hclog.LoggerOptions{Name: "vault", Level: hclog.Info, Output: os.Stderr, Mutex: &sync.Mutex{}})
	backend, err := file.NewFileBackend(map[string]string{"path": data}, logger.Named("storage"))
	if err != nil {
		return nil, err
	}
	return vault.NewCore(&vault.CoreConfig{
		Physical:           backend,
		StorageType:        "file",
		RedirectAddr:       address,
		LogicalBackends:    secretEngines,
		CredentialBackends: authMethods,
		BuiltinRegistry:    builtins{},
		RawConfig:          &server.Config{SharedConfig: &configutil.SharedConfig{}},
		DisableMlock:       true,
		Logger:             logger,
	})
}

// unseal opens the core with the key in initFile, and makes both on the first start.
func unseal(ctx context.Context, core *vault.Core, initFile string) error {
	initialized, err := core.Initialized(ctx)
	if err != nil {
		return err
	}
	var known keys
	if initialized {
		text, err := os.ReadFile(initFile)
		if err != nil {
			return fmt.Errorf("the data is from an earlier start whose keys cannot be read; delete both to begin anew: %w", err)
		}
		if err := json.Unmarshal(text, &known); err != nil {
			return fmt.Errorf("%s is not valid JSON", initFile)
		}
	} else {
		result, err := core.Initialize(ctx, &vault.InitParams{
			BarrierConfig: &vault.SealConfig{SecretShares: 1, SecretThreshold: 1},
		})
		if err != nil {
			return err
		}
		known = keys{UnsealKey: hex.EncodeToString(result.SecretShares[0]), RootToken: result.RootToken}
		if err := writeKeys(initFile, known); err != nil {
			return err
		}
	}
	key, err := hex.DecodeString(known.UnsealKey)
	if err != nil {
		return fmt.Errorf("the unseal key in %s is not hexadecimal", initFile)
	}
	if opened, err := core.Unseal(key); err != nil || !opened {
		return fmt.Errorf("the unseal key in %s does not open the data: %w", initFile, err)
	}
	return nil
}

func writeKeys(path string, known keys) error {
	text, err := json.Marshal(known)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}
