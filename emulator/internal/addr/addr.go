// Package addr finds the bucket and the object key of a request in its Host header and raw path
// (COS docs: 创建请求概述, 地域和访问域名).
package addr

import (
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/signer"
)

// Style is where a request names its bucket.
type Style int

// The styles of addresses.
const (
	// Service names no bucket. It is the address of the list of buckets.
	Service Style = iota
	// VirtualHost has the bucket in the host name: <bucket>.cos.<region>.myqcloud.com.
	VirtualHost
	// PathStyle has the bucket in the path: cos.<region>.myqcloud.com/<bucket>/<key>.
	PathStyle
	// Alias is a host, or a host with a port, that the configuration maps to a bucket.
	Alias
)

// MaxKey is the length of the longest object key, in bytes of UTF-8 (COS docs: 对象概述; choice 56:
// what is counted).
const MaxKey = 850

// Address is the bucket, key and host of a request.
type Address struct {
	Style Style
	// Bucket is the name in the request, with the APPID if the request has it.
	Bucket string
	// AppID is the digits after the last dash of Bucket. It is empty where there are none.
	AppID string
	// Region is the region in the host name. It is empty where there is none.
	Region string
	// Key is percent-decoded once. An invalid escape stays as it is. A `+` stays too, although the
	// signature treats it as a space (choice 304).
	Key string
	// PathPrefix is "/<bucket>" as in the raw path, for path style. Else it is empty.
	PathPrefix string
	// Endpoint is the kind of the host.
	Endpoint Endpoint
}

// Config configures host names besides those of COS.
type Config struct {
	// Domains make <bucket>.<domain>, <bucket>.cos.<region>.<domain> and <domain>/<bucket> valid
	// addresses.
	Domains []string
	// Aliases map a host or host:port to a bucket. [Resolver.Resolve] describes the two kinds.
	Aliases map[string]string
	// IsBucket reports whether a bucket exists. Nil means that none exists.
	IsBucket func(name string) bool
	// HasAccount reports whether there is a key pair of this account (APPID). Nil means that there
	// is none.
	HasAccount func(appID string) bool
}

// Resolver finds the bucket and key of requests. It is safe for concurrent use if Config.IsBucket
// and Config.HasAccount are. Only its aliases change.
type Resolver struct {
	domains  []string
	aliases  atomic.Pointer[aliases] // replaced as a whole
	start    aliases                 // of the configuration
	change   sync.Mutex
	isBucket func(name string) bool

	hasAccount func(appID string) bool
}

// New returns a resolver. An error names the invalid domain or alias.
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
		if !isHost(d) || name == "" || net.ParseIP(name) != nil { // an IP address has no subdomains
			return nil, bilingual.Errorf("domain %q is not a host name", "域名 %q 不是主机名", d)
		}
		r.domains = append(r.domains, name)
	}
	// Longest first: where one domain is the end of another, the longer one matches.
	slices.SortStableFunc(r.domains, func(a, b string) int { return len(b) - len(a) })
	var err error
	r.start, err = newAliases(cfg.Aliases)
	r.aliases.Store(&r.start)
	return r, err
}

// isHost reports whether a text has no character that shows a URL or a typing mistake.
func isHost(text string) bool { return !strings.ContainsAny(text, "/@?# \t") }

// Resolve finds the address in the Host header and the raw path. Any unknown host means path style,
// so that the emulator works at each address without configuration (choice 65).
//
// There are two kinds of aliases. A host name alone is a custom domain: the whole path is the key.
// A host with a port, an IP address or localhost is an address of this server: a path that begins
// with the name of a bucket is path style, any other path is a key of the alias's bucket (choice
// 300).
func (r *Resolver) Resolve(host, rawPath string) Address {
	name := HostName(host)
	if a, ok := r.aliasFor(name, host); ok {
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
		if !ok { // the form <bucket>.<domain>
			parts = hostParts{bucket: sub}
		}
		return inHostOrPath(parts, rawPath)
	}
	return inPath("", rawPath)
}

// Serves reports whether the emulator serves a host: the names of COS and STS, the configured names,
// IP addresses and localhost. The proxy refuses all other hosts.
func (r *Resolver) Serves(host string) bool {
	name := HostName(host)
	if _, ok := r.aliasFor(name, host); ok || name == "localhost" || IsCloudHost(name) || net.ParseIP(name) != nil || IsSTSHost(name) {
		return true
	}
	return slices.ContainsFunc(r.domains, func(d string) bool {
		_, below := cutDomain(name, d)
		return below || name == d
	})
}

// MayBeLocal reports whether a Host header is valid at a listener that only this machine can reach: each
// host of Serves, each name below localhost, and each name below the domains of Tencent Cloud, even
// a misspelt one. The owner of any other name may have pointed it at this machine, to reach the
// listener from a page (DNS rebinding).
func (r *Resolver) MayBeLocal(host string) bool {
	name := HostName(host)
	if name == "" || r.Serves(host) {
		return true
	}
	return slices.ContainsFunc([]string{"localhost", "myqcloud.com", "tencentcos.cn", "tencentcloudapi.com"}, func(d string) bool {
		_, below := cutDomain(name, d)
		return below
	})
}

// cutDomain returns the part of a name before a dot and the domain.
func cutDomain(name, domain string) (string, bool) {
	sub, ok := strings.CutSuffix(name, domain)
	if !ok || len(sub) < 2 || sub[len(sub)-1] != '.' {
		return "", false
	}
	return sub[:len(sub)-1], true
}

// inHostOrPath takes the bucket from the host name, or else from the path. That includes the host
// name of the service (choice 37).
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

// cutBucket splits a raw path after its first segment. An escaped slash ends the segment too: no
// bucket name has one, and cos-go-sdk-v5 escapes the slashes of "<bucket>/<key>" where it is
// configured with an address.
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

// IsSTSHost reports whether a Host header names the service that issues temporary keys:
// sts.tencentcloudapi.com, also with labels such as a region, `internal` or `intl` in between (COS
// docs: 临时密钥生成及使用指引; API docs: CAM, 服务地址).
func IsSTSHost(host string) bool {
	const domain, first = "tencentcloudapi.com", "sts"
	sub, ok := cutDomain(HostName(host), domain)
	return ok && (sub == first || strings.HasPrefix(sub, first+".") && len(sub) > len(first)+1)
}

// HostName returns the host of a Host header in lower case, without port, brackets and final dot.
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
