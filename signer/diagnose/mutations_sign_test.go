package diagnose_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// signings are mistakes of a client that makes its signature by hand.
func signings() []mutation {
	list := slices.Concat(addressSignings(), pairSignings("header"), pairSignings("parameter"), keySignings(), claimSignings(),
		keyIDSignings(), textSignings(), blankArrivals())
	for i := range list {
		list[i].resign = true
	}
	return list
}

func addressSignings() []mutation {
	path := func(change func(*trial, string) string) func(*trial) bool {
		return func(t *trial) bool {
			old := t.signed.path
			t.signed.path = change(t, old)
			return old != t.signed.path
		}
	}
	isHost := func(p string) bool { return strings.HasPrefix(p, "host=") }
	return []mutation{
		{name: "method in upper case", want: diagnose.Method, apply: func(t *trial) bool { t.signed.method = t.method; return true }, every: 5},
		{name: "signed for another port", want: diagnose.Host, apply: func(t *trial) bool {
			i := slices.IndexFunc(t.signed.headers, isHost)
			if i >= 0 {
				t.signed.headers[i] = "host=localhost%3A9000"
			}
			return i >= 0
		}, every: 5},
		{name: "host listed, not signed", want: diagnose.Host, apply: func(t *trial) bool {
			n := len(t.signed.headers)
			t.signed.headers = slices.DeleteFunc(t.signed.headers, isHost)
			return n != len(t.signed.headers)
		}, every: 5},
		{name: "host signed, not listed", want: diagnose.Host, apply: func(t *trial) bool {
			if slices.ContainsFunc(t.signed.headers, isHost) {
				return false
			}
			t.signed.headers = append(t.signed.headers, "host="+t.host)
			slices.Sort(t.signed.headers)
			return true
		}, every: 5},
		{name: "path signed as in the URL", want: diagnose.PathNotEncoded, apply: path(func(t *trial, p string) string {
			if strings.Contains(t.path, "+") {
				return p
			}
			return t.path
		})},
		{name: "path signed with %2F", want: diagnose.PathNotEncoded, apply: path(func(_ *trial, p string) string {
			if strings.Count(p, "/") < 2 || strings.HasSuffix(p, "/") {
				return p
			}
			return "/" + signer.Encode(p[1:])
		})},
		{name: "spaces of the path signed as '+'", want: diagnose.PathPlus, apply: path(func(_ *trial, p string) string { return strings.ReplaceAll(p, " ", "+") })},
		{name: "path without its slash", want: diagnose.PathSlash, apply: path(func(_ *trial, p string) string { return strings.TrimPrefix(p, "/") }), every: 4},
		{name: "path with two slashes", want: diagnose.PathSlash, apply: path(func(_ *trial, p string) string { return "/" + p }), every: 4},
		{name: "only the slash signed", want: diagnose.PathSlash, apply: path(func(*trial, string) string { return "/" }), every: 5},
		{name: "path with the bucket", want: diagnose.PathBucket, apply: path(func(t *trial, p string) string { return "/" + t.v.Bucket + p }), every: 4},
		{name: "path-style signature, virtual host", want: diagnose.Host, also: []diagnose.ID{diagnose.PathBucket}, apply: func(t *trial) bool {
			i := slices.IndexFunc(t.signed.headers, isHost)
			if i >= 0 {
				t.signed.headers[i] = "host=cos." + t.v.Region + ".myqcloud.com"
			}
			t.signed.path = "/" + t.v.Bucket + t.signed.path
			return i >= 0
		}, every: 5},
	}
}

