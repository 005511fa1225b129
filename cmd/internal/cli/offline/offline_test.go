package offline_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/answer"
	"github.com/cosemu/cosemu/cmd/internal/cli/offline"
	"github.com/cosemu/cosemu/emulator/keyring"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/stretchr/testify/require"
)

const (
	id     = "AKIDofflineTests"
	secret = "hush-this-is-the-secret"
	token  = "hush-this-is-the-token"
	bucket = "examplebucket-1250000000"
	host   = bucket + ".cos.ap-guangzhou.myqcloud.com"
)

func start() time.Time { return time.Unix(1557989151, 0).UTC() }

// presign is a URL of an object, as a client makes it.
func presign(t *testing.T, change func(*signer.PresignInput)) *signer.Presigned {
	t.Helper()
	in := signer.PresignInput{
		Method: "PUT", Bucket: bucket, Region: "ap-guangzhou", Key: "照片/a b.txt",
		Credentials: signer.Credentials{SecretID: id, SecretKey: secret}, Start: start(), Expires: 15 * time.Minute,
	}
	if change != nil {
		change(&in)
	}
	p, err := signer.Presign(in)
	require.NoError(t, err)
	return p
}

func request(t *testing.T, method, rawURL string, header http.Header) *signer.Request {
	t.Helper()
	r, err := signer.NewRequest(method, rawURL, header)
	require.NoError(t, err)
	return r
}

func keys() []keyring.Key {
	return []keyring.Key{{SecretID: id, SecretKey: secret, AppID: "1250000000"}}
}

func explain(t *testing.T, c offline.Case) *answer.Explanation {
	t.Helper()
	e, err := offline.Explain(c)
	require.NoError(t, err)
	data, err := json.Marshal(e)
	require.NoError(t, err)
	require.NotContains(t, string(data), "hush")
	return e
}

// steps writes the checks in a line.
func steps(r *answer.Request) string {
	list := make([]string, 0, len(r.Steps))
	for _, s := range r.Steps {
		list = append(list, s.Name+" "+s.Outcome)
	}
	return strings.Join(list, ", ")
}

