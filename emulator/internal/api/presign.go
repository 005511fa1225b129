package api

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// PresignRequest asks for a URL that works on this emulator as it is.
type PresignRequest struct {
	Method string // PUT when empty
	Bucket string // with its APPID
	Key    string // unescaped, without a leading slash
	// Expires is how long the URL is valid, from the emulator's time on;
	// an hour when zero.
	Expires time.Duration
	// Family of the signature.
	Family signer.Family
	// Header must be sent with the request, and is signed.
	Header http.Header
	// Query is put into the URL, and signed.
	Query url.Values
	// SecretID chooses the key pair; empty means one of the bucket's owner.
	SecretID string
}

// PresignReply is the URL, and a command line that uses it.
type PresignReply struct{ URL, Curl string }

// Presign signs a path-style URL at Config.Endpoint, so that it works without
// any name resolution; under Strict.PathStyle, which refuses such, one at a name
// of the bucket (see urlHost). It returns an error that wraps identity.ErrNoKey or
// storage.ErrNoBucket, or says what is wrong with the request.
func (e *Emulator) Presign(in PresignRequest) (PresignReply, error) {
	if in.Method == "" {
		in.Method = http.MethodPut
	}
	in.Method = strings.ToUpper(in.Method)
	if in.Expires == 0 {
		in.Expires = time.Hour
	}
	bucket, err := e.store.Bucket(in.Bucket)
	if err != nil {
		return PresignReply{}, bilingual.Errorf("bucket %q: %w", "存储桶 %q：%w", in.Bucket, err)
	}
	key, err := e.who.SigningKey(in.SecretID, bucket.Owner)
	if err != nil {
		return PresignReply{}, err
	}
	p, err := signer.Presign(signer.PresignInput{
		Credentials: key.Credentials(), Method: in.Method, Family: in.Family, Region: bucket.Region, Scheme: "http",
		Host: urlHost(&e.cfg, e.port, &bucket), Bucket: in.Bucket, PathStyle: !e.cfg.Strict.PathStyle, Key: in.Key,
		Start: e.env.Now(bucket.Owner), Expires: in.Expires, Header: in.Header, Query: in.Query,
	})
	if err != nil {
		return PresignReply{}, err
	}
	return PresignReply{URL: p.URL, Curl: p.Curl()}, nil
}

// urlHost is where ready-made URLs point: to Config.Endpoint, or, where path
// style is refused, to the bucket under the first configured domain, at the same
// port. Every curl and browser of the day finds what ends in .localhost by
// itself. Without a domain it is the bucket's name in the cloud, for which the
// caller must find the way.
func urlHost(cfg *Config, port string, b *storage.Bucket) string {
	if !cfg.Strict.PathStyle {
		return cfg.Endpoint
	}
	host := b.Name + ".cos." + b.Region + ".myqcloud.com"
	if len(cfg.Domains) > 0 {
		host = b.Name + "." + cfg.Domains[0]
	}
	if port == "" {
		return host
	}
	return net.JoinHostPort(host, port)
}
