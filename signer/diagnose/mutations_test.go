package diagnose_test

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// mutation is one mistake, and the id that has to be named first for it.
type mutation struct {
	name string
	want diagnose.ID
	// also are ids that may stand beside it, in any place behind it; with the
	// name of a pair they are to be proven as well.
	also []diagnose.ID
	// apply makes the mistake; false where a vector gives no occasion for it.
	apply func(*trial) bool
	// resign: the mistake is in what the client signs.
	resign bool
	// every is how many vectors share one trial; 0: each has its own.
	every int
	// observed: it cannot be proven, only seen.
	observed bool
}

// arrivals are mistakes made on the way of a request: the signature stays the
// SDK's own.
func arrivals() []mutation {
	return slices.Concat(addressArrivals(), pathArrivals(), headerArrivals(), paramArrivals(), tokenArrivals(), claimArrivals(), factArrivals(), pairArrivals(),
		keyIDArrivals(), carrierArrivals(), hostArrivals(), otherArrivals(), clockArrivals(), formTrials())
}

func addressArrivals() []mutation {
	swap := func(to string) func(*trial) bool {
		return func(t *trial) bool { t.method = to; return true }
	}
	arrive := func(host string) func(*trial) bool {
		return func(t *trial) bool { t.host = host; return slices.Contains(t.listed, "host") }
	}
	return []mutation{
		{name: "sent as GET", want: diagnose.Method, apply: swap("GET"), every: 2},
		{name: "sent as POST", want: diagnose.Method, apply: swap("POST"), every: 4},
		{name: "sent as PUT", want: diagnose.Method, apply: swap("PUT"), every: 5},
		{name: "sent as DELETE", want: diagnose.Method, apply: swap("DELETE"), every: 5},
		{name: "behind a proxy", want: diagnose.Host, apply: arrive("proxy.internal:8080"), every: 2},
		{name: "by a container's name", want: diagnose.Host, apply: arrive("cosemu"), every: 5},
		{name: "by a custom domain", want: diagnose.Host, apply: arrive("uploads.example.com"), every: 5},
		{name: "at localhost, nothing known", want: diagnose.Host, apply: func(t *trial) bool {
			t.host = "localhost:9000"
			t.in.Facts = diagnose.Facts{Bucket: t.v.Bucket}
			return slices.Contains(t.listed, "host")
		}, every: 4},
		{name: "forwarded host", want: diagnose.Host, apply: func(t *trial) bool {
			t.header.Set("X-Forwarded-Host", t.host+", outer")
			t.host, t.in.Facts = "inner:80", diagnose.Facts{}
			return slices.Contains(t.listed, "host")
		}, every: 5},
		{name: "at another region", want: diagnose.Host, also: []diagnose.ID{diagnose.Region}, apply: func(t *trial) bool {
			t.host = t.v.Bucket + ".cos.eu-frankfurt.myqcloud.com"
			t.in.Facts.AddressRegion = "eu-frankfurt"
			return slices.Contains(t.listed, "host")
		}, every: 5},
		{name: "path style at localhost", want: diagnose.Host, apply: func(t *trial) bool {
			t.host, t.path = "localhost:9000", "/"+t.v.Bucket+t.path
			t.in.Verify.PathPrefix = "/" + t.v.Bucket
			return slices.Contains(t.listed, "host")
		}, every: 4},
	}
}

func pathArrivals() []mutation {
	return []mutation{
		{name: "path encoded again", want: diagnose.PathEncodedTwice, apply: func(t *trial) bool {
			t.path = strings.ReplaceAll(t.path, "%", "%25")
			return strings.Contains(t.path, "%25")
		}},
		{name: "path decoded by a gateway", want: diagnose.PathNotEncoded, apply: func(t *trial) bool {
			old := t.path
			t.path = strings.ReplaceAll(t.path, "%25", "%")
			return old != t.path
		}},
		{name: "%2B decoded by a gateway", want: diagnose.PathPlus, apply: func(t *trial) bool {
			old := t.path
			t.path = strings.ReplaceAll(t.path, "%2B", "+")
			return old != t.path
		}},
		{name: "slashes made one", want: diagnose.PathSlash, apply: func(t *trial) bool {
			old := t.path
			t.path = strings.ReplaceAll(t.path, "//", "/")
			return old != t.path
		}},
		{name: "a slash put before", want: diagnose.PathSlash, apply: func(t *trial) bool { t.path = "/" + t.path; return true }, every: 4},
		{name: "a slash put behind", want: diagnose.PathSlash, apply: func(t *trial) bool { t.path += "/"; return true }, every: 4},
		{name: "the last slash lost", want: diagnose.PathSlash, apply: func(t *trial) bool {
			old := t.path
			t.path = strings.TrimSuffix(strings.TrimSuffix(t.path, "%2F"), "/")
			return old != t.path && t.path != ""
		}},
		{name: "bucket put before", want: diagnose.PathBucket, apply: func(t *trial) bool { t.path = "/" + t.v.Bucket + t.path; return true }, every: 4},
	}
}

