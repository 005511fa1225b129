// Package addr tells which bucket and key a request is about, from its Host
// and its raw path (COS docs: 创建请求概述, 地域和访问域名).
package addr

import (
	"errors"
	"fmt"
	"net"
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
	// Alias is a host that was configured for a bucket.
	Alias
)

// Address is what a request is about.
type Address struct {
	Style  Style
	Bucket string // as it was named, APPID included if it was there
	AppID  string // the digits behind the last dash; empty when there are none
	Region string // as the host says; empty when it names none
	// Key is percent-decoded once. A bad escape stays as it is, and so does a
	// `+`.
	Key string
	// PathPrefix is "/<bucket>" as it arrived, on path style; else empty.
	PathPrefix string
}

// Config are the host names beside the cloud's own.
type Config struct {
	Domains []string          // <bucket>.<domain>, <bucket>.cos.<region>.<domain>, <domain>/<bucket>
	Aliases map[string]string // host -> bucket
}

// Resolver reads addresses. It is immutable and safe for concurrent use.
type Resolver struct {
	domains []string
	aliases map[string]string
}

// New returns a resolver; its error names a domain or an alias that is none.
func New(cfg Config) (*Resolver, error) {
	r := &Resolver{aliases: make(map[string]string, len(cfg.Aliases))}
	for _, d := range cfg.Domains {
		name := HostName(d)
		if !isDomain(name) {
			return nil, fmt.Errorf("domain %q is not a host name", d)
		}
		r.domains = append(r.domains, name)
	}
	for host, bucket := range cfg.Aliases {
		name := HostName(host)
		if !isDomain(name) {
			return nil, fmt.Errorf("alias %q is not a host name", host)
		}
		if err := ValidBucket(bucket); err != nil {
			return nil, fmt.Errorf("alias %q: bucket %q: %w", host, bucket, err)
		}
		r.aliases[name] = bucket
	}
	return r, nil
}

// isDomain tells whether a name can stand in a Host header as a domain; an IP
// address cannot have buckets below it.
func isDomain(name string) bool {
	return name != "" && !strings.ContainsAny(name, "/:@ ?#") && net.ParseIP(name) == nil
}

// Resolve reads an address from the Host header and the raw path of the
// target. A host that names no bucket and is not configured is path style, so
// that the emulator works at any address without a setting.
func (r *Resolver) Resolve(host, rawPath string) Address {
	name := HostName(host)
	if bucket, ok := r.aliases[name]; ok {
		return inHost(Alias, bucket, "", rawPath)
	}
	if bucket, region, ok := cloudHost(name); ok {
		if bucket == "" {
			return inPath(region, rawPath)
		}
		return inHost(VirtualHost, bucket, region, rawPath)
	}
	for _, d := range r.domains {
		if sub, ok := strings.CutSuffix(name, "."+d); ok {
			return local(sub, rawPath)
		}
	}
	return inPath("", rawPath)
}

// local reads what stands before a configured domain.
func local(sub, rawPath string) Address {
	switch bucket, region, ok := strings.Cut(sub, ".cos."); {
	case ok:
		return inHost(VirtualHost, bucket, region, rawPath)
	case strings.HasPrefix(sub, "cos.") || sub == "cos":
		return inPath(strings.TrimPrefix(strings.TrimPrefix(sub, "cos"), "."), rawPath)
	case sub == "service.cos":
		return inPath("", rawPath)
	}
	return inHost(VirtualHost, sub, "", rawPath)
}

func inHost(style Style, bucket, region, rawPath string) Address {
	return Address{
		Style: style, Bucket: bucket, AppID: AppID(bucket), Region: region,
		Key: signer.Decode(strings.TrimPrefix(rawPath, "/")),
	}
}

func inPath(region, rawPath string) Address {
	segment, key := cutBucket(strings.TrimPrefix(rawPath, "/"))
	bucket := signer.Decode(segment)
	if bucket == "" {
		return Address{Style: Service, Region: region}
	}
	return Address{
		Style: PathStyle, Bucket: bucket, AppID: AppID(bucket), Region: region,
		Key: signer.Decode(key), PathPrefix: "/" + segment,
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

// cloudHost reads one of the cloud's own names. The bucket is empty for the
// service and for path style; the region is empty where the name has none.
func cloudHost(name string) (bucket, region string, ok bool) {
	rest, ok := cutCloudSuffix(name)
	if !ok {
		return "", "", false
	}
	labels := strings.Split(rest, ".")
	for i, label := range labels {
		if !isCosLabel(label) {
			continue
		}
		bucket, region = strings.Join(labels[:i], "."), strings.Join(labels[i+1:], ".")
		if bucket == "service" {
			bucket = ""
		}
		if region == "accelerate" {
			region = ""
		}
		return bucket, region, true
	}
	return "", "", false
}

func cutCloudSuffix(name string) (string, bool) {
	if rest, ok := strings.CutSuffix(name, ".myqcloud.com"); ok {
		return rest, true
	}
	return strings.CutSuffix(name, ".tencentcos.cn")
}

// isCosLabel knows the label that separates bucket and region.
func isCosLabel(label string) bool {
	switch label {
	case "cos", "cos-internal", "cos-website", "cosv6", "cos-cdc":
		return true
	}
	return false
}

// IsCloudHost tells whether a Host header holds one of the cloud's own names.
func IsCloudHost(host string) bool {
	_, _, ok := cloudHost(HostName(host))
	return ok
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

// AppID is the account number at the end of a full bucket name, or nothing.
func AppID(bucket string) string {
	i := strings.LastIndexByte(bucket, '-')
	if i <= 0 || i == len(bucket)-1 {
		return ""
	}
	for _, c := range []byte(bucket[i+1:]) {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return bucket[i+1:]
}

// What ValidBucket refuses a name for.
var (
	ErrBucketName        = errors.New("use lower-case letters, digits and dashes, a dash neither first nor last, and end in -<APPID>")
	ErrBucketNameTooLong = errors.New("the name is too long: with its domain it may have 60 characters")
)

// maxBucket is what 60 characters for the whole default domain leave for the
// full name beside ".cos.ap-guangzhou.myqcloud.com" in the regions with the
// shortest names (COS docs: 存储桶概述). The limit proper depends on the region;
// it is kept here at the one of a host label.
const maxBucket = 63

// ValidBucket checks a full bucket name, APPID included. Its errors wrap
// ErrBucketName and ErrBucketNameTooLong.
func ValidBucket(name string) error {
	appID := AppID(name)
	if appID == "" || name[0] == '-' || strings.HasSuffix(strings.TrimSuffix(name, "-"+appID), "-") {
		return ErrBucketName
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return ErrBucketName
		}
	}
	if len(name) > maxBucket {
		return ErrBucketNameTooLong
	}
	return nil
}
