package diagnose_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/testdata/vectors/s3"
)

// recorded is a request that a real client signed, on its way to the server.
type recorded struct {
	c      *s3.Case
	family signer.Family
	inHead bool // its signature is in a header
	signed time.Time

	method, host, path, query string
	header                    http.Header
	fields                    map[string]string
	now                       time.Time
	facts                     diagnose.Facts
	token                     string // that the server knows
}

func newRecorded(t *testing.T, c *s3.Case) *recorded {
	t.Helper()
	r := &recorded{c: c, method: c.Method, host: c.Host, header: c.Header(), fields: map[string]string{}}
	r.path, r.query, _ = strings.Cut(c.Target, "?")
	for name, value := range c.Fields {
		r.fields[name] = value
	}
	if c.Key == s3.TempID {
		r.token = s3.TempToken
	}
	claim, err := r.find(t)
	require.NoError(t, err, c.ID)
	require.NotNil(t, claim, c.ID)
	r.family, r.inHead = claim.Family, claim.Carrier == signer.CarrierHeader
	r.signed = time.Unix(claim.SignTime.Start, 0)
	if claim.SignTime.Start == 0 { // AWS2 says its end alone
		r.signed = time.Unix(claim.SignTime.End-3600, 0)
	}
	if claim.SignTime.End > 1<<60 { // a form of AWS2
		r.signed = time.Unix(1796137000, 0)
	}
	r.now = r.signed.Add(time.Minute)
	return r
}

func (r *recorded) isForm() bool { return len(r.fields) > 0 }

func (r *recorded) request(t *testing.T) *signer.Request {
	t.Helper()
	target := r.path
	if r.query != "" {
		target += "?" + r.query
	}
	req, err := signer.NewRequest(r.method, "http://"+r.host+target, r.header)
	require.NoError(t, err)
	return req
}

func (r *recorded) find(t *testing.T) (*signer.Claim, error) {
	t.Helper()
	if !r.isForm() {
		return signer.FindClaim(r.request(t))
	}
	return signer.FindFormClaim(func(name string) (string, bool) {
		for k, v := range r.fields {
			if strings.EqualFold(k, name) {
				return v, true
			}
		}
		return "", false
	})
}

