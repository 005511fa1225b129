package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/explain"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
	"github.com/stretchr/testify/require"
)

// judge is an emulator that is only asked.
func judge(t *testing.T, cfg api.Config) *api.Emulator {
	t.Helper()
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	e, err := api.New(cfg, st)
	require.NoError(t, err)
	return e
}

// told asks and expects an answer.
func told(t *testing.T, e *api.Emulator, q explain.Question) *explain.Explanation {
	t.Helper()
	x, err := e.Explain(q)
	require.NoError(t, err)
	require.Empty(t, e.Journal().Select(journal.Filter{}), "nothing is kept")
	return x
}

func ids(x *explain.Explanation) string {
	var list []string
	for _, id := range x.Finding.IDs() {
		list = append(list, string(id))
	}
	return strings.Join(list, " ")
}

func notes(x *explain.Explanation) string {
	var list []string
	for _, n := range x.Notes {
		list = append(list, n.En)
	}
	return strings.Join(list, "\n")
}

// signed makes a URL as a client does.
func signed(t *testing.T, change func(*signer.PresignInput)) *signer.Presigned {
	t.Helper()
	k := testKey()
	in := signer.PresignInput{
		Method: "PUT", Bucket: testBucket, Region: testRegion, Key: "照片/a b.txt", Start: testTime(), Expires: 15 * time.Minute,
		Credentials: signer.Credentials{SecretID: k.SecretID, SecretKey: k.SecretKey},
	}
	if change != nil {
		change(&in)
	}
	p, err := signer.Presign(in)
	require.NoError(t, err)
	return p
}

func configured() api.Config {
	return api.Config{Keys: []keyring.Key{testKey()}, Buckets: []api.BucketConfig{{Name: testBucket}}}
}

// What is not configured may exist elsewhere: offline it is left unchecked, and
// judged all the same where its secret is given.
func TestExplainOffline(t *testing.T) {
	good, image := signed(t, nil), signed(t, func(in *signer.PresignInput) { in.Header = http.Header{"Content-Type": {"image/png"}} })
	foreign := signed(t, func(in *signer.PresignInput) { in.Bucket = "elsewhere-1250000001" })
	secret := testKey().SecretKey
	late := testTime().Add(67 * time.Minute)
	nothing := api.Config{}
	for name, c := range map[string]struct {
		cfg     api.Config
		q       explain.Question
		verdict string
		steps   string
		ids     string
	}{
		"configured":               {configured(), explain.Question{URL: good.URL}, "accepted", "key ok, time ok, signature ok, bucket ok, permission ok", ""},
		"not configured":           {nothing, explain.Question{URL: good.URL}, "unchecked", "key unchecked, time ok, signature unchecked, bucket unchecked", ""},
		"its secret given":         {nothing, explain.Question{URL: good.URL, Secret: secret}, "accepted", "key ok, time ok, signature ok, bucket unchecked", ""},
		"another secret given":     {nothing, explain.Question{URL: good.URL, Secret: "some other secret"}, "refused", "key ok, time ok, signature SignatureDoesNotMatch", "unknown"},
		"over a configured secret": {configured(), explain.Question{URL: good.URL, Secret: "some other secret"}, "refused", "key ok, time ok, signature SignatureDoesNotMatch", "unknown"},
		"expired":                  {nothing, explain.Question{URL: good.URL, At: late}, "refused", "key unchecked, time AccessDenied", "expired"},
		"another method":           {nothing, explain.Question{URL: good.URL, Method: "GET", Secret: secret}, "refused", "key ok, time ok, signature SignatureDoesNotMatch", "method"},
		"a header not sent":        {nothing, explain.Question{URL: image.URL, Header: http.Header{}}, "unchecked", "key unchecked, time ok, signature unchecked, bucket unchecked", "header-not-sent"},
		"a header not shown":       {nothing, explain.Question{URL: image.URL}, "unchecked", "key unchecked, time ok, signature unchecked, bucket unchecked", ""},
		"not shown, with a secret": {configured(), explain.Question{URL: image.URL}, "unchecked", "key ok, time ok, signature unchecked", ""},
		"another's bucket":         {configured(), explain.Question{URL: foreign.URL}, "refused", "key ok, time ok, signature ok, bucket NoSuchBucket", ""},
		"damaged":                  {nothing, explain.Question{URL: strings.ReplaceAll(good.URL, "&", "&amp;"), Secret: secret}, "unchecked", "bucket unchecked", "signature-format"},
		"damaged, configured":      {configured(), explain.Question{URL: strings.ReplaceAll(good.URL, "&", "&amp;")}, "refused", "bucket ok, permission AccessDenied", "signature-format policy-denied"},
	} {
		t.Run(name, func(t *testing.T) {
			c.q.Offline = true
			if c.q.At.IsZero() {
				c.q.At = testTime()
			}
			x := told(t, judge(t, c.cfg), c.q)
			var steps []string
			for _, s := range x.Entry.Steps {
				steps = append(steps, s.Name+" "+s.Outcome)
			}
			require.Equal(t, c.steps, strings.Join(steps, ", "))
			require.Equal(t, c.verdict, string(x.Entry.Verdict))
			require.Equal(t, c.ids, ids(x))
			require.Equal(t, testKey().SecretID, x.SecretID)
			require.Equal(t, c.q.Secret != "" || c.cfg.Keys != nil, x.SecretKnown)
		})
	}
	// A running server knows that there is no such key, and no such bucket.
	x := told(t, judge(t, nothing), explain.Question{URL: good.URL, At: testTime()})
	require.Equal(t, "key-unknown", ids(x))
	require.Equal(t, "InvalidAccessKeyId", x.Entry.Code)
}

