// Package addr tells which bucket and key a request is about, from its Host
// and its raw path (COS docs: 创建请求概述, 地域和访问域名).
package addr

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// Style is the way in which a request names its bucket.
type Style int

// The styles of addresses.
const (
	// Service names no bucket: the list of buckets.
	Service Style = iota
	// VirtualHost has the bucket in the host: <bucket>.cos.<region>.myqcloud.com.
	VirtualHost
	// PathStyle has it in the path: cos.<region>.myqcloud.com/<bucket>/<key>.
	PathStyle
	// Alias is a host, or a host and port, that was configured for a bucket.
	Alias
)

// MaxKey is the length of the longest object key, in bytes of UTF-8 (COS docs:
// 对象概述; choice 56 on what is counted).
const MaxKey = 850

// Address is what a request is about.
type Address struct {
	Style Style
	// Bucket is as it was named, APPID included if it was there.
	Bucket string
	// AppID is the digits behind the bucket's last dash; empty when there are
	// none.
	AppID string
	// Region is as the host says; empty when it names none.
	Region string
	// Key is percent-decoded once. A bad escape stays as it is, and so does a
	// `+`, though it is signed as a blank (choice 304).
	Key string
	// PathPrefix is "/<bucket>" as it arrived, on path style; else empty.
	PathPrefix string
	// Endpoint is the kind of host that it came to.
	Endpoint Endpoint
}

// Config are the host names beside the cloud's own.
type Config struct {
	// Domains are names under which <bucket>.<domain>,
	// <bucket>.cos.<region>.<domain> and <domain>/<bucket> are addresses.
	Domains []string
	// Aliases are hosts that stand for one bucket each, by host or host:port. See
	// [Resolver.Resolve] for the two kinds of them.
	Aliases map[string]string
	// IsBucket tells whether there is a bucket of this name. nil: none is known.
	IsBucket func(name string) bool
	// HasAccount tells whether somebody could make buckets of this APPID. nil:
	// nobody.
	HasAccount func(appID string) bool
}

// Resolver reads addresses. It is immutable and safe for concurrent use, if
// Config.IsBucket and Config.HasAccount are.
type Resolver struct {
	domains  []string
	aliases  aliases
	isBucket func(name string) bool

	hasAccount func(appID string) bool
}

// New returns a resolver; its error names a domain or an alias that is none.
func New(cfg Config) (*Resolver, error) {
	r := &Resolver{isBucket: cfg.IsBucket, hasAccount: cfg.HasAccount}
	if r.hasAccount == nil {
		r.hasAccount = func(string) bool { return false }
	}
	if r.isBucket == nil {
		r.isBucket = func(string) bool { return false }
	}
	for _, d := range cfg.Domains {
		name := HostName(d)
		if !isHost(d) || name == "" || net.ParseIP(name) != nil { // an address has no names below it
			return nil, fmt.Errorf("domain %q is not a host name", d)
		}
		r.domains = append(r.domains, name)
	}
	// The longest first: below a domain that ends in another, that one decides.
	slices.SortStableFunc(r.domains, func(a, b string) int { return len(b) - len(a) })
	var err error
	r.aliases, err = newAliases(cfg.Aliases)
	return r, err
}

// isHost tells whether a text can stand in a Host header, roughly: it keeps out
// URLs and slips of the pen.
func isHost(text string) bool { return !strings.ContainsAny(text, "/@?# \t") }

// Resolve reads an address from the Host header and the raw path of the
// target. A host that names no bucket and is not configured is path style, so
// that the emulator works at any address without a setting (choice 65).
//
// An alias that is a host name alone is a custom domain: the whole path is the
// key. An alias with a port, an IP address or localhost is an address of this
// server: a path that begins with a bucket's name is path style there too, and
// any other is a key of the alias's bucket (choice 300).
func (r *Resolver) Resolve(host, rawPath string) Address {
	name := HostName(host)
	if a, ok := r.aliases.find(name, host); ok {
		if a.address && r.beginsWithBucket(rawPath, AppID(a.bucket)) {
			return inPath("", rawPath)
		}
		return inHost(Alias, a.bucket, "", rawPath)
	}
	if sub, ok := cutCloudSuffix(name); ok {
		if parts, ok := splitHost(sub); ok {
			return inHostOrPath(parts, rawPath)
		}
		if bucket, ok := otherService(sub); ok {
			return Address{Bucket: bucket, AppID: AppID(bucket), Endpoint: OtherService}
		}
	}
	for _, d := range r.domains {
		sub, ok := cutDomain(name, d)
		if !ok {
			continue
		}
		parts, ok := splitHost(sub)
		if !ok { // <bucket>.<domain>
			parts = hostParts{bucket: sub}
		}
		return inHostOrPath(parts, rawPath)
	}
	return inPath("", rawPath)
}