func pairSignings(what string) []mutation {
	want := diagnose.HeaderValue
	if what == "parameter" {
		want = diagnose.ParamValue
	}
	pairs := func(t *trial) *[]string {
		if what == "parameter" {
			return &t.signed.params
		}
		return &t.signed.headers
	}
	each := func(change func(key, value string) (string, string)) func(*trial) bool {
		return func(t *trial) bool {
			changed := false
			for i, p := range *pairs(t) {
				key, value, _ := strings.Cut(p, "=")
				k, v := change(key, signer.Decode(value))
				if n := k + "=" + v; n != p && key != "host" && key != signer.TokenName {
					(*pairs(t))[i], changed = n, true
				}
			}
			// A token in the list would be written in the same wrong way.
			return changed && !slices.ContainsFunc(*pairs(t), func(p string) bool { return strings.HasPrefix(p, signer.TokenName) })
		}
	}
	return []mutation{
		{name: what + " values not encoded", want: want, apply: each(func(k, v string) (string, string) { return k, v })},
		{name: what + " values in lower-case hex", want: want, apply: each(func(k, v string) (string, string) { return k, lowerEscapes(signer.Encode(v)) })},
		{name: what + " values by a form encoder", want: want, apply: each(func(k, v string) (string, string) { return k, strings.ReplaceAll(signer.Encode(v), "%20", "+") })},
		{name: what + " values by quote()", want: want, apply: each(func(k, v string) (string, string) { return k, signer.EncodePath(v) })},
		{name: what + " not sorted", want: want, apply: func(t *trial) bool {
			p := *pairs(t)
			if len(p) < 2 {
				return false
			}
			slices.Reverse(p)
			c, _ := signer.ParseClaim(t.request())
			field, list := "q-header-list", c.RawHeaderList
			if what == "parameter" {
				field, list = "q-url-param-list", c.RawParamList
			}
			names := strings.Split(list, ";")
			slices.Reverse(names)
			raw := strings.Join(names, ";")
			if strings.Contains(t.query, "%3B") && !t.carriedInSign() {
				raw = signer.Encode(raw)
			}
			t.replaceField(field, raw)
			return true
		}},
		{name: what + " listed, not signed", want: want, apply: func(t *trial) bool {
			p := pairs(t)
			i := slices.IndexFunc(*p, func(p string) bool {
				return !strings.HasPrefix(p, "host=") && !strings.HasPrefix(p, signer.TokenName)
			})
			if i < 0 {
				return false
			}
			*p = slices.Delete(*p, i, i+1)
			return true
		}},
		{name: what + " signed, not listed", want: want, apply: func(t *trial) bool {
			if what == "parameter" {
				t.query = "myparam=my+value&" + t.query
			} else {
				t.header.Set("Myparam", "my value")
			}
			*pairs(t) = append(*pairs(t), "myparam=my%20value")
			slices.SortFunc(*pairs(t), func(a, b string) int {
				a, _, _ = strings.Cut(a, "=")
				b, _, _ = strings.Cut(b, "=")
				return strings.Compare(a, b)
			})
			return true
		}, every: 5},
		{name: what + " names not lower-cased", want: want, apply: each(func(k, v string) (string, string) {
			if what == "parameter" && k != "upper-key" {
				return k, signer.Encode(v)
			}
			if what == "parameter" {
				return "UPPER-Key", signer.Encode(v)
			}
			return http.CanonicalHeaderKey(k), signer.Encode(v)
		})},
	}
}

