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

// HTTPValues are the values of an HTTP request, by its parts. An empty field means
// that the request has no such value.
type HTTPValues struct {
	// Header are the request's headers, or the fields of a form that stand for
	// them.
	Header http.Header
	// Param gives a parameter of the query, decoded.
	Param func(name string) (value string, ok bool)
	// Host is the Host header.
	Host string
	// ContentLength is the Content-Length header; negative when there is none.
	ContentLength int64
	// IP is the client's address.
	IP netip.Addr
	// TLSVersion is the connection's version of TLS as in crypto/tls; 0: plain
	// HTTP.
	TLSVersion uint16
	// Now is the time of the request.
	Now time.Time
	// Tags are the tags of the request, each "key&value"; nil: those of the header
	// x-cos-tagging.
	Tags []string
	// Caller is who sent the request.
	Caller *Caller
}

// Lookup implements [Values].
func (v *HTTPValues) Lookup(key string) ([]string, bool) {
	switch key {
	case keyIP:
		return one(v.IP.Unmap().String(), v.IP.IsValid())
	case keyCurrentTime:
		return one(v.Now.UTC().Format(time.RFC3339), !v.Now.IsZero())
	case keySecureTransport:
		return one(strconv.FormatBool(v.TLSVersion != 0), true)
	case keyTLSVersion:
		return one(tlsVersion(v.TLSVersion))
	case keyContentLength:
		return one(strconv.FormatInt(v.ContentLength, 10), v.ContentLength >= 0)
	case keyHost:
		return one(v.Host, v.Host != "")
	case keyVersionID:
		return v.param("versionId", "versionid")
	case keyPrefix, keyResponseContentType:
		return v.param(strings.TrimPrefix(key, "cos:"))
	case keyRequestTag:
		return v.tags()
	case keyUIN, keyOwnerUIN:
		if v.Caller == nil || v.Caller.Anonymous {
			return nil, false
		}
		if key == keyOwnerUIN {
			return one(v.Caller.account(), true)
		}
		return one(v.Caller.user(), v.Caller.user() != "")
	}
	if name := headerOf(key); name != "" {
		// Of a repeated header the first line counts, as it does for the operation.
		// Otherwise a policy could see a value that the operation does not.
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

// tags are those of the header's first line, "a=b&c=d", as conditions write them:
// "a&b".
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

// tlsVersionName is a version of TLS and its name in policies.
type tlsVersionName struct {
	version uint16
	name    string
}

// tlsVersions are the versions that a connection can have.
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

// TLSVersion is the version of TLS with this name, such as "1.2", as in crypto/tls;
// 0: there is none.
func TLSVersion(name string) uint16 {
	for _, t := range tlsVersions() {
		if t.name == name {
			return t.version
		}
	}
	return 0
}
