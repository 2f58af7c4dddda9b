// CloudNativePG's admission webhooks alone: the rules that its operator holds objects against, on loopback and without
// the operator. The module's path lies below the operator's, since its webhooks are internal to it.
package main

import (
	"flag"
	"log"

	apiv1 "github.com/cloudnative-pg/cloudnative-pg/api/v1"
	webhookv1 "github.com/cloudnative-pg/cloudnative-pg/internal/webhook/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

func main() {
	port := flag.Int("port", 0, "port on the loopback interface")
	certDir := flag.String("cert-dir", "", "directory with tls.crt and tls.key")
	flag.Parse()
	ctrl.SetLogger(zap.New())

	scheme := runtime.NewScheme()
	utilruntime.Must(apiv1.AddToScheme(scheme))
	server := webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: *port, CertDir: *certDir})
	// The manager is never started: it only hands the webhooks to the server, and reaches for no cluster.
	manager, err := ctrl.NewManager(&rest.Config{Host: "127.0.0.1"}, ctrl.Options{
		Scheme:        scheme,
		Metrics:       metricsserver.Options{BindAddress: "0"},
		WebhookServer: server,
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, setup := range []func(ctrl.Manager) error{
		webhookv1.SetupBackupWebhookWithManager,
		webhookv1.SetupClusterWebhookWithManager,
		webhookv1.SetupDatabaseWebhookWithManager,
		webhookv1.SetupPoolerWebhookWithManager,
		webhookv1.SetupScheduledBackupWebhookWithManager,
	} {
		if err := setup(manager); err != nil {
			log.Fatal(err)
		}
	}
	if err := server.Start(ctrl.SetupSignalHandler()); err != nil {
		log.Fatal(err)
	}
}