func lowerEscapes(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			b.WriteString(strings.ToLower(s[i : i+3]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func keySignings() []mutation {
	secret := func(change func(string) string) func(*trial) bool {
		return func(t *trial) bool { t.secret = change(t.secret); return true }
	}
	ms := func(r string) string {
		c := signer.ParseTimeRange(r)
		return strconv.FormatInt(c.Start*1000, 10) + ";" + strconv.FormatInt(c.End*1000, 10)
	}
	return []mutation{
		{name: "secret with a line break", want: diagnose.SecretWhitespace, apply: secret(func(s string) string { return s + "\n" }), every: 4},
		{name: "secret with a blank", want: diagnose.SecretWhitespace, apply: secret(func(s string) string { return " " + s }), every: 5},
		{name: "secret with CR LF", want: diagnose.SecretWhitespace, apply: secret(func(s string) string { return s + "\r\n" }), every: 5},
		{name: "secret in quotes", want: diagnose.SecretWhitespace, apply: secret(func(s string) string { return `"` + s + `"` }), every: 5},
		{name: "no secret", want: diagnose.SecretWhitespace, apply: secret(func(string) string { return "" }), every: 5},
		{name: "another key's secret", want: diagnose.SecretOther, apply: secret(func(string) string { return otherKey.SecretKey }), every: 4},
		{name: "the id for the secret", want: diagnose.SecretOther, apply: func(t *trial) bool { t.secret = t.v.SecretID; return true }, every: 5},
		{name: "signed in milliseconds, sent in seconds", want: diagnose.TimeUnit, apply: func(t *trial) bool {
			t.signTime, t.keyTime = ms(t.signTime), ms(t.keyTime)
			return true
		}, every: 4},
		{name: "SignKey in milliseconds", want: diagnose.TimeUnit, apply: func(t *trial) bool { t.keyTime = ms(t.keyTime); return true }, every: 5},
		{name: "milliseconds throughout", want: diagnose.TimeUnit, also: []diagnose.ID{diagnose.NotYetValid}, observed: true, apply: func(t *trial) bool {
			t.signTime, t.keyTime = ms(t.signTime), ms(t.keyTime)
			t.replaceField("q-sign-time", t.signTime)
			t.replaceField("q-key-time", t.keyTime)
			return true
		}, every: 4},
		{name: "times signed encoded", want: diagnose.SignEncodedTwice, apply: func(t *trial) bool {
			t.signTime, t.keyTime = strings.Replace(t.signTime, ";", "%3B", 1), strings.Replace(t.keyTime, ";", "%3B", 1)
			return true
		}, every: 5},
	}
}

func claimSignings() []mutation {
	sign := func(f func(t *trial, http, sts string) string) func(*trial) bool {
		return func(t *trial) bool {
			t.signature = func(http, sts string) string { return f(t, http, sts) }
			return true
		}
	}
	inBase64 := func(t *trial, _, sts string) string {
		b, _ := hex.DecodeString(mac(mac(t.secret, t.keyTime), sts))
		return signer.Encode(base64.StdEncoding.EncodeToString(b))
	}
	binaryKey := func(t *trial, _, sts string) string {
		b, _ := hex.DecodeString(mac(t.secret, t.keyTime))
		return mac(string(b), sts)
	}
	token := func(p string) bool { return strings.HasPrefix(p, signer.TokenName+"=") }
	return []mutation{
		{name: "signature in base64", want: diagnose.SignatureFormat, apply: func(t *trial) bool { return sign(inBase64)(t) && !t.carriedInSign() }, every: 5},
		{name: "SignKey as bytes", want: diagnose.SignatureFormat, apply: sign(binaryKey), every: 5},
		{name: "the secret for SignKey", want: diagnose.SignatureFormat, apply: sign(func(t *trial, _, sts string) string { return mac(t.secret, sts) }), every: 5},
		{name: "no line break at the end of StringToSign", want: diagnose.SignatureFormat, apply: sign(func(t *trial, _, sts string) string {
			return mac(mac(t.secret, t.keyTime), strings.TrimSuffix(sts, "\n"))
		}), every: 5},
		{name: "no line break at the end of HttpString", want: diagnose.SignatureFormat, apply: sign(func(t *trial, http, _ string) string {
			return mac(mac(t.secret, t.keyTime), stringToSign(t.signTime, strings.TrimSuffix(http, "\n")))
		}), every: 5},
		{name: "token listed, not signed", want: diagnose.TokenNotSigned, apply: func(t *trial) bool {
			n := len(t.signed.params) + len(t.signed.headers)
			t.signed.params, t.signed.headers = slices.DeleteFunc(t.signed.params, token), slices.DeleteFunc(t.signed.headers, token)
			return n != len(t.signed.params)+len(t.signed.headers) && t.header.Get(signer.TokenName) == ""
		}},
		{name: "token signed, not listed", want: diagnose.TokenNotSigned, apply: func(t *trial) bool {
			if t.v.Token == "" || slices.ContainsFunc(t.signed.params, token) || slices.ContainsFunc(t.signed.headers, token) {
				return false
			}
			t.signed.headers = append(t.signed.headers, signer.TokenName+"="+signer.Encode(t.v.Token))
			return true
		}},
		{name: "MD5 in hex, signed so", want: diagnose.MD5Hex, observed: true, apply: func(t *trial) bool {
			if !t.lists("content-md5") {
				return false
			}
			b, _ := base64.StdEncoding.DecodeString(t.header.Get("Content-MD5"))
			t.header.Set("Content-MD5", hex.EncodeToString(b))
			t.in.Facts.Code = "InvalidDigest"
			i := slices.IndexFunc(t.signed.headers, func(p string) bool { return strings.HasPrefix(p, "content-md5=") })
			t.signed.headers[i] = "content-md5=" + hex.EncodeToString(b)
			return true
		}},
		{name: "body cut", want: diagnose.BodyShort, observed: true, apply: func(t *trial) bool {
			t.in.Facts.Code, t.in.Facts.Received = "IncompleteBody", 3
			return true
		}, every: 5},
		{name: "another secret", want: diagnose.Unknown, observed: true, apply: func(t *trial) bool { t.secret += "?"; return true }},
		{name: "a secret of the same length", want: diagnose.Unknown, observed: true, apply: func(t *trial) bool {
			t.secret = strings.ToUpper(t.secret)
			return t.secret != t.v.SecretKey
		}, every: 5},
		{name: "source not there", want: diagnose.CopySourceMissing, observed: true, apply: func(t *trial) bool {
			t.in.Facts.Code = "NoSuchKey"
			t.in.Facts.Source = &diagnose.CopySource{Text: "b-1250000000.cos.ap-guangzhou.myqcloud.com/k", Bucket: "b-1250000000", Key: "k"}
			return true
		}, every: 9},
	}
}
