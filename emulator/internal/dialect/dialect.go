// Package dialect lets S3 clients speak to COS. COS answers the S3 API on the
// same hosts: it takes x-amz-* for its own x-cos-* headers, and names what it
// answers by both (COS docs: 使用 AWS S3 SDK 访问 COS, 通用配置; choices 710 to 714).
package dialect

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

const (
	amz = "X-Amz-"
	cos = "X-Cos-"
)

// IsS3 reports whether a request is an S3 client's: the signature that was found
// is one of AWS, or there is none (a nil claim) and there is an x-amz-* header. In
// a request that COS's own signature signs, x-amz-* headers have no effect (choice
// 710).
func IsS3(r *signer.Request, claim *signer.Claim) bool {
	if claim != nil {
		return claim.Family != signer.QSign
	}
	for name := range r.Header {
		if strings.HasPrefix(name, amz) {
			return true
		}
	}
	return false
}

// Read returns the headers of an S3 client's request as COS names them. What a
// client put into the query of a pre-signed URL, as @aws-sdk does with
// x-amz-meta-*, counts as a header: the signature covers it. So do content-type
// and content-md5 in a URL signed by AWS2, as botocore writes it (choice 610). What
// arrived stays as it is.
func Read(r *signer.Request, claim *signer.Claim) http.Header {
	h := make(http.Header, len(r.Header)+4)
	for name, values := range r.Header {
		h[name] = values
	}
	for _, p := range r.Params { // first: a header of that name overrules it
		if name := http.CanonicalHeaderKey(p.DecodedName()); strings.HasPrefix(name, amz) {
			translate(h, name, []string{signer.Decode(strings.ReplaceAll(p.Value, "+", "%20"))})
		}
	}
	for name, values := range r.Header {
		if strings.HasPrefix(name, amz) {
			translate(h, name, values)
		}
	}
	if claim != nil && claim.Family == signer.AWS2 && claim.Carrier == signer.CarrierQuery {
		for _, name := range [...]string{"Content-Type", "Content-Md5"} {
			if p, ok := r.Param(name); ok && len(h[name]) == 0 {
				h[name] = []string{signer.DecodeForm(p.Value)}
			}
		}
	}
	withoutChunked(h)
	return h
}

// translate sets the x-cos-* header that an x-amz-* header stands for. It
// overrules an x-cos-* header that came too, which no AWS signature needs to
// cover (choice 711).
func translate(h http.Header, name string, values []string) {
	own, ok := Name(name)
	if !ok {
		return
	}
	if own == "X-Cos-Copy-Source" {
		values = []string{copySource(values[0])}
	}
	if own == "X-Cos-Server-Side-Encryption" && strings.EqualFold(values[0], "aws:kms") {
		values = []string{"cos/kms"}
	}
	h[own] = values
}

// copySource is an x-amz-copy-source with the slash behind the bucket as it is. An
// S3 client may encode the value as a whole: %2Fbucket%2Fkey, or bucket%2Fkey (seen:
// aws-sdk-js 1821). Neither a bucket nor a host has a slash, so the first one ends
// it, however it is written. What stands behind it stays encoded: the operation
// decodes it, once (choice 717).
func copySource(s string) string {
	rest, encoded := cutSlash(s)
	if !encoded {
		rest = strings.TrimPrefix(s, "/")
	}
	for i := range len(rest) {
		if rest[i] == '/' || rest[i] == '?' {
			break
		}
		if key, ok := cutSlash(rest[i:]); ok {
			return rest[:i] + "/" + key
		}
	}
	if encoded && rest != "" { // an empty value would make it no copy at all
		return rest
	}
	return s
}

// cutSlash returns what is behind a slash that is encoded.
func cutSlash(s string) (string, bool) {
	const slash = "%2F"
	if len(s) < len(slash) || !strings.EqualFold(s[:len(slash)], slash) {
		return s, false
	}
	return s[len(slash):], true
}

// Name returns the x-cos-* name of an x-amz-* header, both in canonical form, and
// false for those that COS has no twin of, such as x-amz-checksum-*.
func Name(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, amz)
	if !ok {
		return "", false
	}
	switch {
	case rest == "Server-Side-Encryption-Aws-Kms-Key-Id":
		rest = "Server-Side-Encryption-Cos-Kms-Key-Id"
	case rest == "Acl", rest == "Storage-Class", rest == "Tagging", rest == "Tagging-Directive", rest == "Metadata-Directive",
		rest == "Website-Redirect-Location", rest == "Request-Payer":
	case strings.HasPrefix(rest, "Meta-"), strings.HasPrefix(rest, "Grant-"), strings.HasPrefix(rest, "Copy-Source"),
		strings.HasPrefix(rest, "Server-Side-Encryption"):
	default:
		return "", false
	}
	return cos + rest, true
}

// withoutChunked takes aws-chunked, which is the framing of a body and not how
// the object is encoded, out of Content-Encoding.
func withoutChunked(h http.Header) {
	const name = "Content-Encoding"
	if !slices.ContainsFunc(h[name], func(v string) bool { return strings.Contains(v, "aws-chunked") }) {
		return
	}
	var left []string
	for coding := range strings.SplitSeq(strings.Join(h[name], ","), ",") {
		if coding = strings.TrimSpace(coding); coding != "" && coding != "aws-chunked" {
			left = append(left, coding)
		}
	}
	delete(h, name)
	if len(left) > 0 {
		h[name] = []string{strings.Join(left, ",")}
	}
}

// AnswerName returns the name that an S3 client reads for a header of an answer,
// in lower case as it goes on the wire, and false where there is none. The
// x-cos-* header is sent beside it (choice 712).
func AnswerName(own string) (string, bool) {
	rest, ok := strings.CutPrefix(own, "x-cos-")
	if !ok {
		return "", false
	}
	switch {
	case rest == "server-side-encryption-cos-kms-key-id":
		rest = "server-side-encryption-aws-kms-key-id"
	case rest == "request-id", rest == "version-id", rest == "delete-marker", rest == "storage-class", rest == "bucket-region",
		rest == "tagging-count", rest == "copy-source-version-id", rest == "website-redirect-location", rest == "restore", rest == "expiration":
	case strings.HasPrefix(rest, "meta-"), strings.HasPrefix(rest, "server-side-encryption"):
	default:
		return "", false
	}
	return "x-amz-" + rest, true
}

// AnswerValue returns the value of such a header as S3 clients read it.
func AnswerValue(name, value string) string {
	if name == "x-amz-server-side-encryption" && value == "cos/kms" {
		return "aws:kms"
	}
	return value
}
