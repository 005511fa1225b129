package diagnose_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// replaceAK puts another SecretId into the signature, as it is carried.
func (t *trial) replaceAK(id string) {
	if !t.carriedInSign() {
		id = signer.Encode(id)
	}
	t.replaceField("q-ak", id)
}

// unknownKey makes a trial's pair one that is known, but not by the id that came.
func (t *trial) unknownKey() {
	t.in.OtherKeys = append(t.in.OtherKeys, t.in.Key)
	t.in.Key, t.in.Facts.Key, t.in.Facts.Code = signer.Credentials{}, diagnose.KeyNotFound, "InvalidAccessKeyId"
}

func keyIDArrivals() []mutation {
	ak := func(change func(string) string) func(*trial) bool {
		return func(t *trial) bool {
			t.unknownKey()
			t.replaceAK(change(t.v.SecretID))
			return true
		}
	}
	to := func(id string) func(*trial) bool { return ak(func(string) string { return id }) }
	return []mutation{
		{name: "id with a blank", want: diagnose.KeyWhitespace, apply: ak(func(s string) string { return s[:4] + " " + s[4:] }), every: 5},
		{name: "id with a line break inside", want: diagnose.KeyWhitespace, apply: ak(func(s string) string { return s[:9] + "\n" + s[9:] }), every: 5},
		{name: "id in quotes", want: diagnose.KeyWhitespace, apply: ak(func(s string) string { return `"` + s + `"` }), every: 6},
		{name: "id with an invisible character", want: diagnose.KeyWhitespace, apply: ak(func(s string) string { return "\ufeff" + s }), every: 7},
		{name: "id of nobody with a blank", want: diagnose.KeyWhitespace, observed: true, apply: func(t *trial) bool {
			t.in.Key, t.in.Facts.Key = signer.Credentials{}, diagnose.KeyNotFound
			t.replaceAK("AKIDnobody0000000\u00a0000000000000000000")
			return true
		}, every: 7},
		{name: "a name for the id", want: diagnose.KeyFormat, also: []diagnose.ID{diagnose.SecretOther}, observed: true, apply: to("my-bucket-user"), every: 5},
		{name: "a placeholder for the id", want: diagnose.KeyFormat, also: []diagnose.ID{diagnose.SecretOther}, observed: true, apply: to("${SECRET_ID}"), every: 6},
		{name: "an undefined id", want: diagnose.KeyFormat, also: []diagnose.ID{diagnose.SecretOther}, observed: true, apply: to("undefined"), every: 7},
		{name: "an account for the id", want: diagnose.KeyFormat, also: []diagnose.ID{diagnose.SecretOther}, observed: true, apply: to("1250000000"), every: 7},
		{name: "no id", want: diagnose.KeyEmpty, observed: true, apply: func(t *trial) bool {
			t.in.Key, t.in.Facts.Code = signer.Credentials{}, "AccessDenied"
			t.replaceField("q-ak", "")
			return true
		}, every: 5},
	}
}

func keyIDSignings() []mutation {
	swap := func(id string) func(*trial) bool {
		return func(t *trial) bool {
			t.unknownKey()
			t.secret = t.v.SecretID
			t.replaceAK(strings.Replace(id, "KEY", t.v.SecretKey, 1))
			return true
		}
	}
	return []mutation{
		{name: "id and secret swapped", want: diagnose.KeySwapped, apply: swap("KEY"), every: 4},
		{name: "id and secret swapped, with a line break", want: diagnose.KeySwapped, apply: swap("KEY\n"), every: 6},
		{name: "swapped, and another method", want: diagnose.KeySwapped, also: []diagnose.ID{diagnose.Method}, apply: func(t *trial) bool {
			t.signed.method = "patch"
			return swap("KEY")(t)
		}, every: 6},
	}
}

// carried moves the signature into the Authorization header, behind a prefix.
func (t *trial) carried(prefix string) bool {
	c, ok := signer.ParseClaim(t.request())
	if !ok {
		return false
	}
	var kept []string
	for _, p := range strings.Split(t.query, "&") {
		if name, _, _ := strings.Cut(p, "="); !strings.HasPrefix(name, "q-") && name != "sign" {
			kept = append(kept, p)
		}
	}
	t.query = strings.Join(kept, "&")
	t.header.Set("Authorization", prefix+c.Authorization())
	return true
}