// Knows tells whether a host is one of the emulator's own: the cloud's names,
// the configured ones, and every address of a machine's own, which a name that
// must be resolved is not. A proxy must not take anybody else's requests.
func (r *Resolver) Knows(host string) bool {
	name := HostName(host)
	if _, ok := r.aliases.find(name, host); ok || name == "localhost" || net.ParseIP(name) != nil || IsCloudHost(name) || IsSTSHost(name) {
		return true
	}
	return slices.ContainsFunc(r.domains, func(d string) bool {
		_, below := cutDomain(name, d)
		return below || name == d
	})
}

// Local tells whether a Host header can be meant for a listener that only this
// machine reaches: whatever Knows knows, the names below localhost, and all of the
// cloud's, misspelt ones too. Any other name may be one that its owner made to
// resolve to this machine, for a page in a browser (DNS rebinding).
func (r *Resolver) Local(host string) bool {
	name := HostName(host)
	if name == "" || r.Knows(host) {
		return true
	}
	return slices.ContainsFunc([]string{"localhost", "myqcloud.com", "tencentcos.cn", "tencentcloudapi.com"}, func(d string) bool {
		_, below := cutDomain(name, d)
		return below
	})
}

// cutDomain is what a name has before a domain and its dot.
func cutDomain(name, domain string) (string, bool) {
	sub, ok := strings.CutSuffix(name, domain)
	if !ok || len(sub) < 2 || sub[len(sub)-1] != '.' {
		return "", false
	}
	return sub[:len(sub)-1], true
}

// inHostOrPath takes the bucket from the host, or from the path when the host
// names none, the service's host included (choice 37).
func inHostOrPath(parts hostParts, rawPath string) Address {
	a := inPath(parts.region, rawPath)
	if parts.bucket != "" {
		a = inHost(VirtualHost, parts.bucket, parts.region, rawPath)
	}
	a.Endpoint = parts.endpoint
	return a
}

func inHost(style Style, bucket, region, rawPath string) Address {
	return Address{
		Style: style, Bucket: bucket, AppID: AppID(bucket), Region: region,
		Key: signer.Decode(strings.TrimPrefix(rawPath, "/")),
	}
}

func inPath(region, rawPath string) Address {
	if !strings.HasPrefix(rawPath, "/") {
		rawPath = "/" + rawPath
	}
	segment, key := cutBucket(rawPath[1:])
	bucket := signer.Decode(segment)
	if bucket == "" {
		return Address{Style: Service, Region: region}
	}
	return Address{
		Style: PathStyle, Bucket: bucket, AppID: AppID(bucket), Region: region,
		Key: signer.Decode(key), PathPrefix: rawPath[:1+len(segment)],
	}
}

// cutBucket splits a raw path behind its first segment. An escaped slash ends it
// too: no bucket has one in its name, and cos-go-sdk-v5 escapes the slashes of
// what it takes for the key, "<bucket>/<key>" where it is aimed at an address.
func cutBucket(path string) (segment, key string) {
	for i := range len(path) {
		switch {
		case path[i] == '/':
			return path[:i], path[i+1:]
		case path[i] == '%' && len(path) > i+2 && strings.EqualFold(path[i:i+3], "%2f"):
			return path[:i], path[i+3:]
		}
	}
	return path, ""
}

// IsSTSHost tells whether a Host header holds one of the names of the service
// that issues temporary keys: sts.tencentcloudapi.com, and with one label or
// more in between, a region, `internal` or `intl` (COS docs: 临时密钥生成及使用指引;
// API docs: CAM, 服务地址).
func IsSTSHost(host string) bool {
	const domain, first = "tencentcloudapi.com", "sts"
	sub, ok := cutDomain(HostName(host), domain)
	return ok && (sub == first || strings.HasPrefix(sub, first+".") && len(sub) > len(first)+1)
}

// HostName is a Host header in lower case without port, brackets and the dot
// of a fully qualified name.
func HostName(host string) string {
	if h, ok := strings.CutPrefix(host, "["); ok {
		h, _, _ = strings.Cut(h, "]")
		return strings.ToLower(h)
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.IndexByte(host, ':') == i {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