func TestVerdicts(t *testing.T) {
	good := presign(t, nil)
	image := presign(t, func(in *signer.PresignInput) { in.Header = http.Header{"Content-Type": {"image/jpeg"}} })
	temporary := presign(t, func(in *signer.PresignInput) { in.Credentials.Token = token })
	for name, c := range map[string]struct {
		method, url string
		header      http.Header
		at          time.Duration
		keys        []keyring.Key
		secret      string
		verdict     string
		steps       string
		diagnosis   string
		proven      bool
	}{
		"right":                {method: "PUT", url: good.URL, keys: keys(), verdict: "accepted", steps: "key ok, time ok, signature ok"},
		"right, secret given":  {method: "PUT", url: good.URL, secret: secret, verdict: "accepted", steps: "key ok, time ok, signature ok"},
		"no secret":            {method: "PUT", url: good.URL, steps: "key unchecked, time ok, signature unchecked"},
		"another method":       {method: "GET", url: good.URL, keys: keys(), verdict: "refused", steps: "key ok, time ok, signature SignatureDoesNotMatch", diagnosis: "method", proven: true},
		"expired":              {method: "PUT", url: good.URL, at: 67 * time.Minute, keys: keys(), verdict: "refused", steps: "key ok, time AccessDenied, signature ok", diagnosis: "expired"},
		"expired, no secret":   {method: "PUT", url: good.URL, at: 67 * time.Minute, verdict: "refused", steps: "key unchecked, time AccessDenied, signature unchecked", diagnosis: "expired"},
		"too early":            {method: "PUT", url: good.URL, at: -20 * time.Minute, keys: keys(), verdict: "refused", steps: "key ok, time RequestTimeTooSkewed, signature ok", diagnosis: "not-yet-valid"},
		"a header as signed":   {method: "PUT", url: image.URL, header: image.Header, keys: keys(), verdict: "accepted", steps: "key ok, time ok, signature ok"},
		"a header changed":     {method: "PUT", url: image.URL, header: http.Header{"Content-Type": {"text/html"}}, keys: keys(), verdict: "refused", steps: "key ok, time ok, signature SignatureDoesNotMatch", diagnosis: "header-value", proven: true},
		"a header not sent":    {method: "PUT", url: image.URL, steps: "key unchecked, time ok, signature unchecked", diagnosis: "header-not-sent"},
		"another secret":       {method: "PUT", url: good.URL, secret: "some other secret", verdict: "refused", steps: "key ok, time ok, signature SignatureDoesNotMatch", diagnosis: "unknown"},
		"a blank behind it":    {method: "PUT", url: presign(t, func(in *signer.PresignInput) { in.Credentials.SecretKey = secret + " " }).URL, keys: keys(), verdict: "refused", steps: "key ok, time ok, signature SignatureDoesNotMatch", diagnosis: "secret-whitespace", proven: true},
		"with its token":       {method: "PUT", url: temporary.URL, keys: []keyring.Key{{SecretID: id, SecretKey: secret, AppID: "1", Token: token}}, verdict: "accepted", steps: "key ok, time ok, signature ok"},
		"without its token":    {method: "PUT", url: good.URL, keys: []keyring.Key{{SecretID: id, SecretKey: secret, AppID: "1", Token: token}}, verdict: "refused", steps: "key InvalidAccessKeyId, time ok, signature ok", diagnosis: "token-missing"},
		"a stale token":        {method: "PUT", url: temporary.URL, keys: []keyring.Key{{SecretID: id, SecretKey: secret, AppID: "1", Token: token, Expires: start().Add(-time.Minute)}}, verdict: "refused", steps: "key ExpiredToken, time ok, signature ok", diagnosis: "token-expired"},
		"no APPID":             {method: "PUT", url: strings.Replace(good.URL, bucket+".", "examplebucket.", 1), diagnosis: "bucket-no-appid", steps: "key unchecked, time ok, signature unchecked"},
		"no signature":         {method: "PUT", url: "https://" + host + "/a", diagnosis: "signature-format"},
		"the secret as the id": {method: "PUT", url: strings.Replace(good.URL, id, secret, 1), secret: secret, verdict: "refused", steps: "key ok, time ok, signature ok"},
	} {
		t.Run(name, func(t *testing.T) {
			e := explain(t, offline.Case{Request: request(t, c.method, c.url, c.header), Now: start().Add(c.at), Keys: c.keys, Secret: c.secret})
			if name == "the secret as the id" { // its signature does not cover the id
				require.Equal(t, "[hidden]", e.Request.Signature.SecretID)
				return
			}
			require.Equal(t, c.verdict, e.Request.Verdict)
			require.Equal(t, c.steps, steps(e.Request))
			require.Equal(t, c.diagnosis, strings.Join(e.Request.Diagnosis, ","))
			require.Equal(t, c.secret != "" || c.keys != nil, e.SecretKnown)
			if c.diagnosis != "" {
				require.Equal(t, c.proven, e.Finding.Findings[0].Proven)
			}
			if c.verdict == "refused" {
				status := 403
				if e.Request.Code == "ExpiredToken" {
					status = 400
				}
				require.Equal(t, status, e.Request.Status)
				require.Contains(t, c.steps, e.Request.Code)
			}
		})
	}
}

// Nobody says the method of a URL: it is the one that it was signed for, also
// where something else is wrong.
func TestTheMethodIsFound(t *testing.T) {
	for _, method := range []string{"PUT", "GET", "HEAD", "DELETE", "POST"} {
		p := presign(t, func(in *signer.PresignInput) {
			in.Method = method
			in.Header = http.Header{"Content-Type": {"image/jpeg"}}
		})
		c := offline.Case{Request: request(t, "PUT", p.URL, p.Header), AnyMethod: true, Now: start(), Keys: keys()}
		e := explain(t, c)
		require.Equal(t, answer.Accepted, e.Request.Verdict, method)
		require.Equal(t, method, e.Request.Method)
		require.False(t, e.MethodGuessed)
		require.Equal(t, "PUT", c.Request.Method, "the caller's own is left alone")

		c.Request = request(t, "PUT", p.URL, http.Header{"Content-Type": {"text/html"}})
		e = explain(t, c)
		require.Equal(t, []string{"header-value"}, e.Request.Diagnosis, method)
		require.Equal(t, method, e.Request.Method)

		// Said, it counts.
		c.Request, c.AnyMethod = request(t, "PUT", p.URL, p.Header), false
		e = explain(t, c)
		require.Equal(t, method != "PUT", strings.Contains(strings.Join(e.Request.Diagnosis, " "), "method"), method)
	}
	e := explain(t, offline.Case{Request: request(t, "PUT", presign(t, nil).URL, nil), AnyMethod: true, Now: start()})
	require.True(t, e.MethodGuessed, "without a secret nobody knows")
}