func carrierArrivals() []mutation {
	prefixed := func(prefix string) func(*trial) bool {
		return func(t *trial) bool { return t.carried(prefix) }
	}
	aws := func(set func(*trial)) func(*trial) bool {
		return func(t *trial) bool {
			t.in.Key, t.in.Facts.Code = signer.Credentials{}, "SignatureDoesNotMatch"
			t.query = strings.Join(t.params(), "&")
			t.header.Del("Authorization")
			set(t)
			return true
		}
	}
	authorized := func(v string) func(*trial) bool {
		return aws(func(t *trial) { t.header.Set("Authorization", v) })
	}
	queried := func(q string) func(*trial) bool { return aws(func(t *trial) { t.query += "&" + q }) }
	return []mutation{
		{name: "Bearer before the signature", want: diagnose.AuthPrefix, apply: prefixed("Bearer "), every: 4},
		{name: "sign= before the signature", want: diagnose.AuthPrefix, apply: prefixed("sign="), every: 5},
		{name: "the header's name before the signature", want: diagnose.AuthPrefix, apply: prefixed("Authorization: "), every: 5},
		{name: "signature appended twice", want: diagnose.QueryTwice, apply: func(t *trial) bool {
			if !strings.HasPrefix(t.query, "q-sign-algorithm=") && !strings.HasPrefix(t.query, "sign=q-") {
				return false
			}
			t.query += "?" + t.query
			return true
		}},
		{name: "a stale signature before the right one", want: diagnose.QueryTwice, observed: true, apply: func(t *trial) bool {
			c, _ := signer.ParseClaim(t.request())
			t.query = strings.Replace(t.query, c.Signature, strings.Repeat("0", 40), 1) + "&" + t.query
			return len(t.params()) == 0
		}, every: 3},
		{name: "a stale signature in the header", want: diagnose.QueryTwice, observed: true, apply: func(t *trial) bool {
			c, _ := signer.ParseClaim(t.request())
			t.header.Set("Authorization", strings.Replace(c.Authorization(), c.Signature, strings.Repeat("0", 40), 1))
			return true
		}, every: 5},
		{name: "AWS V4 in the header", want: diagnose.AWSSignature, observed: true, apply: authorized("AWS4-HMAC-SHA256 Credential=AKID/20260101/ap-guangzhou/s3/aws4_request, SignedHeaders=host, Signature=00"), every: 7},
		{name: "AWS V2 in the header", want: diagnose.AWSSignature, observed: true, apply: authorized("AWS AKID:c2ln"), every: 7},
		{name: "AWS V4 in the URL", want: diagnose.AWSSignature, observed: true, apply: queried("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00"), every: 7},
		{name: "AWS V2 in the URL", want: diagnose.AWSSignature, observed: true, apply: queried("AWSAccessKeyId=AKID&Expires=tomorrow&Signature=c2ln"), every: 7},
		{name: "a checksum in an AWS trailer", want: diagnose.AWSChecksum, observed: true, apply: aws(func(t *trial) {
			at := t.in.Now.UTC().Format("20060102T150405Z")
			t.header.Set("X-Amz-Date", at)
			t.header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
			t.header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/"+at[:8]+"/r/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=00")
		}), every: 7},
		{name: "signed chunks whose length differs", want: diagnose.AWSChunk, observed: true, apply: aws(func(t *trial) {
			at := t.in.Now.UTC().Format("20060102T150405Z")
			t.header.Set("X-Amz-Date", at)
			t.header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
			t.header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/"+at[:8]+"/r/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=00")
			t.in.Facts.Code = "IncompleteBody"
			t.in.Facts.Chunk = &signer.ChunkError{Problem: signer.ChunkTooLittle, Chunk: 2, Data: 5, Decoded: 6}
		}), every: 7},
		{name: "signature lost", want: diagnose.Unsigned, observed: true, apply: func(t *trial) bool {
			t.query = ""
			return true
		}, every: 9},
		{name: "the JSON API's path", want: diagnose.OldAPI, observed: true, apply: func(t *trial) bool {
			t.query, t.path, t.host = "", "/files/v2/1250000000/b/k", "proxy.example"
			t.header.Set("Authorization", "aGVsbG8=")
			return true
		}, every: 7},
		{name: "the JSON API's host", want: diagnose.OldAPI, also: []diagnose.ID{diagnose.Host}, observed: true, apply: func(t *trial) bool { t.host = "gz.file.myqcloud.com"; return true }, every: 7},
		{name: "the JSON API's signature", want: diagnose.OldAPI, observed: true, apply: func(t *trial) bool {
			t.query = "sign=" + signer.Encode(base64.StdEncoding.EncodeToString([]byte("01234567890123456789a=1250000000&b=b&k=AKID1&e=1&t=0&r=1&f=")))
			return true
		}, every: 7},
	}
}

