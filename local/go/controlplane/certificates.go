package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const validity = 10 * 365 * 24 * time.Hour

// clients log in with a certificate: all but etcd-client to the API server, where name and group decide what they may do.
var clients = map[string]pkix.Name{
	"admin":                   {CommonName: "local-admin", Organization: []string{"system:masters"}},
	"etcd-client":             {CommonName: "etcd-client"},
	"external-secrets":        {CommonName: "external-secrets", Organization: []string{"system:masters"}},
	"kwok":                    {CommonName: "kwok", Organization: []string{"system:masters"}},
	"kube-controller-manager": {CommonName: "system:kube-controller-manager"},
	"kube-scheduler":          {CommonName: "system:kube-scheduler"},
}

// writeCertificates fills the directory named by its argument with a certificate authority, one certificate for
// all servers, one certificate per client and the key pair that signs service account tokens.
func writeCertificates() error {
	if len(os.Args) != 2 {
		return errors.New("usage: certs DIRECTORY")
	}
	directory := os.Args[1]
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	authority := issuer{template: certificate(pkix.Name{CommonName: "litellm-platform local"})}
	authority.template.IsCA = true
	authority.template.BasicConstraintsValid = true
	authority.template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	var err error
	if authority.key, err = (issuer{}).issue(directory, "ca", authority.template); err != nil {
		return err
	}
	server := certificate(pkix.Name{CommonName: "localhost"})
	server.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	server.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	server.DNSNames = []string{"localhost", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}
	if _, err := authority.issue(directory, "server", server); err != nil {
		return err
	}
	for name, subject := range clients {
		client := certificate(subject)
		client.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		if _, err := authority.issue(directory, name, client); err != nil {
			return err
		}
	}
	return writeServiceAccountKeys(directory)
}

func certificate(subject pkix.Name) *x509.Certificate {
	// A little in the past, for clocks that disagree.
	begin := time.Now().Add(-time.Hour)
	return &x509.Certificate{Subject: subject, NotBefore: begin, NotAfter: begin.Add(validity), KeyUsage: x509.KeyUsageDigitalSignature}
}

// issuer signs certificates; the zero value lets each sign itself.
type issuer struct {
	template *x509.Certificate
	key      crypto.Signer
}

// issue writes NAME.crt and NAME.key and returns the key.
func (i issuer) issue(directory, name string, template *x509.Certificate) (crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126)); err != nil {
		return nil, err
	}
	parent, signer := i.template, i.key
	if signer == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, err
	}
	return key, errors.Join(writePEM(directory, name+".crt", "CERTIFICATE", der), writeKey(directory, name+".key", key))
}

func writeServiceAccountKeys(directory string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	return errors.Join(writeKey(directory, "service-account.key", key), writePEM(directory, "service-account.pub", "PUBLIC KEY", public))
}

// writeKey uses the SEC 1 form, the one that the API server reads for service account keys.
func writeKey(directory, name string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(directory, name, "EC PRIVATE KEY", der)
}

func writePEM(directory, name, kind string, der []byte) error {
	return os.WriteFile(filepath.Join(directory, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
