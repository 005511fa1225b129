package diagnose_test

import (
	"encoding/hex"
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/testdata/vectors/s3"
)

// refusedBody is the error body of a server that refused a request, as AWS writes it,
// or with its texts alone as COS does.
func (r *recorded) refusedBody(t *testing.T, aws bool) string {
	t.Helper()
	claim, err := r.find(t)
	require.NoError(t, err)
	opts := signer.VerifyOptions{Bucket: s3.Bucket}
	if strings.HasPrefix(r.host, "cos.") {
		opts = signer.VerifyOptions{PathPrefix: "/" + s3.Bucket}
	}
	res := signer.Verify(r.request(t), claim, "", opts)
	var b strings.Builder
	b.WriteString("<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n")
	put := func(name, value string) { fmt.Fprintf(&b, "\t<%s>%s</%s>\n", name, html.EscapeString(value), name) }
	put("Code", "SignatureDoesNotMatch")
	put("Message", "The Signature you specified is invalid.")
	if aws {
		put("AWSAccessKeyId", claim.SecretID)
		put("StringToSign", res.StringToSign)
		put("SignatureProvided", claim.Signature)
		put("StringToSignBytes", spaced(res.StringToSign))
		if res.HttpString != "" {
			put("CanonicalRequest", res.HttpString)
			put("CanonicalRequestBytes", spaced(res.HttpString))
		}
	} else {
		put("StringToSign", res.StringToSign)
		if res.HttpString != "" {
			put("FormatString", res.HttpString)
		}
	}
	put("RequestId", "NmIwNTQ0MDBf")
	b.WriteString("</Error>")
	return b.String()
}

// spaced is a text in hex as AWS has it.
func spaced(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(hex.EncodeToString([]byte{s[i]}))
	}
	return b.String()
}

// cloudInput is what is known when the body is explained; the request, if it is given,
// is the one that the client meant to send.
func (r *recorded) cloudInput(t *testing.T, withRequest, withSecret bool) diagnose.Input {
	t.Helper()
	in := diagnose.Input{Facts: diagnose.Facts{Bucket: s3.Bucket, Keys: r.facts.Keys}, Verify: signer.VerifyOptions{Bucket: s3.Bucket}}
	if strings.HasPrefix(r.c.Host, "cos.") {
		in.Verify = signer.VerifyOptions{PathPrefix: "/" + s3.Bucket}
	}
	if withRequest {
		meant := newRecorded(t, r.c)
		in.Request = meant.request(t)
		var err error
		in.Claim, err = meant.find(t)
		require.NoError(t, err)
	}
	if withSecret {
		in.Key = signer.Credentials{SecretID: s3.ID, SecretKey: s3.Secret}
		if r.c.Key == s3.TempID {
			in.Key = signer.Credentials{SecretID: s3.TempID, SecretKey: s3.TempSecret, Token: s3.TempToken}
		}
		in.OtherKeys = []signer.Credentials{{SecretID: s3.OtherID, SecretKey: s3.OtherSecret}}
	}
	return in
}

// mismatches are the changes that a server answers with SignatureDoesNotMatch.
func mismatches() []changed {
	var list []changed
	for _, m := range changedRequests() {
		switch m.name {
		case "expired", "not yet", "the token lost", "another token", "over seven days", "an ACL added, V4",
			"the day before in the scope", "another service in the scope", "upper-case digits", "blanks for pluses":
			continue // refused for something else, or not changed in what is signed
		}
		list = append(list, m)
	}
	return list
}

// TestS3Bodies: from the error body of a server, as AWS and as COS write it, the change
// is named: from the body alone with the secret, and by comparing it with the request.
// Without the secret nothing is proven; no secret and no token is shown.
func TestS3Bodies(t *testing.T) {
	files, err := s3.Load()
	require.NoError(t, err)
	trials, named := map[string]int{}, map[string]int{}
	wrong := map[string]string{}
	for _, file := range files {
		for i := range file.Cases {
			c := &file.Cases[i]
			if c.Label != "right" && c.Label != "temporary" || len(c.Fields) > 0 || i%3 > 0 && c.Label == "right" {
				continue
			}
			for _, m := range mismatches() {
				r := newRecorded(t, c)
				if !m.apply(r) {
					continue
				}
				for _, way := range []struct {
					name                 string
					aws, request, secret bool
				}{
					{"AWS's body and the secret", true, false, true},
					{"AWS's body and the request", true, true, false},
					{"AWS's body, the request and the secret", true, true, true},
					{"COS's body and the request", false, true, false},
					{"COS's body, the request and the secret", false, true, true},
				} {
					body := r.refusedBody(t, way.aws)
					ce, err := diagnose.ParseCloudError([]byte(body))
					require.NoError(t, err)
					require.Equal(t, r.family, ce.Family)
					report := diagnose.ExplainCloud(ce, r.cloudInput(t, way.request, way.secret))
					trials[way.name]++
					where := fmt.Sprintf("%s: %s: %s %s", way.name, m.name, c.ID, c.Target)
					text := fmt.Sprintf("%+v %+v", report.Arrived, report.Signed)
					for _, f := range report.Findings {
						require.False(t, f.Proven && !way.secret, "%s: proven without a secret: %s", where, f.ID)
						require.False(t, f.Proven && f.ID != m.want && f.ID != m.also && !sameThing(m.want, f.ID), "%s: false proof of %s: %s", where, f.ID, f.Sentence.En)
						text += f.Sentence.En + f.Sentence.Zh + f.Advice.En + f.Signed + f.Arrived
					}
					for _, secret := range []string{s3.Secret, s3.TempSecret, s3.TempToken, signer.Encode(s3.TempToken)} {
						require.NotContains(t, text, secret, where)
					}
					if len(report.Findings) > 0 && (report.Findings[0].ID == m.want || report.Findings[0].ID == m.also || sameThing(m.want, report.Findings[0].ID)) {
						named[way.name]++
						continue
					}
					wrong[m.name+" "+way.name] = fmt.Sprintf("%s: %v", where, report.IDs())
				}
			}
		}
	}
	for way, n := range trials {
		t.Logf("%s: %d of %d named first", way, named[way], n)
	}
	for name, why := range wrong {
		t.Logf("%s: %s", name, why)
	}
	for way, n := range trials {
		require.GreaterOrEqual(t, named[way]*100, n*99, way)
	}
}

// sameThing reports whether two ids name the same change when two requests are compared:
// what was lost on the way, and what has another value, or is new.
func sameThing(a, b diagnose.ID) bool {
	kind := func(id diagnose.ID) diagnose.ID {
		switch id {
		case diagnose.HeaderNotSent:
			return diagnose.HeaderValue
		case diagnose.ParamNotSent:
			return diagnose.ParamValue
		}
		return id
	}
	return kind(a) == kind(b)
}