func hostArrivals() []mutation {
	at := func(host string) func(*trial) bool {
		return func(t *trial) bool {
			t.host = strings.ReplaceAll(host, "BUCKET", t.v.Bucket)
			t.in.Facts.Code, t.in.Facts.BucketMissing, t.in.Facts.Bucket = "NoSuchBucket", true, "up"
			return t.v.Bucket != ""
		}
	}
	also := []diagnose.ID{diagnose.Host}
	m := func(name, host string) mutation {
		return mutation{name: name, want: diagnose.HostMalformed, also: also, observed: true, apply: at(host), every: 7}
	}
	return []mutation{
		m("host without .cos.", "BUCKET.ap-guangzhou.myqcloud.com"),
		m("host of 2017", "BUCKET.cn-south.myqcloud.com"),
		m("host of 2017, with cosgz", "BUCKET.cosgz.myqcloud.com"),
		m("region of 2017", "BUCKET.cos.gz.myqcloud.com"),
		m("bucket twice in the host", "BUCKET.BUCKET.cos.ap-guangzhou.myqcloud.com"),
		m("host twice", "BUCKET.cos.ap-guangzhou.myqcloud.com.cos.ap-guangzhou.myqcloud.com"),
		m("a slip in the domain", "BUCKET.cos.ap-guangzhou.mycloud.com"),
		m("a template for the host", "{Bucket}.cos.{Region}.myqcloud.com"),
		{name: "a custom domain, the bucket elsewhere", want: diagnose.Host, apply: func(t *trial) bool {
			t.host = "img.example.com"
			t.in.Facts = diagnose.Facts{
				Bucket: "photos", BucketMissing: true, HostUnknown: true,
				Buckets: []string{"other-1250000000", t.v.Bucket}, Regions: map[string]string{t.v.Bucket: t.v.Region},
			}
			return slices.Contains(t.listed, "host")
		}, every: 4},
		{name: "a custom domain, host not signed", want: diagnose.Host, observed: true, apply: func(t *trial) bool {
			t.host = "img.example.com"
			t.in.Facts = diagnose.Facts{Code: "NoSuchBucket", Bucket: "photos", BucketMissing: true, HostUnknown: true}
			return !slices.Contains(t.listed, "host")
		}, every: 4},
	}
}

// textSignings are mistakes in turning text into bytes.
func textSignings() []mutation {
	path := func(encode func(string) string) func(*trial) bool {
		return func(t *trial) bool {
			old := t.signed.path
			t.signed.path = encode(old)
			return t.signed.path != old
		}
	}
	whole := func(encode func(string) string) func(*trial) bool {
		return func(t *trial) bool {
			t.signature = func(http, _ string) string {
				return mac(mac(t.secret, t.keyTime), stringToSign(t.signTime, encode(http)))
			}
			return true
		}
	}
	return []mutation{
		{name: "low bytes of the code units", want: diagnose.TextEncoding, apply: path(func(s string) string {
			var b []byte
			for _, u := range utf16.Encode([]rune(s)) {
				b = append(b, byte(u))
			}
			return string(b)
		})},
		{name: "GBK", want: diagnose.TextEncoding, apply: path(func(s string) string {
			b, err := simplifiedchinese.GBK.NewEncoder().String(s)
			if err != nil {
				return s
			}
			return b
		})},
		{name: "question marks", want: diagnose.TextEncoding, apply: path(func(s string) string {
			return strings.Map(func(r rune) rune {
				if r > 0x7f {
					return '?'
				}
				return r
			}, s)
		})},
		{name: "UTF-8 taken for Latin-1", want: diagnose.TextEncoding, apply: path(func(s string) string {
			var b strings.Builder
			for i := range len(s) {
				b.WriteRune(rune(s[i]))
			}
			return b.String()
		})},
		{name: "UTF-16", want: diagnose.TextEncoding, apply: whole(func(s string) string {
			var b []byte
			for _, u := range utf16.Encode([]rune(s)) {
				b = append(b, byte(u), byte(u>>8))
			}
			return string(b)
		}), every: 5},
	}
}