func headerArrivals() []mutation {
	set := func(name string, change func(string) string) func(*trial) bool {
		return func(t *trial) bool {
			if !t.lists(strings.ToLower(name)) {
				return false
			}
			old := t.header.Get(name)
			t.header.Set(name, change(old))
			return t.header.Get(name) != old
		}
	}
	to := func(v string) func(string) string { return func(string) string { return v } }
	drop := func(name string) mutation {
		return mutation{name: name + " dropped", want: diagnose.HeaderNotSent, observed: true, apply: func(t *trial) bool {
			if !t.lists(name) {
				return false
			}
			t.header.Del(name)
			return true
		}}
	}
	return []mutation{
		{name: "charset added", want: diagnose.HeaderValue, apply: set("Content-Type", func(v string) string { return v + "; charset=utf-8" })},
		{name: "charset added by a browser", want: diagnose.HeaderValue, apply: set("Content-Type", func(v string) string { return v + ";charset=UTF-8" })},
		{name: "charset cut off", want: diagnose.HeaderValue, apply: set("Content-Type", func(v string) string { v, _, _ = strings.Cut(v, ";"); return v })},
		{name: "curl's own type", want: diagnose.HeaderValue, apply: set("Content-Type", to("application/x-www-form-urlencoded"))},
		{name: "fetch's own type", want: diagnose.HeaderValue, apply: set("Content-Type", to("text/plain;charset=UTF-8"))},
		{name: "axios's own type", want: diagnose.HeaderValue, apply: set("Content-Type", to("application/json"))},
		{name: "meta data escaped by the library", want: diagnose.HeaderValue, apply: set("x-cos-meta-author", signer.Encode)},
		{name: "meta data in Latin-1", want: diagnose.HeaderValue, apply: set("x-cos-meta-author", func(v string) string {
			var b strings.Builder
			for i := range len(v) {
				b.WriteRune(rune(v[i]))
			}
			return b.String()
		})},
		{name: "another storage class", want: diagnose.HeaderValue, apply: set("x-cos-storage-class", to("ARCHIVE"))},
		{name: "another ACL", want: diagnose.HeaderValue, apply: set("x-cos-acl", to("private"))},
		{name: "disposition escaped", want: diagnose.HeaderValue, apply: set("Content-Disposition", signer.Encode)},
		{name: "MD5 in hex", want: diagnose.HeaderValue, also: []diagnose.ID{diagnose.MD5Hex}, apply: set("Content-MD5", func(v string) string {
			b, _ := base64.StdEncoding.DecodeString(v)
			return hex.EncodeToString(b)
		})},
		drop("content-type"), drop("content-length"), drop("cache-control"), drop("content-md5"), drop("x-cos-acl"), drop("x-cos-meta-author"),
	}
}

func paramArrivals() []mutation {
	return []mutation{
		{name: "parameter dropped", want: diagnose.ParamNotSent, observed: true, apply: func(t *trial) bool {
			piece, _, _, ok := t.signedParam()
			t.query = strings.TrimPrefix(strings.Replace("&"+t.query, "&"+piece, "", 1), "&")
			return ok
		}},
		{name: "parameter encoded again", want: diagnose.ParamValue, apply: func(t *trial) bool {
			piece, name, value, ok := t.signedParam()
			t.query = strings.Replace(t.query, piece, name+"="+strings.ReplaceAll(value, "%", "%25"), 1)
			return ok && strings.Contains(value, "%")
		}},
		{name: "'+' for a space encoded", want: diagnose.ParamValue, apply: func(t *trial) bool {
			piece, name, value, ok := t.signedParam()
			changed := strings.NewReplacer("%20", "%2B", "+", "%2B").Replace(value)
			t.query = strings.Replace(t.query, piece, name+"="+changed, 1)
			return ok && changed != value && strings.Contains(value, "%20")
		}},
		{name: "a second one of the name", want: diagnose.ParamValue, apply: func(t *trial) bool {
			_, name, _, ok := t.signedParam()
			t.query = name + "=zzz&" + t.query
			return ok
		}},
		{name: "value with a raw '&'", want: diagnose.ParamValue, apply: func(t *trial) bool {
			piece, name, value, ok := t.signedParam()
			changed := strings.ReplaceAll(value, "%26", "&")
			t.query = strings.Replace(t.query, piece, name+"="+changed, 1)
			return ok && changed != value
		}},
	}
}
