package diagnose_test

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

func tokenArrivals() []mutation {
	dropToken := func(t *trial) bool {
		if t.v.Token == "" {
			return false
		}
		t.header.Del(signer.TokenName)
		var kept []string
		for _, p := range strings.Split(t.query, "&") {
			if name, _, _ := strings.Cut(p, "="); name != signer.TokenName && name != "token" {
				kept = append(kept, p)
			}
		}
		t.query = strings.Join(kept, "&")
		return true
	}
	setToken := func(t *trial, token string) bool {
		if t.v.Token == "" {
			return false
		}
		if t.header.Get(signer.TokenName) != "" {
			t.header.Set(signer.TokenName, token)
			return true
		}
		pieces := strings.Split(t.query, "&")
		for i, p := range pieces {
			if name, _, _ := strings.Cut(p, "="); name == signer.TokenName || name == "token" {
				pieces[i] = name + "=" + signer.Encode(token)
			}
		}
		t.query = strings.Join(pieces, "&")
		return true
	}
	return []mutation{
		{name: "token dropped, judged by the key", want: diagnose.TokenMissing, observed: true, apply: func(t *trial) bool {
			t.in.Facts.Key = diagnose.KeyTokenMissing
			return dropToken(t)
		}},
		{name: "token dropped, judged by the signature", want: diagnose.TokenMissing, observed: true, apply: func(t *trial) bool {
			t.in.Key.Token = ""
			return dropToken(t)
		}},
		{name: "another token", want: diagnose.TokenUnknown, observed: true, apply: func(t *trial) bool {
			t.in.Facts.Key = diagnose.KeyTokenUnknown
			return setToken(t, "a token of yesterday")
		}},
		{name: "the token of another key", want: diagnose.TokenUnknown, observed: true, apply: func(t *trial) bool {
			t.in.Facts.Key = diagnose.KeyTokenUnknown
			return setToken(t, otherKey.Token)
		}},
		{name: "token encoded again", want: diagnose.TokenUnknown, observed: true, apply: func(t *trial) bool {
			t.in.Facts.Key = diagnose.KeyTokenUnknown
			return setToken(t, signer.Encode(t.v.Token)) && signer.Encode(t.v.Token) != t.v.Token
		}},
		{name: "token over", want: diagnose.TokenExpired, observed: true, apply: func(t *trial) bool {
			t.in.Facts.Key, t.in.Facts.TokenExpired = diagnose.KeyTokenExpired, t.in.Now.Add(-time.Minute)
			return t.v.Token != ""
		}},
		{name: "signed as a parameter, sent as a header", want: diagnose.ParamNotSent, apply: func(t *trial) bool {
			listed := slices.ContainsFunc(t.signed.params, func(p string) bool { return strings.HasPrefix(p, signer.TokenName+"=") })
			if !listed || !dropToken(t) {
				return false
			}
			t.header.Set(signer.TokenName, t.v.Token)
			return true
		}},
	}
}

func claimArrivals() []mutation {
	at := func(d time.Duration, fromEnd bool) func(*trial) bool {
		return func(t *trial) bool {
			base := t.v.ValidFrom
			if fromEnd {
				base = t.v.ValidUntil
			}
			t.in.Now = time.Unix(base, 0).Add(d)
			return true
		}
	}
	return []mutation{
		{name: "over since a second", want: diagnose.Expired, observed: true, apply: at(time.Second, true), every: 4},
		{name: "over since 3 days", want: diagnose.Expired, observed: true, apply: at(72*time.Hour+7*time.Minute, true), every: 4},
		{name: "a clock 20 minutes ahead", want: diagnose.NotYetValid, observed: true, apply: at(-20*time.Minute, false), every: 4},
		{name: "8 hours added", want: diagnose.TimeZone, also: []diagnose.ID{diagnose.NotYetValid}, observed: true, apply: at(-8*time.Hour, false), every: 4},
		{name: "5 hours and a half added", want: diagnose.TimeZone, also: []diagnose.ID{diagnose.NotYetValid}, observed: true, apply: at(-5*time.Hour-30*time.Minute+3*time.Second, false), every: 5},
		{name: "sign= encoded again", want: diagnose.SignEncodedTwice, apply: func(t *trial) bool {
			if !t.carriedInSign() {
				return false
			}
			i := strings.Index(t.query, "sign=q-")
			t.query = t.query[:i] + strings.ReplaceAll(t.query[i:], "%", "%25")
			return len(t.params()) == 0
		}},
		{name: "q-sign-time encoded again", want: diagnose.SignEncodedTwice, apply: func(t *trial) bool {
			if t.carriedInSign() {
				return false
			}
			pieces := strings.Split(t.query, "&")
			for i, p := range pieces {
				if name, value, _ := strings.Cut(p, "="); strings.HasPrefix(name, "q-") {
					pieces[i] = name + "=" + signer.Encode(signer.Encode(signer.Decode(value)))
				}
			}
			t.query = strings.Join(pieces, "&")
			return true
		}, every: 4},
		{name: "sign= not encoded", want: diagnose.SignatureFormat, apply: func(t *trial) bool {
			if !t.carriedInSign() || len(t.params()) > 0 {
				return false
			}
			t.query = signer.Decode(t.query)
			return !strings.Contains(t.query, "%")
		}},
		{name: "copied out of HTML", want: diagnose.SignatureFormat, apply: func(t *trial) bool {
			t.query = strings.ReplaceAll(t.query, "&", "&amp;")
			return !t.carriedInSign()
		}, every: 4},
		{name: "copied out of JSON", want: diagnose.SignatureFormat, apply: func(t *trial) bool {
			t.query = strings.ReplaceAll(t.query, "&", `\u0026`)
			return !t.carriedInSign()
		}, every: 5},
		{name: "cut at the first '&' by the shell", want: diagnose.SignatureFormat, observed: true, apply: func(t *trial) bool {
			t.query, _, _ = strings.Cut(t.query, "&")
			return !t.carriedInSign() && strings.HasPrefix(t.query, "q-")
		}, every: 5},
		{name: "signature cut short", want: diagnose.SignatureFormat, observed: true, apply: func(t *trial) bool {
			c, _ := signer.ParseClaim(t.request())
			t.query = strings.Replace(t.query, c.Signature, c.Signature[:33], 1)
			return true
		}, every: 5},
		{name: "signature in upper case", want: diagnose.SignatureFormat, apply: func(t *trial) bool {
			c, _ := signer.ParseClaim(t.request())
			t.query = strings.Replace(t.query, c.Signature, strings.ToUpper(c.Signature), 1)
			return true
		}, every: 4},
		{name: "line break behind the signature", want: diagnose.SignatureFormat, apply: func(t *trial) bool {
			c, _ := signer.ParseClaim(t.request())
			t.query = strings.Replace(t.query, c.Signature, c.Signature+"%0A", 1)
			return !t.carriedInSign()
		}, every: 5},
		{name: "another algorithm", want: diagnose.SignatureFormat, apply: func(t *trial) bool {
			t.replaceField("q-sign-algorithm", "SHA1")
			return true
		}, every: 5},
		{name: "nobody's key", want: diagnose.KeyUnknown, observed: true, apply: func(t *trial) bool {
			t.in.Key, t.in.Facts.Key = signer.Credentials{}, diagnose.KeyNotFound
			return true
		}, every: 5},
		{name: "a key with its end cut off", want: diagnose.KeyUnknown, observed: true, apply: func(t *trial) bool {
			t.in.OtherKeys = append(t.in.OtherKeys, signer.Credentials{SecretID: t.v.SecretID + "9Z", SecretKey: t.v.SecretKey + "x"})
			t.in.Key, t.in.Facts.Key = signer.Credentials{}, diagnose.KeyNotFound
			return true
		}, every: 9},
	}
}