// Nobody says the method of a URL: it is the one that it was signed for, also
// where something else is wrong (choice 160).
func TestExplainFindsTheMethod(t *testing.T) {
	e := judge(t, configured())
	for _, method := range []string{"PUT", "GET", "HEAD", "DELETE", "POST"} {
		p := signed(t, func(in *signer.PresignInput) {
			in.Method = method
			in.Header = http.Header{"Content-Type": {"image/jpeg"}}
			if method == "POST" { // which asks for nothing by itself
				in.Query = url.Values{"append": {""}, "position": {"0"}}
			}
		})
		x := told(t, e, explain.Question{URL: p.URL, Header: p.Header, At: testTime()})
		require.Equal(t, journal.Accepted, x.Entry.Verdict, method)
		require.Equal(t, method, x.Entry.Request.Method)
		require.Empty(t, x.Notes)

		x = told(t, e, explain.Question{URL: p.URL, Header: http.Header{"Content-Type": {"text/html"}}, At: testTime()})
		require.Equal(t, "header-value", ids(x), method)
		require.Equal(t, method, x.Entry.Request.Method)

		// Said, it counts.
		x = told(t, e, explain.Question{URL: p.URL, Header: p.Header, Method: "PUT", At: testTime()})
		require.Equal(t, method != "PUT", strings.Contains(ids(x), "method"), method)
	}
	x := told(t, judge(t, api.Config{}), explain.Question{URL: signed(t, nil).URL, At: testTime(), Offline: true})
	require.Contains(t, notes(x), "No method given; assuming PUT.", "without a secret nobody knows")
}

// A header that nobody showed is not said to be missing, and what it must be is
// told where that is proven.
func TestExplainUnseenHeaders(t *testing.T) {
	e := judge(t, configured())
	image := signed(t, func(in *signer.PresignInput) { in.Header = http.Header{"Content-Type": {"image/png"}} })
	x := told(t, e, explain.Question{URL: image.URL, At: testTime()})
	require.Contains(t, notes(x), "The signature covers Content-Type: image/png. What was sent is not shown here")
	require.Nil(t, x.Finding.Signed)

	// What else is wrong is found all the same.
	x = told(t, e, explain.Question{URL: image.URL, At: testTime().Add(67 * time.Minute)})
	require.Equal(t, "expired", ids(x))

	// Said to be all, it is missing.
	x = told(t, e, explain.Question{URL: image.URL, Header: http.Header{}, At: testTime()})
	require.Equal(t, "header-not-sent", ids(x))
	// curl sends no Content-Type with -T, and shows all but what it adds itself.
	x = told(t, e, explain.Question{Text: "curl -T a '" + image.URL + "'", At: testTime()})
	require.Equal(t, "header-not-sent", ids(x))
	length := signed(t, func(in *signer.PresignInput) { in.Header = http.Header{"Content-Length": {"5"}} })
	x = told(t, e, explain.Question{Text: "curl -T a '" + length.URL + "'", At: testTime()})
	require.Empty(t, ids(x))
	require.Contains(t, notes(x), "Content-Length")
}

