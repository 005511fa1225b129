package policy

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer"
)

// HTTPValues are the values of an HTTP request. What a field leaves out the
// request lacks.
type HTTPValues struct {
	// Header are the request's headers, or the fields of a form that stand for
	// them.
	Header http.Header
	// Param gives a parameter of the query, decoded.
	Param func(name string) (value string, ok bool)
	// Host is the host that was asked, as it arrived.
	Host string
	// ContentLength is the Content-Length header; negative when there is none.
	ContentLength int64
	// IP is where the request comes from.
	IP netip.Addr
	// TLSVersion is the version of TLS that it came by, as in crypto/tls; 0 for
	// plain HTTP.
	TLSVersion uint16
	// Now is the time of the request.
	Now time.Time
	// Tags are a bucket's tags to be, each "key&value", of a request that has
	// them in its body; nil for those of the header x-cos-tagging.
	Tags []string
	// Caller is who asks.
	Caller *Caller
}

// Lookup implements [Values].
func (v *HTTPValues) Lookup(key string) ([]string, bool) {
	switch key {
	case KeyIP:
		return one(v.IP.Unmap().String(), v.IP.IsValid())
	case KeyCurrentTime:
		return one(v.Now.UTC().Format(time.RFC3339), !v.Now.IsZero())
	case KeySecureTransport:
		return one(strconv.FormatBool(v.TLSVersion != 0), true)
	case KeyTLSVersion:
		return one(tlsVersion(v.TLSVersion))
	case KeyContentLength:
		return one(strconv.FormatInt(v.ContentLength, 10), v.ContentLength >= 0)
	case KeyHost:
		return one(v.Host, v.Host != "")
	case KeyVersionID:
		return v.param("versionId", "versionid")
	case KeyPrefix, KeyResponseContentType:
		return v.param(strings.TrimPrefix(key, "cos:"))
	case KeyRequestTag:
		return v.tags()
	case KeyUIN, KeyOwnerUIN:
		if v.Caller == nil || v.Caller.Anonymous {
			return nil, false
		}
		if key == KeyOwnerUIN {
			return one(v.Caller.account(), true)
		}
		return one(v.Caller.user(), v.Caller.user() != "")
	}
	if name := headerOf(key); name != "" {
		// Of a header that stands there twice the first line counts, as for what
		// the request does; else the others would be there for the policy alone.
		values, ok := v.Header[http.CanonicalHeaderKey(name)]
		return values[:min(len(values), 1)], ok
	}
	return nil, false // vpc:requester_vpc as well: no request here comes from one
}

func one(s string, ok bool) ([]string, bool) {
	if !ok {
		return nil, false
	}
	return []string{s}, true
}

func (v *HTTPValues) param(names ...string) ([]string, bool) {
	if v.Param == nil {
		return nil, false
	}
	for _, name := range names {
		if s, ok := v.Param(name); ok {
			return []string{s}, true
		}
	}
	return nil, false
}

// tags are those of the header, "a=b&c=d", as conditions write them: "a&b". Its
// first line counts alone.
func (v *HTTPValues) tags() ([]string, bool) {
	if v.Tags != nil {
		return v.Tags, true
	}
	lines, ok := v.Header[http.CanonicalHeaderKey("x-cos-tagging")]
	if !ok {
		return nil, false
	}
	tags := []string{}
	for _, line := range lines[:min(len(lines), 1)] {
		for pair := range strings.SplitSeq(line, "&") {
			if name, value, _ := strings.Cut(pair, "="); pair != "" {
				tags = append(tags, signer.Decode(name)+"&"+signer.Decode(value))
			}
		}
	}
	return tags, true
}

// A tlsVersionName is a version of TLS and what policies call it.
type tlsVersionName struct {
	version uint16
	name    string
}

// tlsVersions are those that a request can come by.
func tlsVersions() []tlsVersionName {
	return []tlsVersionName{{tls.VersionTLS10, "1.0"}, {tls.VersionTLS11, "1.1"}, {tls.VersionTLS12, "1.2"}, {tls.VersionTLS13, "1.3"}}
}

func tlsVersion(v uint16) (string, bool) {
	for _, t := range tlsVersions() {
		if t.version == v {
			return t.name, true
		}
	}
	return "", false
}

// TLSVersion is the version of TLS that policies call by this name, such as
// "1.2", as in crypto/tls; 0 when there is none.
func TLSVersion(name string) uint16 {
	for _, t := range tlsVersions() {
		if t.name == name {
			return t.version
		}
	}
	return 0
}