func (r *recorded) field(name string) string {
	for k, v := range r.fields {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return ""
}

// explain explains it as the server would.
func (r *recorded) explain(t *testing.T) *diagnose.Report {
	t.Helper()
	in := diagnose.Input{
		Request: r.request(t), Now: r.now, Facts: r.facts,
		Key:       signer.Credentials{SecretID: s3.ID, SecretKey: s3.Secret},
		OtherKeys: []signer.Credentials{{SecretID: s3.OtherID, SecretKey: s3.OtherSecret}, {SecretID: s3.TempID, SecretKey: s3.TempSecret, Token: s3.TempToken}},
	}
	if r.c.Key == s3.TempID {
		in.Key, in.OtherKeys[1] = in.OtherKeys[1], in.Key
	}
	in.Facts.Bucket, in.Facts.BucketRegion = s3.Bucket, s3.Region
	if strings.HasPrefix(r.host, "cos.") || strings.HasPrefix(r.host, "127.") {
		in.Verify.PathPrefix = "/" + s3.Bucket
	} else {
		in.Verify.Bucket = s3.Bucket
	}
	var err error
	if in.Claim, err = r.find(t); err != nil {
		require.ErrorAs(t, err, &in.Problem)
	}
	if r.isForm() {
		in.Form = &diagnose.FormEvidence{Encoded: r.field("policy"), Claimed: true, S3: true}
	}
	return diagnose.Explain(in)
}

// changed changes it on its way.
type changed struct {
	name     string
	want     diagnose.ID
	observed bool
	apply    func(*recorded) bool // false: it does not fit the request
	also     diagnose.ID          // is proven with it
}

func (r *recorded) v4() bool      { return r.family == signer.AWS4 && !r.isForm() }
func (r *recorded) v2() bool      { return r.family == signer.AWS2 && !r.isForm() }
func (r *recorded) inQuery() bool { return !r.inHead && !r.isForm() }

// signs reports whether the signature lists a header.
func (r *recorded) signs(name string) bool {
	if r.family == signer.AWS2 {
		return true
	}
	_, list, _ := strings.Cut(r.header.Get("Authorization")+"&"+signer.Decode(r.query), "SignedHeaders=")
	list, _, _ = strings.Cut(list, "&")
	list, _, _ = strings.Cut(list, ",")
	return slices.Contains(strings.Split(list, ";"), name)
}

// set changes a signed header.
func (r *recorded) set(name, value string) bool {
	if r.isForm() || !r.signs(strings.ToLower(name)) || r.header.Get(name) == "" || r.header.Get(name) == value {
		return false
	}
	r.header.Set(name, value)
	if value == "" {
		r.header.Del(name)
	}
	return true
}

// inPath and inText replace a part of the path, or of the query or the Authorization
// header.
func (r *recorded) inPath(old, with string) bool {
	was := r.path
	r.path = strings.Replace(r.path, old, with, 1)
	return was != r.path && !r.isForm()
}

func (r *recorded) inText(expr, with string) bool {
	re := regexp.MustCompile(expr)
	if r.inHead {
		was := r.header.Get("Authorization")
		r.header.Set("Authorization", re.ReplaceAllString(was, with))
		return was != r.header.Get("Authorization")
	}
	was := r.query
	r.query = re.ReplaceAllString(r.query, with)
	return was != r.query
}

func changedRequests() []changed {
	method := func(m string) func(*recorded) bool {
		return func(r *recorded) bool {
			was := r.method
			r.method = m
			return was != m && !r.isForm()
		}
	}
	later := func(by time.Duration) func(*recorded) bool {
		return func(r *recorded) bool { r.now = r.signed.Add(by); return !r.isForm() }
	}
	return []changed{
		{name: "sent as GET", want: diagnose.Method, apply: method("GET")},
		{name: "sent as POST", want: diagnose.Method, apply: method("POST")},
		{name: "sent as DELETE", want: diagnose.Method, apply: method("DELETE")},
		{name: "sent as PUT", want: diagnose.Method, apply: method("PUT")},
		{name: "at the accelerated host", want: diagnose.Host, apply: func(r *recorded) bool {
			was := r.host
			r.host = strings.Replace(r.host, ".cos.ap-guangzhou.", ".cos.accelerate.", 1)
			return was != r.host && r.v4()
		}},
		{name: "at the other name", want: diagnose.Host, apply: func(r *recorded) bool {
			r.host = strings.Replace(r.host, "myqcloud.com", "tencentcos.cn", 1)
			return r.v4()
		}},
		{name: "with a port", want: diagnose.Host, apply: func(r *recorded) bool { r.host += ":9000"; return r.v4() }},
		{name: "the bucket moved into the path", want: diagnose.Host, also: diagnose.PathBucket, apply: func(r *recorded) bool {
			was := r.host
			r.host = strings.TrimPrefix(r.host, s3.Bucket+".")
			r.path = "/" + s3.Bucket + r.path
			return was != r.host && r.v4()
		}},
		{name: "another type", want: diagnose.HeaderValue, apply: func(r *recorded) bool { return r.set("Content-Type", "image/jpeg") }},
		{name: "a charset added", want: diagnose.HeaderValue, apply: func(r *recorded) bool { return r.set("Content-Type", "image/png; charset=utf-8") }},
		{name: "curl's own type", want: diagnose.HeaderValue, apply: func(r *recorded) bool { return r.set("Content-Type", "application/x-www-form-urlencoded") }},
		{name: "the type lost", want: diagnose.HeaderNotSent, apply: func(r *recorded) bool { return r.set("Content-Type", "") }},
		{name: "a type added by a browser", want: diagnose.HeaderValue, apply: func(r *recorded) bool {
			ok := r.v2() && r.header.Get("Content-Type") == "" && !strings.Contains(r.query, "content-type")
			r.header.Set("Content-Type", "application/octet-stream")
			return ok
		}},
		{name: "a type in place of that in the URL", want: diagnose.HeaderValue, apply: func(r *recorded) bool {
			ok := r.v2() && strings.Contains(r.query, "content-type")
			r.header.Set("Content-Type", "text/plain")
			return ok
		}},
		{name: "metadata lost", want: diagnose.HeaderNotSent, observed: true, apply: func(r *recorded) bool { return r.v4() && r.set("X-Amz-Meta-Run", "") }},
		{name: "an ACL added, V2", want: diagnose.HeaderValue, apply: func(r *recorded) bool { r.header.Set("X-Amz-Acl", "public-read"); return r.v2() }},
		{name: "an ACL added, V4", want: diagnose.AWSSignature, observed: true, apply: func(r *recorded) bool { r.header.Set("X-Amz-Acl", "public-read"); return r.v4() }},
		{name: "a parameter added", want: diagnose.ParamValue, apply: func(r *recorded) bool {
			r.query = strings.TrimPrefix(r.query+"&response-content-type=text%2Fplain", "&")
			return !r.isForm()
		}},
		{name: "a sub-resource added", want: diagnose.ParamValue, apply: func(r *recorded) bool {
			r.query = strings.TrimPrefix(r.query+"&acl", "&")
			return !r.isForm()
		}},
		{name: "an SDK's parameter lost", want: diagnose.ParamNotSent, apply: func(r *recorded) bool {
			was := r.query
			r.query = strings.Trim(regexp.MustCompile(`(^|&)x-id=\w+`).ReplaceAllString(r.query, ""), "&")
			return was != r.query && r.v4()
		}},
		{name: "stretched by a digit", want: diagnose.ParamValue, apply: func(r *recorded) bool { return r.inQuery() && r.inText(`Expires=(\d+)`, "Expires=${1}0") }},
		{name: "stretched to a day", want: diagnose.ParamValue, apply: func(r *recorded) bool { return r.v4() && r.inText(`X-Amz-Expires=3600`, "X-Amz-Expires=86400") }},
		{name: "over seven days", want: diagnose.AWSSignature, observed: true, apply: func(r *recorded) bool { return r.v4() && r.inText(`X-Amz-Expires=3600`, "X-Amz-Expires=900000") }},
		{name: "the key encoded again", want: diagnose.PathEncodedTwice, apply: func(r *recorded) bool {
			was := r.path
			r.path = strings.ReplaceAll(r.path, "%", "%25")
			return was != r.path && !r.isForm()
		}},
		{name: "a percent sign decoded", want: diagnose.PathNotEncoded, apply: func(r *recorded) bool { return r.inPath("%25", "%") && r.v2() }},
		{name: "a plus for a blank", want: diagnose.PathPlus, apply: func(r *recorded) bool { return r.inPath("%20", "+") }},
		{name: "a blank for a plus", want: diagnose.PathPlus, apply: func(r *recorded) bool { return r.inPath("%2B", "%20") || r.inPath("+", "%20") }},
		{name: "a slash lost", want: diagnose.PathSlash, apply: func(r *recorded) bool { return r.inPath("//", "/") }},
		{name: "a slash put before", want: diagnose.PathSlash, apply: func(r *recorded) bool {
			r.path = "/" + r.path
			return !r.isForm() && !strings.HasPrefix(r.host, "cos.")
		}},
		{name: "another key that is there", want: diagnose.PathSlash, apply: func(r *recorded) bool {
			r.facts.Keys = []string{"first", r.c.Label + "/a.png"}
			return r.inPath("/a.png", "/b.png")
		}},
		{name: "the day before in the scope", want: diagnose.AWSSignature, observed: true, apply: func(r *recorded) bool { return r.v4() && r.inText(`20261201(/|%2F)`, "20261130$1") }},
		{name: "another region in the scope", want: diagnose.AWSSignature, apply: func(r *recorded) bool { return r.v4() && r.inText(`(ap-guangzhou|us-east-1)(/|%2F)`, "ap-nanjing$2") }},
		{name: "another service in the scope", want: diagnose.AWSSignature, observed: true, apply: func(r *recorded) bool { return r.v4() && r.inText(`(/|%2F)s3(/|%2F)`, "${1}cos${2}") }},
		{name: "upper-case digits", want: diagnose.SignatureFormat, apply: func(r *recorded) bool {
			re := regexp.MustCompile(`Signature=[0-9a-f]{64}`)
			upper := func(s string) string {
				return re.ReplaceAllStringFunc(s, func(m string) string { return "Signature=" + strings.ToUpper(m[10:]) })
			}
			r.query = upper(r.query)
			if r.inHead {
				r.header.Set("Authorization", upper(r.header.Get("Authorization")))
			}
			return r.v4()
		}},
		{name: "blanks for pluses", want: diagnose.SignatureFormat, apply: func(r *recorded) bool {
			was := r.query
			r.query = regexp.MustCompile(`(^|&)Signature=[^&]*`).ReplaceAllStringFunc(r.query, func(m string) string { return strings.ReplaceAll(m, "%2B", "%20") })
			if !r.v2() {
				return false
			}
			return was != r.query
		}},
		{name: "another payload", want: diagnose.HeaderValue, apply: func(r *recorded) bool {
			v := r.header.Get("X-Amz-Content-Sha256")
			return r.v4() && (v == "UNSIGNED-PAYLOAD" || v == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" || strings.HasPrefix(v, "e3b0c442")) &&
				r.set("X-Amz-Content-Sha256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
		}},
		{name: "chunks undone", want: diagnose.HeaderValue, apply: func(r *recorded) bool {
			return r.header.Get("X-Amz-Content-Sha256") == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" && r.set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
		}},
		{name: "expired", want: diagnose.Expired, observed: true, apply: later(5 * time.Hour)},
		{name: "not yet", want: diagnose.NotYetValid, observed: true, apply: func(r *recorded) bool { return (r.v4() || r.inHead) && later(-20*time.Minute)(r) }},
		{name: "the token lost", want: diagnose.TokenMissing, apply: func(r *recorded) bool {
			if r.c.Key != s3.TempID || !r.inHead {
				return false
			}
			r.header.Del("X-Amz-Security-Token")
			r.facts.Key = diagnose.KeyTokenMissing
			return true
		}},
		{name: "another token", want: diagnose.TokenUnknown, apply: func(r *recorded) bool {
			r.facts.Key = diagnose.KeyTokenUnknown
			return r.c.Key == s3.TempID && r.inHead && r.set("X-Amz-Security-Token", "another-token-0123456789")
		}},
	}
}

// labels are the mistakes that a client's key pair makes by itself.
func labels() map[string]diagnose.ID {
	return map[string]diagnose.ID{
		"line-break": diagnose.SecretWhitespace, "blank": diagnose.SecretWhitespace, "other": diagnose.SecretOther,
		"swapped": diagnose.SecretOther, "nobody": diagnose.Unknown,
	}
}

// TestS3Recorded: labelled mistakes over the requests of real clients are named first,
// proven by the signature that came, and nothing false is proven.
func TestS3Recorded(t *testing.T) {
	files, err := s3.Load()
	require.NoError(t, err)
	trials, first := map[string]int{}, map[string]int{}
	wrong := map[string]string{}
	tried := map[string]int{}
	judge := func(r *recorded, client string, m *changed) {
		report := r.explain(t)
		trials[client]++
		tried[m.name]++
		where := fmt.Sprintf("%s %s: %s", m.name, r.c.ID, r.c.Target)
		for _, f := range report.Findings {
			require.False(t, f.Proven && f.ID != m.want && f.ID != m.also, "%s: false proof of %s: %s", where, f.ID, f.Sentence.En)
			require.False(t, m.observed && f.Proven, "%s: false proof of %s", where, f.ID)
			text := f.Sentence.En + f.Sentence.Zh + f.Advice.En + f.Signed + f.Arrived
			for _, secret := range []string{s3.Secret, s3.OtherSecret, s3.TempSecret, s3.TempToken} {
				require.NotContains(t, text, secret, where)
			}
		}
		if len(report.Findings) > 0 && (report.Findings[0].ID == m.want || report.Findings[0].ID == m.also) && report.Findings[0].Proven != m.observed {
			first[client]++
			return
		}
		wrong[m.name+" "+client] = fmt.Sprintf("%s: %v", where, report.IDs())
	}
	for _, file := range files {
		for i := range file.Cases {
			c := &file.Cases[i]
			r := newRecorded(t, c)
			if want, mistaken := labels()[c.Label]; mistaken {
				judge(r, file.Client, &changed{name: c.Label, want: want, observed: want == diagnose.Unknown})
				continue
			}
			require.Empty(t, r.explain(t).Findings, "%s holds as it was recorded", c.ID)
			for _, m := range changedRequests() {
				if r := newRecorded(t, c); m.apply(r) {
					judge(r, file.Client, &m)
				}
			}
		}
	}
	all, named := 0, 0
	for client, n := range trials {
		t.Logf("%s: %d of %d named first", client, first[client], n)
		all, named = all+n, named+first[client]
	}
	t.Logf("%d of %d named first", named, all)
	for name, why := range wrong {
		t.Logf("%s: %s", name, why)
	}
	for client, n := range trials {
		require.GreaterOrEqual(t, first[client]*100, n*99, client)
	}
	for _, m := range changedRequests() {
		require.NotZero(t, tried[m.name], m.name)
	}
}