// blankArrivals are signed texts that lost blanks or their case on the way.
func blankArrivals() []mutation {
	signedAs := func(value string) func(*trial) bool {
		return func(t *trial) bool {
			i := slices.IndexFunc(t.signed.headers, func(p string) bool { return strings.HasPrefix(p, "content-disposition=") })
			if i < 0 || !t.lists("content-disposition") {
				return false
			}
			t.header.Set("Content-Disposition", strings.Join(strings.Fields(value), " "))
			t.signed.headers[i] = "content-disposition=" + signer.Encode(value)
			return true
		}
	}
	lower := func(change func(string) string) func(*trial) bool {
		return func(t *trial) bool {
			changed := false
			for i, p := range t.signed.params {
				key, value, _ := strings.Cut(p, "=")
				if n := key + "=" + change(value); n != p && key != signer.TokenName {
					t.signed.params[i], changed = n, true
				}
			}
			return changed && !slices.ContainsFunc(t.signed.params, func(p string) bool { return strings.HasPrefix(p, signer.TokenName) })
		}
	}
	return []mutation{
		{name: "two blanks made one", want: diagnose.HeaderValue, apply: signedAs(`inline; filename="a  b c.pdf"`)},
		{name: "all blanks made one", want: diagnose.HeaderValue, apply: signedAs(`inline;  filename="a  b  c.pdf"`)},
		{name: "a blank at the end trimmed", want: diagnose.HeaderValue, apply: signedAs("attachment ")},
		{name: "parameters signed in lower case", want: diagnose.ParamValue, apply: lower(strings.ToLower)},
		{name: "parameters signed in upper case", want: diagnose.ParamValue, apply: lower(strings.ToUpper)},
	}
}

func otherArrivals() []mutation {
	const other = "another/object.png"
	return []mutation{
		{name: "another object", want: diagnose.PathSlash, apply: func(t *trial) bool {
			t.path, t.in.Facts.Keys = "/"+other, []string{"x", strings.TrimPrefix(t.signed.path, "/")}
			return t.signed.path != "/"
		}, every: 4},
		{name: "another object, another host", want: diagnose.Host, also: []diagnose.ID{diagnose.PathSlash}, apply: func(t *trial) bool {
			t.path, t.in.Facts.Keys, t.host = "/"+other, []string{strings.TrimPrefix(t.signed.path, "/")}, "localhost:9000"
			return slices.Contains(t.listed, "host") && t.signed.path != "/"
		}, every: 4},
		{name: "chunked, the length signed", want: diagnose.TransferEncoding, observed: true, apply: func(t *trial) bool {
			if !t.lists("content-length") || t.chunked {
				return false
			}
			t.header.Del("Content-Length")
			t.chunked = true
			return true
		}},
	}
}

func clockArrivals() []mutation {
	moved := func(by time.Duration, frozen bool) func(*trial) bool {
		return func(t *trial) bool {
			signed := time.Unix(t.v.ValidFrom+10, 0)
			t.in.Now = signed.Add(by)
			t.in.Facts.Clock = &diagnose.ClockSetting{Offset: by, Frozen: frozen, Since: signed.Add(-time.Hour)}
			return true
		}
	}
	return []mutation{
		{name: "the emulator's clock a year ahead", want: diagnose.ClockMoved, observed: true, apply: moved(365*24*time.Hour, false), every: 5},
		{name: "the emulator's clock 8 hours behind", want: diagnose.ClockMoved, observed: true, apply: moved(-8*time.Hour, true), every: 5},
		{name: "expired by moving the clock", want: diagnose.Expired, observed: true, apply: func(t *trial) bool {
			ok := moved(365*24*time.Hour, false)(t)
			t.in.Facts.Clock.Since = time.Unix(t.v.ValidFrom, 0).Add(time.Second)
			return ok
		}, every: 5},
	}
}

