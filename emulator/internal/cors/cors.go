// Package cors is the CORS configuration of a bucket: its XML (read.go, write.go),
// the headers that it adds to answers (match.go), and why no rule matches
// (miss.go) (COS docs: PUT Bucket cors, GET Bucket cors, OPTIONS Object,
// 设置跨域访问).
//
// CORS is no part of a caller's rights: a request that no rule matches is served,
// but without the headers, so that the browser hides the answer from the page.
package cors

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

const (
	// MaxXML is the largest configuration document in bytes (COS docs: PUT
	// Bucket cors, 64 KB).
	MaxXML = 64 << 10
	// MaxRules is how many rules a configuration may have (same page).
	MaxRules = 100
)

// Rules is a CORS configuration; nil: the bucket has none.
type Rules struct {
	// Rules are tried in this order; the first that matches decides.
	Rules []Rule
	// ResponseVary adds `Vary: Origin` to answers; nil: it is not configured
	// (cos-go-sdk-v5 bucket_cors.go; console page 设置跨域访问).
	ResponseVary *bool
}

// Rule is one CORSRule. Its values are kept as written, with blanks: on COS too a
// header that is configured with a blank behind it matches nothing (COS docs:
// 跨域访问, FAQ).
type Rule struct {
	// ID is a name for people; it may be empty.
	ID string
	// AllowedOrigins are "*", whole origins, or origins with one * that stands for
	// any text, also an empty one. There is at least one.
	AllowedOrigins []string
	// AllowedMethods are some of PUT, GET, POST, DELETE and HEAD, at least one.
	AllowedMethods []string
	// AllowedHeaders are header names in any case; "*" among them allows every
	// header.
	AllowedHeaders []string
	// ExposeHeaders are the response headers that a page may read.
	ExposeHeaders []string
	// MaxAge is how long a browser may remember a preflight, in seconds; nil: it
	// is not configured (choice 130).
	MaxAge *int
}

// Permissive allows every page everything: any origin, method and header, and all
// headers that this server sends are exposed. As with every rule for `*`, browsers
// send no cookies along; signatures are not affected.
func Permissive() *Rules {
	return &Rules{Rules: []Rule{{
		AllowedOrigins: []string{"*"},
		AllowedMethods: []string{http.MethodPut, http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodHead},
		AllowedHeaders: []string{"*"},
		ExposeHeaders: []string{
			"ETag", "Date", "Location", "Server", "Accept-Ranges", "Content-Length", "Content-Range", "Content-Type",
			"Content-Disposition", "Content-Encoding", "Cache-Control", "Expires", "Last-Modified",
			"x-cos-request-id", "x-cos-trace-id", "x-cos-error-code", "x-cos-error-message", "x-cos-acl",
			"x-cos-bucket-az-type", "x-cos-bucket-region", "x-cos-content-sha1", "x-cos-copy-source-version-id",
			"x-cos-delete-marker", "x-cos-hash-crc64ecma", "x-cos-next-append-position", "x-cos-object-type",
			"x-cos-restore", "x-cos-server-side-encryption", "x-cos-storage-class", "x-cos-tagging-count",
			"x-cos-version-id", "x-cosemu-diagnosis", "x-cosemu-verdict",
		},
		MaxAge: new(600),
	}}}
}

// Validate checks a configuration. One that is not in the documented form is
// MalformedXML (choice 131). A value that the documents rule out is InvalidRequest:
// another method than the five, an origin with two wildcards, a wildcard among the
// exposed headers (choice 132).
func (r *Rules) Validate() *coserr.Error {
	switch {
	case len(r.Rules) == 0:
		return malformed("there is no CORSRule")
	case len(r.Rules) > MaxRules:
		return malformed("there are more than 100 CORSRule")
	}
	for i := range r.Rules {
		if err := r.Rules[i].validate(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rule) validate() *coserr.Error {
	switch {
	case len(r.AllowedOrigins) == 0:
		return malformed("a CORSRule has no AllowedOrigin")
	case len(r.AllowedMethods) == 0:
		return malformed("a CORSRule has no AllowedMethod")
	case r.MaxAge != nil && *r.MaxAge < 0:
		return malformed("a MaxAgeSeconds is negative")
	}
	for _, list := range [...][]string{{r.ID}, r.AllowedOrigins, r.AllowedMethods, r.AllowedHeaders, r.ExposeHeaders} {
		for _, v := range list {
			if strings.ContainsFunc(v, isControl) {
				return malformed("a value holds a control character") // it would end up in a header line
			}
		}
	}
	return r.validateValues()
}

func (r *Rule) validateValues() *coserr.Error {
	for _, m := range r.AllowedMethods {
		if !isMethod(m) {
			return invalid("Found unsupported HTTP method in CORS config. Unsupported method is " + m)
		}
	}
	for _, o := range r.AllowedOrigins {
		switch {
		case o == "":
			return malformed("an AllowedOrigin is empty")
		case strings.Count(o, "*") > 1:
			return invalid(`AllowedOrigin "` + o + `" can not have more than one wildcard.`)
		}
	}
	for _, h := range r.ExposeHeaders {
		if strings.Contains(h, "*") {
			return invalid(`ExposeHeader "` + h + `" contains wildcard. We currently do not support wildcard for ExposeHeader.`)
		}
	}
	return nil
}

// isMethod reports whether a rule may allow the method.
func isMethod(m string) bool {
	switch m {
	case http.MethodPut, http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodHead:
		return true
	}
	return false
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
