// One program with every server of the local control plane, named by its first argument, so that the packages they
// share are compiled and linked once. The servers are their projects' own; only `certs` (certificates.go) is ours.
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	externalsecrets "github.com/external-secrets/external-secrets/cmd/controller"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kwokconfig "sigs.k8s.io/kwok/pkg/config"
	kwok "sigs.k8s.io/kwok/pkg/kwok/cmd"
	kwoklog "sigs.k8s.io/kwok/pkg/log"
	kwoksignals "sigs.k8s.io/kwok/pkg/utils/signals"
)

var programs = map[string]func() error{
	"certs":                   writeCertificates,
	"etcd":                    func() error { etcdmain.Main(os.Args); return nil },
	"external-secrets":        func() error { forgetGlobalFlags(); externalsecrets.Execute(); return nil },
	"kube-apiserver":          func() error { return run(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() error { return run(controllermanager.NewControllerManagerCommand()) },
	"kube-scheduler":          func() error { return run(scheduler.NewSchedulerCommand()) },
	"kubectl":                 func() error { forgetGlobalFlags(); return cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()) },
	"kwok":                    runKwok,
}

func main() {
	var program func() error
	if len(os.Args) > 1 {
		program = programs[os.Args[1]]
	}
	if program == nil {
		fmt.Fprintf(os.Stderr, "usage: %s PROGRAM [ARGUMENT...], where PROGRAM is one of: %s\n", os.Args[0], strings.Join(names(), " "))
		os.Exit(2)
	}
	os.Args = os.Args[1:]
	if err := program(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
		os.Exit(1)
	}
}

func names() []string {
	var result []string
	for name := range programs {
		result = append(result, name)
	}
	slices.Sort(result)
	return result
}

// run is what the main functions of Kubernetes' own servers do.
func run(command *cobra.Command) error {
	os.Exit(cli.Run(command))
	return nil
}

// forgetGlobalFlags drops the flags that packages of the Kubernetes servers register for every program that imports
// them: other commands would show them, or refuse to start because they have a flag of the same name.
func forgetGlobalFlags() {
	pflag.CommandLine = pflag.NewFlagSet(os.Args[0], pflag.ContinueOnError)
}

// runKwok is KWOK's own main function, which lies in a package that cannot be imported.
func runKwok() error {
	forgetGlobalFlags()
	flags := pflag.NewFlagSet("global", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}
	ctx, _ := kwoklog.InitFlags(kwoksignals.SetupSignalContext(), flags)
	ctx, err := kwokconfig.InitFlags(ctx, flags)
	if err != nil {
		return err
	}
	command := kwok.NewCommand(ctx)
	command.PersistentFlags().AddFlagSet(flags)
	return command.ExecuteContext(ctx)
}