// Where the emulator is reached is where a URL may have been meant for.
func TestHostsOfTheConfiguration(t *testing.T) {
	p := presign(t, func(in *signer.PresignInput) { in.Host = "uploads.test" })
	moved := strings.Replace(p.URL, "//uploads.test/", "//"+host+"/", 1)
	c := offline.Case{Request: request(t, "PUT", moved, nil), Now: start(), Keys: keys()}
	require.Equal(t, []string{"unknown"}, explain(t, c).Request.Diagnosis)
	c.Aliases = map[string]string{"uploads.test": bucket}
	e := explain(t, c)
	require.Equal(t, []string{"host"}, e.Request.Diagnosis)
	require.Equal(t, "uploads.test", e.Finding.Findings[0].Signed)

	path := presign(t, func(in *signer.PresignInput) {
		in.Scheme, in.Host, in.PathStyle = "http", "127.0.0.1:9000", true
	})
	c = offline.Case{Request: request(t, "PUT", strings.Replace(path.URL, "http://127.0.0.1:9000/"+bucket, "https://"+host, 1), nil), Now: start(), Keys: keys()}
	c.Hosts = []string{"127.0.0.1:9000"}
	e = explain(t, c)
	require.ElementsMatch(t, []string{"host", "path-bucket"}, e.Request.Diagnosis)

	c = offline.Case{Request: request(t, "PUT", presign(t, nil).URL, nil), Now: start(), Keys: keys(), Regions: map[string]string{bucket: "ap-beijing"}}
	require.Equal(t, []string{"region"}, explain(t, c).Request.Diagnosis)

	c.Domains = []string{"no/domain"}
	_, err := offline.Explain(c)
	require.ErrorContains(t, err, "no/domain")
	_, err = offline.Explain(offline.Case{})
	require.Error(t, err)
}

// A signature so damaged that nobody can read it is still proven.
func TestDamagedSignatures(t *testing.T) {
	good := presign(t, nil).URL
	for name, damaged := range map[string]string{
		"as HTML": strings.ReplaceAll(good, "&", "&amp;"),
		"as JSON": strings.ReplaceAll(good, "&", `\u0026`),
	} {
		c := offline.Case{Request: request(t, "PUT", damaged, nil), Now: start(), Secret: secret}
		named, known := c.SecretOf()
		require.Equal(t, id, named, name)
		require.True(t, known)
		e := explain(t, c)
		require.Equal(t, []string{"signature-format"}, e.Request.Diagnosis, name)
		require.True(t, e.Finding.Findings[0].Proven, name)
	}
}

func TestSecretOf(t *testing.T) {
	c := offline.Case{Request: request(t, "PUT", presign(t, nil).URL, nil)}
	named, known := c.SecretOf()
	require.Equal(t, id, named)
	require.False(t, known)
	c.Keys = keys()
	_, known = c.SecretOf()
	require.True(t, known)
	c = offline.Case{Request: request(t, "PUT", "https://"+host+"/", nil), Secret: secret}
	named, known = c.SecretOf()
	require.Empty(t, named)
	require.False(t, known)
	named, _ = (&offline.Case{}).SecretOf()
	require.Empty(t, named)
}

// The cloud's body beside the request: its method counts where nobody said
// another, and the time is the cloud's.
func TestWithTheCloudsBody(t *testing.T) {
	p := presign(t, func(in *signer.PresignInput) { in.Method = "POST" })
	u, err := url.Parse(p.URL)
	require.NoError(t, err)
	expired, err := diagnose.ParseCloudError([]byte("<Error><Code>AccessDenied</Code><Message>Request has expired</Message><ServerTime>2019-05-16T08:22:51Z</ServerTime></Error>"))
	require.NoError(t, err)
	e := explain(t, offline.Case{Request: request(t, "PUT", u.String(), nil), AnyMethod: true, Cloud: expired})
	require.Equal(t, "expired", strings.Join(e.Request.Diagnosis, ","))
	require.Contains(t, e.Finding.Findings[0].Sentence.En, "over 1 h 22 min before", "valid until 07:00:51... by the cloud's clock")

	text := "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>sha1\n" + strings.TrimPrefix(p.Signed.StringToSign, "sha1\n") + "</StringToSign><FormatString>" +
		strings.ReplaceAll(p.Signed.HttpString, "&", "&amp;") + "</FormatString></Error>"
	same, err := diagnose.ParseCloudError([]byte(text))
	require.NoError(t, err)
	require.True(t, same.Belongs)
	e = explain(t, offline.Case{Request: request(t, "PUT", u.String(), nil), AnyMethod: true, Cloud: same, Keys: keys()})
	require.Equal(t, "POST", e.Request.Method)
	require.Equal(t, []string{"secret-other"}, e.Request.Diagnosis, "our secret makes the client's signature, so the cloud has another")
	require.Equal(t, e.Cloud.HTTPString, e.Request.Signature.HTTPString)
}