// Where the emulator is reached is where a URL may have been meant to go.
func TestExplainHostsOfTheConfiguration(t *testing.T) {
	p := signed(t, func(in *signer.PresignInput) { in.Host = "uploads.test" })
	moved := strings.Replace(p.URL, "//uploads.test/", "//"+testHost+"/", 1)
	cfg := configured()
	require.NotContains(t, ids(told(t, judge(t, cfg), explain.Question{URL: moved, At: testTime()})), "host")
	cfg.Aliases = map[string]string{"uploads.test": testBucket}
	x := told(t, judge(t, cfg), explain.Question{URL: moved, At: testTime()})
	require.Equal(t, "host", ids(x))
	require.Equal(t, "uploads.test", x.Finding.Findings[0].Signed)

	cfg = configured()
	cfg.Buckets[0].Region = "ap-beijing"
	require.Equal(t, "region", ids(told(t, judge(t, cfg), explain.Question{URL: signed(t, nil).URL, At: testTime()})))
}

// The cloud's body beside the request: its method counts where nobody said
// another, and the time is the cloud's.
func TestExplainTheCloud(t *testing.T) {
	e := judge(t, configured())
	p := signed(t, func(in *signer.PresignInput) { in.Method = "POST" })
	const over = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message><ServerTime>2026-11-24T09:37:00Z</ServerTime></Error>"
	x := told(t, e, explain.Question{URL: p.URL, Body: over})
	require.Equal(t, "expired", ids(x))
	require.Contains(t, x.Finding.Findings[0].Sentence.En, "1 h 22 min")
	require.Equal(t, journal.Unchecked, x.Entry.Verdict)

	text := "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>" + p.Signed.StringToSign + "</StringToSign><FormatString>" +
		strings.ReplaceAll(p.Signed.HttpString, "&", "&amp;") + "</FormatString></Error>"
	x = told(t, e, explain.Question{Text: p.URL + "\n" + text})
	require.Equal(t, "POST", x.Entry.Request.Method)
	require.Equal(t, "secret-other", ids(x), "our secret makes the client's signature, so the cloud has another")
	require.Equal(t, x.Cloud.FormatString, x.Entry.HttpString)

	// Cut short, the body says no more than that it does not match: the request
	// says why.
	x = told(t, e, explain.Question{URL: p.URL, Method: "PUT", At: testTime(), Body: "<Error><Code>SignatureDoesNotMatch</Code></Error>"})
	require.Equal(t, "method", ids(x))
	require.NotNil(t, x.Cloud)
}

func TestExplainErrors(t *testing.T) {
	e := judge(t, configured())
	const body = "<Error><Code>AccessDenied</Code></Error>"
	for _, c := range []struct {
		q    explain.Question
		want error
	}{
		{explain.Question{}, explain.ErrNothingToExplain},
		{explain.Question{Text: body, Body: body}, explain.ErrTwoRefusals},
		{explain.Question{Body: "hello"}, explain.ErrNoRefusal},
		{explain.Question{Text: body, Method: "PUT"}, explain.ErrNoRequest},
	} {
		_, err := e.Explain(c.q)
		require.ErrorIs(t, err, c.want)
	}
	for q, says := range map[string]string{"https://": "the URL cannot be read", strings.Repeat("a", explain.MaxPaste+1): "longer than 512 KiB"} {
		_, err := e.Explain(explain.Question{Text: q})
		require.ErrorContains(t, err, says)
	}
}