func factArrivals() []mutation {
	return []mutation{
		{name: "bucket without APPID", want: diagnose.BucketNoAppID, observed: true, apply: func(t *trial) bool {
			t.in.Facts.Bucket, t.in.Facts.BucketMissing, t.in.Facts.Code = "examplebucket", true, "NoSuchBucket"
			t.in.Facts.Buckets = []string{"other-1250000000", "examplebucket-1250000000"}
			return true
		}, every: 9},
		{name: "bucket of another region", want: diagnose.Region, observed: true, apply: func(t *trial) bool {
			t.in.Facts.Code, t.in.Facts.BucketRegion, t.in.Facts.AddressRegion = "NoSuchBucket", "ap-beijing", "ap-guangzhou"
			return true
		}, every: 9},
		{name: "denied by a statement", want: diagnose.PolicyDenied, observed: true, apply: func(t *trial) bool {
			t.in.Facts.Code = "AccessDenied"
			t.in.Facts.Policy = &diagnose.PolicyRefusal{Action: "name/cos:PutObject", Resource: "qcs::cos:::b/k", Denied: true, Statement: "2"}
			return true
		}, every: 9},
		{name: "no CORS rule", want: diagnose.CORSNoRule, observed: true, apply: func(t *trial) bool {
			t.method, t.in.Facts.Code = http.MethodOptions, "AccessForbidden"
			t.in.Facts.CORS = &diagnose.CORSRefusal{Origin: "http://localhost:3000", Method: "PUT"}
			return true
		}, every: 9},
		{name: "strict rules", want: diagnose.StrictSignature, observed: true, apply: func(t *trial) bool {
			t.in.Facts.Code = "AccessDenied"
			t.in.Facts.Strict = &diagnose.StrictRefusal{Headers: []string{"content-md5"}}
			return true
		}, every: 9},
	}
}

// pairArrivals are two mistakes at once; either may be named first.
func pairArrivals() []mutation {
	return []mutation{
		{name: "method and host", want: diagnose.Method, also: []diagnose.ID{diagnose.Host}, apply: func(t *trial) bool {
			t.method, t.host = "PATCH", "localhost:9000"
			return slices.Contains(t.listed, "host")
		}, every: 4},
		{name: "host and path", want: diagnose.Host, also: []diagnose.ID{diagnose.PathEncodedTwice}, apply: func(t *trial) bool {
			t.host, t.path = "localhost:9000", strings.ReplaceAll(t.path, "%", "%25")
			return slices.Contains(t.listed, "host") && strings.Contains(t.path, "%25")
		}, every: 4},
		{name: "method and charset", want: diagnose.Method, also: []diagnose.ID{diagnose.HeaderValue}, apply: func(t *trial) bool {
			t.method = "PATCH"
			t.header.Set("Content-Type", t.header.Get("Content-Type")+"; charset=utf-8")
			return t.lists("content-type") && !strings.HasPrefix(t.header.Get("Content-Type"), ";")
		}},
		{name: "two headers", want: diagnose.HeaderValue, apply: func(t *trial) bool {
			if !t.lists("content-type") || !t.lists("x-cos-meta-author") {
				return false
			}
			t.header.Set("Content-Type", t.header.Get("Content-Type")+"; charset=utf-8")
			old := t.header.Get("x-cos-meta-author")
			t.header.Set("x-cos-meta-author", signer.Encode(old))
			return true
		}},
	}
}