// formTrials are forms; of the vector they take the key pair alone.
func formTrials() []mutation {
	const policy = `{"expiration": "2036-01-01T01:00:00.000Z", "conditions": [["starts-with","$key","up/"]]}`
	signed := func(sign func(t *trial) (secret, text string)) func(*trial) bool {
		return func(t *trial) bool {
			t.method, t.path, t.query, t.host = http.MethodPost, "/", "", t.v.Bucket+".cos.ap-guangzhou.myqcloud.com"
			secret, text := sign(t)
			encoded := base64.StdEncoding.EncodeToString([]byte(policy))
			t.in.Form = &diagnose.FormEvidence{Policy: []byte(policy), Encoded: encoded, Signed: true}
			times := signer.ParseTimeRange(t.keyTime)
			t.claim = &signer.Claim{
				Carrier: signer.CarrierForm, Algorithm: "sha1", SecretID: t.v.SecretID, KeyTime: times, SignTime: times,
				Signature: mac(mac(secret, t.keyTime), text),
			}
			t.in.Now = time.Unix(times.Start+1, 0)
			return true
		}
	}
	hash := func(s string) string { return signer.PolicyStringToSign([]byte(s)) }
	secret := func(change func(string) string) func(*trial) bool {
		return signed(func(t *trial) (string, string) { return change(t.v.SecretKey), hash(policy) })
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(policy))
	text := func(s string) func(*trial) bool {
		return signed(func(t *trial) (string, string) { return t.v.SecretKey, s })
	}
	problem := func(p diagnose.FormProblem) func(*trial) bool {
		return func(t *trial) bool {
			ok := text(hash(policy))(t)
			t.claim, t.in.Form, t.in.Facts.Code = nil, &diagnose.FormEvidence{Problem: &p}, "InvalidPolicyDocument"
			return ok
		}
	}
	return []mutation{
		{name: "form: base64 signed", want: diagnose.FormBase64, apply: text(hash(encoded)), every: 7},
		{name: "form: base64 signed itself", want: diagnose.FormBase64, apply: text(encoded), every: 7},
		{name: "form: JSON signed without SHA-1", want: diagnose.FormPolicy, apply: text(policy), every: 7},
		{name: "form: JSON written again", want: diagnose.FormPolicy, apply: text(hash(strings.ReplaceAll(policy, " ", ""))), every: 7},
		{name: "form: no policy", want: diagnose.FormPolicy, observed: true, apply: problem(diagnose.FormProblem{Missing: true}), every: 7},
		{name: "form: no condition", want: diagnose.FormPolicy, observed: true, apply: problem(diagnose.FormProblem{Condition: "q-ak"}), every: 7},
		{name: "form: unreadable", want: diagnose.FormPolicy, observed: true, apply: problem(diagnose.FormProblem{Member: "expiration", Detail: diagnose.Text{En: "is missing", Zh: "缺失"}}), every: 7},
		{name: "form: secret with a line break", want: diagnose.SecretWhitespace, apply: secret(func(s string) string { return s + "\n" }), every: 7},
		{name: "form: secret with a blank", want: diagnose.SecretWhitespace, apply: secret(func(s string) string { return s + " " }), every: 7},
		{name: "form: no secret", want: diagnose.SecretWhitespace, apply: secret(func(string) string { return "" }), every: 7},
		{name: "form: another secret of ours", want: diagnose.SecretOther, apply: secret(func(string) string { return otherKey.SecretKey }), every: 7},
		{name: "form: nobody's secret", want: diagnose.Unknown, observed: true, apply: secret(func(string) string { return "nobody's" }), every: 7},
	}
}
