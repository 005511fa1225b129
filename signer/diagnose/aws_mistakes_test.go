package diagnose_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

const (
	s3Bucket = "examplebucket-1250000000"
	s3Host   = s3Bucket + ".cos.ap-guangzhou.myqcloud.com"
)

func s3Now() time.Time { return time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC) }

// s3Trial is a request on its way: signed as in says, and then changed.
type s3Trial struct {
	in     signer.PresignInput
	sent   *signer.Presigned
	method string
	url    string
	header http.Header
	facts  diagnose.Facts
}

func (t *s3Trial) explain(tb testing.TB) *diagnose.Report {
	tb.Helper()
	req, err := signer.NewRequest(t.method, t.url, t.header)
	require.NoError(tb, err)
	in := diagnose.Input{
		Request: req, Now: s3Now(), Facts: t.facts,
		Key:       signer.Credentials{SecretID: "AKIDs3", SecretKey: "secretOfS3_0123456789"},
		OtherKeys: []signer.Credentials{{SecretID: "AKIDother", SecretKey: "secretOfAnother_0123456"}},
		Verify:    signer.VerifyOptions{Bucket: s3Bucket},
	}
	if strings.Contains(t.url, "://127") {
		in.Verify = signer.VerifyOptions{PathPrefix: "/" + s3Bucket}
	}
	in.Facts.Bucket, in.Facts.BucketRegion = s3Bucket, "ap-guangzhou"
	in.Claim, err = signer.FindClaim(req)
	if err != nil {
		in.Problem = err.(*signer.ClaimError) //nolint:errorlint // it always is one
	}
	return diagnose.Explain(in)
}

// s3Mistake is a labelled mistake. before changes what is signed, after what
// arrives; false: it does not fit the request.
type s3Mistake struct {
	name     string
	want     diagnose.ID
	observed bool
	before   func(*signer.PresignInput) bool
	after    func(*s3Trial) bool
}

