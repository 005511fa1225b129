package sts

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what signature v1 is made with
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/chars"
)

// readV1 reads the parameters of a form or a query. Of a repeated name the first
// value counts.
func (q *Request) readV1(text string) *Error {
	q.Scheme = SchemeV1
	form, err := readForm(text)
	if err != nil {
		return err
	}
	q.form = form
	q.Action, q.Version, q.Region = form["Action"], form["Version"], form["Region"]
	q.SecretID, q.Token, q.Timestamp = form["SecretId"], form["Token"], form["Timestamp"]
	for name, value := range form {
		if !isCommon(name) {
			q.Params[name] = value
		}
	}
	return nil
}

func readForm(text string) (map[string]string, *Error) {
	form := map[string]string{}
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return form, &Error{InvalidParameter, "A parameter's name is not percent-encoded as a form's is."}
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil {
			return form, &Error{InvalidParameter, "The value of parameter `" + chars.Shorten(name, maxShown, "…") + "` is not percent-encoded as a form's is."}
		}
		if _, twice := form[name]; twice {
			continue
		}
		if len(form) == maxParams {
			return form, &Error{InvalidParameter, "The request has too many parameters."}
		}
		form[name] = value
	}
	return form, nil
}

// verifyV1 verifies a signature v1 (STS docs: 签名方法 v1). The signed text begins
// with the host, which the official clients choose differently: see signedHosts.
func (q *Request) verifyV1(secret string) bool {
	given, err := base64.StdEncoding.DecodeString(q.form["Signature"])
	if err != nil {
		return false
	}
	var algorithm func() hash.Hash
	switch q.form["SignatureMethod"] {
	case "", "HmacSHA1":
		algorithm = sha1.New
	case "HmacSHA256":
		algorithm = sha256.New
	default:
		return false
	}
	mac := hmac.New(algorithm, []byte(secret))
	for _, params := range q.signedParams() {
		for _, host := range q.signedHosts() {
			mac.Reset()
			mac.Write([]byte(q.method + host + "/?" + params)) // never fails
			if hmac.Equal(mac.Sum(nil), given) {
				return true
			}
		}
	}
	return false
}

// signedParams are the parameter texts that a client may have signed: that of the
// documents, and that of the Java STS client, which turns `_` in names into `.` and
// in a POST leaves out values that begin with `@` (qcloud-cos-sts-sdk Sign.java;
// choice 270).
func (q *Request) signedParams() []string {
	names := slices.Sorted(maps.Keys(q.form))
	var plain, java strings.Builder
	for _, name := range names {
		value := q.form[name]
		if name == "Signature" {
			continue
		}
		write(&plain, name, value)
		if q.method != http.MethodPost || !strings.HasPrefix(value, "@") {
			write(&java, strings.ReplaceAll(name, "_", "."), value)
		}
	}
	if plain.String() == java.String() {
		return []string{plain.String()}
	}
	return []string{plain.String(), java.String()}
}

func write(b *strings.Builder, name, value string) {
	if b.Len() > 0 {
		b.WriteByte('&')
	}
	b.WriteString(name)
	b.WriteByte('=')
	b.WriteString(value)
}

// signedHosts are the hosts that a client may have signed (choice 270): that of the
// request, with and without its port, and the service's real names, which clients
// sign whatever address they send to (qcloud-cos-sts-sdk: Python signs its
// `domain`, Java sts.tencentcloudapi.com).
func (q *Request) signedHosts() []string {
	hosts := []string{q.host}
	add := func(h string) {
		if !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	if i := strings.LastIndexByte(q.host, ':'); i >= 0 && strings.IndexByte(q.host[i:], ']') < 0 {
		add(q.host[:i])
	}
	add("sts.tencentcloudapi.com")
	add("sts.internal.tencentcloudapi.com")
	add("sts.intl.tencentcloudapi.com")
	if q.Region != "" && len(q.Region) < 64 {
		add("sts." + q.Region + ".tencentcloudapi.com")
	}
	return hosts
}