func s3Mistakes() []s3Mistake {
	swap := func(old, with string) func(*s3Trial) bool {
		return func(t *s3Trial) bool {
			was := t.url
			bare, query, signed := strings.Cut(strings.TrimPrefix(t.url, "https://"), "?")
			if signed {
				query = "?" + query
			}
			t.url = "https://" + strings.Replace(bare, old, with, 1) + query
			return was != t.url
		}
	}
	inQuery := func(old, with string) func(*s3Trial) bool {
		return func(t *s3Trial) bool {
			was := t.url
			t.url = strings.Replace(t.url, old, with, 1)
			return was != t.url
		}
	}
	v4 := func(t *s3Trial) bool { return t.in.Family == signer.AWS4 }
	secret := func(change func(string) string) func(*signer.PresignInput) bool {
		return func(in *signer.PresignInput) bool {
			in.Credentials.SecretKey = change(in.Credentials.SecretKey)
			return true
		}
	}
	typed := func(in *signer.PresignInput) bool { in.Header.Set("Content-Type", "image/png"); return true }
	return []s3Mistake{
		{name: "another method", want: diagnose.Method, after: func(t *s3Trial) bool { t.method = http.MethodPost; return t.method != t.in.Method }},
		{name: "GET for a PUT", want: diagnose.Method, after: func(t *s3Trial) bool { t.method = http.MethodGet; return t.in.Method != http.MethodGet }},
		{name: "another host", want: diagnose.Host, after: func(t *s3Trial) bool {
			return v4(t) && swap(".cos.ap-guangzhou.myqcloud.com", ".cos.accelerate.myqcloud.com")(t)
		}},
		{name: "a port added", want: diagnose.Host, after: func(t *s3Trial) bool { return v4(t) && swap(".myqcloud.com", ".myqcloud.com:9000")(t) }},
		{name: "a port lost", want: diagnose.Host, after: func(t *s3Trial) bool {
			t.facts.Hosts = []string{"127.0.0.1:9000"}
			return v4(t) && swap("127.0.0.1:9000", "127.0.0.1:80")(t)
		}},
		{name: "content type changed", want: diagnose.HeaderValue, before: typed, after: func(t *s3Trial) bool { t.header.Set("Content-Type", "image/jpeg"); return true }},
		{name: "charset added", want: diagnose.HeaderValue, before: func(in *signer.PresignInput) bool { in.Header.Set("Content-Type", "text/plain"); return true }, after: func(t *s3Trial) bool {
			t.header.Set("Content-Type", "text/plain;charset=UTF-8")
			return true
		}},
		{name: "content type added by a browser", want: diagnose.HeaderValue, after: func(t *s3Trial) bool {
			t.header.Set("Content-Type", "image/png")
			return t.in.Family == signer.AWS2
		}},
		{name: "content type not sent", want: diagnose.HeaderNotSent, before: typed, after: func(t *s3Trial) bool { t.header.Del("Content-Type"); return true }},
		{name: "ACL not sent", want: diagnose.HeaderNotSent, before: func(in *signer.PresignInput) bool { in.Header.Set("X-Amz-Acl", "public-read"); return true }, after: func(t *s3Trial) bool {
			t.header.Del("X-Amz-Acl")
			return true
		}},
		{name: "ACL changed", want: diagnose.HeaderValue, before: func(in *signer.PresignInput) bool { in.Header.Set("X-Amz-Acl", "public-read"); return true }, after: func(t *s3Trial) bool {
			t.header.Set("X-Amz-Acl", "private")
			return true
		}},
		{name: "header added", want: diagnose.HeaderValue, after: func(t *s3Trial) bool { t.header.Set("X-Amz-Meta-B", "c"); return t.in.Family == signer.AWS2 }},
		{name: "header added, V4", want: diagnose.AWSSignature, observed: true, after: func(t *s3Trial) bool { t.header.Set("X-Amz-Meta-B", "c"); return v4(t) }},
		{name: "parameter added", want: diagnose.ParamValue, after: func(t *s3Trial) bool {
			t.url += "&response-content-type=text/plain"
			return strings.Contains(t.url, "?")
		}},
		{name: "longer by hand", want: diagnose.ParamValue, after: inQuery("X-Amz-Expires=3600", "X-Amz-Expires=36000")},
		{name: "key encoded twice", want: diagnose.PathEncodedTwice, after: swap("%20", "%2520")},
		{name: "a plus for a blank", want: diagnose.PathPlus, after: swap("%20", "+")},
		{name: "a blank for a plus", want: diagnose.PathPlus, after: swap("%2B", "%20")},
		{name: "a slash lost", want: diagnose.PathSlash, after: swap("//", "/")},
		{name: "secret with a line break", want: diagnose.SecretWhitespace, before: secret(func(s string) string { return s + "\n" })},
		{name: "secret with a blank", want: diagnose.SecretWhitespace, before: secret(func(s string) string { return " " + s })},
		{name: "another secret that is known", want: diagnose.SecretOther, before: secret(func(string) string { return "secretOfAnother_0123456" })},
		{name: "the id for the secret", want: diagnose.SecretOther, before: secret(func(string) string { return "AKIDs3" })},
		{name: "a secret that nobody knows", want: diagnose.Unknown, observed: true, before: secret(func(string) string { return "nobody's" })},
		{name: "expired", want: diagnose.Expired, observed: true, before: func(in *signer.PresignInput) bool { in.Start = in.Start.Add(-5 * time.Hour); return true }},
		{name: "not yet", want: diagnose.NotYetValid, observed: true, before: func(in *signer.PresignInput) bool {
			in.Start = in.Start.Add(20 * time.Minute)
			return in.Family == signer.AWS4 || in.Carrier == signer.CarrierHeader
		}},
		{name: "a day in the scope", want: diagnose.AWSSignature, observed: true, after: func(t *s3Trial) bool {
			t.header.Set("Authorization", strings.Replace(t.header.Get("Authorization"), "/20261124/", "/20261123/", 1))
			return strings.Contains(t.url+t.header.Get("Authorization"), "/20261123/")
		}},
		{name: "a service in the scope", want: diagnose.AWSSignature, observed: true, after: inQuery("%2Fs3%2F", "%2Fcos%2F")},
		{name: "a region in the scope", want: diagnose.AWSSignature, observed: true, after: inQuery("%2Fap-guangzhou%2F", "%2F%2F")},
		{name: "over seven days", want: diagnose.AWSSignature, observed: true, after: inQuery("X-Amz-Expires=3600", "X-Amz-Expires=700000")},
		{name: "signature with blanks", want: diagnose.SignatureFormat, after: func(t *s3Trial) bool {
			was := t.url
			i := strings.LastIndex(t.url, "&Signature=")
			if i < 0 {
				return false
			}
			t.url = t.url[:i] + strings.ReplaceAll(t.url[i:], "%2B", "%20")
			return was != t.url
		}},
		{name: "payload hash", want: diagnose.HeaderValue, before: func(in *signer.PresignInput) bool {
			in.Header.Set("X-Amz-Content-Sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
			return in.Family == signer.AWS4 && in.Carrier == signer.CarrierHeader
		}, after: func(t *s3Trial) bool { t.header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"); return true }},
	}
}

// TestS3Mistakes: labelled mistakes over S3 signatures of both versions are named
// first, proven by the signature that came; nothing false is proven.
func TestS3Mistakes(t *testing.T) {
	trials, first := 0, 0
	wrong := map[string]string{}
	for _, m := range s3Mistakes() {
		tried := 0
		for _, family := range []signer.Family{signer.AWS4, signer.AWS2} {
			for _, carrier := range []signer.Carrier{signer.CarrierHeader, signer.CarrierQuery} {
				for _, key := range []string{"a.txt", "a b/c.png", "a+b.txt", "x//y.txt", "照片/一.jpg"} {
					for _, local := range []bool{false, true} {
						for _, method := range []string{http.MethodPut, http.MethodGet} {
							in := signer.PresignInput{
								Credentials: signer.Credentials{SecretID: "AKIDs3", SecretKey: "secretOfS3_0123456789"},
								Method:      method, Family: family, Carrier: carrier, Host: s3Host, Bucket: s3Bucket, Region: "ap-guangzhou",
								Key: key, Start: s3Now(), Expires: time.Hour, Header: http.Header{},
							}
							if local {
								in.Host, in.PathStyle = "127.0.0.1:9000", true
							}
							name := fmt.Sprintf("%s: %v %v %s %s", m.name, family, carrier, method, key)
							if m.before != nil && !m.before(&in) {
								continue
							}
							sent, err := signer.Presign(in)
							require.NoError(t, err)
							trial := &s3Trial{in: in, sent: sent, method: method, url: sent.URL, header: sent.Header.Clone()}
							if m.after != nil && !m.after(trial) {
								continue
							}
							tried++
							r := trial.explain(t)
							trials++
							for _, f := range r.Findings {
								require.False(t, m.observed && f.Proven, "%s: false proof of %s", name, f.ID)
							}
							if len(r.Findings) > 0 && r.Findings[0].ID == m.want && r.Findings[0].Proven != m.observed {
								first++
							} else {
								wrong[m.name] = fmt.Sprintf("%s: %v, %+v", name, r.IDs(), r.Findings)
							}
						}
					}
				}
			}
		}
		require.Positive(t, tried, m.name)
	}
	t.Logf("%d of %d named first", first, trials)
	for name, why := range wrong {
		t.Logf("%s: %.400s", name, why)
	}
	require.GreaterOrEqual(t, first*100, trials*99, "named first")
}
