package curl

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// TestUpload is the command line for a first try.
func TestUpload(t *testing.T) {
	e := theEndpoint(t)
	path, content := file(t, 1, 300_000)
	for _, key := range []string{"curl.bin", "curl/nested/a b+c&d=e;f?g#h%41.bin", "curl/对象"} {
		u := e.url(t, http.MethodPut, key)
		e.curl(t, nil, "-T", path, tampered(t, u)).refused(t, http.StatusForbidden, "SignatureDoesNotMatch")
		e.notStored(t, key)
		e.curl(t, nil, "-T", path, u).accepted(t, content)
		got := e.stored(t, key, content)
		require.Equal(t, "tencent-cos", got.Header.Get("Server"))
		e.curl(t, nil, "-T", path, e.url(t, http.MethodGet, key)).refused(t, http.StatusForbidden, "SignatureDoesNotMatch")
	}
}

// TestCarriers uploads with the signature in each possible place.
func TestCarriers(t *testing.T) {
	e := theEndpoint(t)
	path, content := file(t, 2, 5000)
	for name, change := range map[string]func(*signer.PresignInput){
		"query":         func(*signer.PresignInput) {},
		"sign":          func(in *signer.PresignInput) { in.Carrier = signer.CarrierSign },
		"header":        func(in *signer.PresignInput) { in.Carrier = signer.CarrierHeader },
		"path style":    func(in *signer.PresignInput) { in.PathStyle = true },
		"unsigned host": func(in *signer.PresignInput) { in.HostUnsigned = true },
		"temporary":     func(in *signer.PresignInput) { in.Credentials = e.temp },
		"temporary, token as header": func(in *signer.PresignInput) {
			in.Credentials, in.Token = e.temp, signer.TokenSignedHeader
		},
		"address": func(in *signer.PresignInput) { in.PathStyle, in.Host = true, e.api },
		"localhost, path style": func(in *signer.PresignInput) {
			in.PathStyle, in.Host = true, "localhost"+e.api[strings.LastIndexByte(e.api, ':'):]
		},
		// curl resolves each name below localhost itself.
		"localhost": func(in *signer.PresignInput) {
			in.Host = e.bucket + ".localhost" + e.api[strings.LastIndexByte(e.api, ':'):]
		},
	} {
		t.Run(name, func(t *testing.T) {
			key := "curl/carriers/" + name
			in := e.input(http.MethodPut, key)
			change(&in)
			send := func(in signer.PresignInput) answer {
				p, err := signer.Presign(in)
				require.NoError(t, err)
				args := []string{"-T", path, p.URL}
				for k, v := range p.Header {
					args = append(args, "-H", k+": "+v[0])
				}
				return e.curl(t, nil, args...)
			}
			wrong := in
			wrong.Credentials.SecretKey += "x"
			send(wrong).refused(t, http.StatusForbidden, "SignatureDoesNotMatch")
			e.notStored(t, key)
			send(in).accepted(t, content)
			e.stored(t, key, content)
		})
	}
}

// TestProxy uses the emulator as a proxy, like HTTP_PROXY. The request line then has the whole URL.
func TestProxy(t *testing.T) {
	e := theEndpoint(t)
	path, content := file(t, 10, 1000)
	proxy := []string{"--proxy", "http://" + e.api, "-T", path}
	u := e.url(t, http.MethodPut, "curl/proxy")
	run(t, nil, append(proxy, tampered(t, u))...).refused(t, http.StatusForbidden, "SignatureDoesNotMatch")
	e.notStored(t, "curl/proxy")
	run(t, nil, append(proxy, u)...).accepted(t, content)
	e.stored(t, "curl/proxy", content)
}

// TestProxiedTLS uploads to the https URL of COS. curl only gets HTTPS_PROXY and the emulator's CA.
func TestProxiedTLS(t *testing.T) {
	e := theEndpoint(t)
	path, content := file(t, 11, 1_000_003)
	ca := e.caFile(t)
	in := e.input(http.MethodPut, "curl/proxied")
	in.Scheme = "https"
	u := presign(t, in)

	t.Setenv("HTTPS_PROXY", "http://"+e.api)
	out, err := exec.CommandContext(t.Context(), "curl", "--disable", "--silent", "--show-error", "-T", path, u).CombinedOutput()
	require.Error(t, err, "without the CA it must not trust the answer: %s", out)
	e.notStored(t, "curl/proxied")
	t.Setenv("CURL_CA_BUNDLE", ca)
	run(t, nil, "-T", path, tampered(t, u)).refused(t, http.StatusForbidden, "SignatureDoesNotMatch")
	e.notStored(t, "curl/proxied")
	run(t, nil, "-T", path, u).accepted(t, content)
	e.stored(t, "curl/proxied", content)
}

// TestChunked uploads from a pipe, so curl does not know the length.
func TestChunked(t *testing.T) {
	e := theEndpoint(t)
	_, content := file(t, 3, 3_000_001)
	u := e.url(t, http.MethodPut, "curl/chunked")
	e.curl(t, bytes.NewReader(content), "-T", "-", tampered(t, u)).refused(t, http.StatusForbidden, "SignatureDoesNotMatch")
	e.notStored(t, "curl/chunked")
	e.curl(t, bytes.NewReader(content), "-T", "-", u).accepted(t, content)
	e.stored(t, "curl/chunked", content)
}

// TestPathAsIs uses keys with dot segments and double slashes. curl changes them unless it is told
// not to, and the signature then is for another path.
func TestPathAsIs(t *testing.T) {
	e := theEndpoint(t)
	path, content := file(t, 4, 100)
	for _, key := range []string{
		"curl//double//slash", "curl/a/../b//c", "curl/./dot", "/leading", "curl/../..x",
	} {
		u := e.url(t, http.MethodPut, key)
		e.curl(t, nil, "--path-as-is", "-T", path, u).accepted(t, content)
		e.stored(t, key, content)
	}
	u := e.url(t, http.MethodPut, "curl/x/../y")
	e.curl(t, nil, "-T", path, u).refused(t, http.StatusForbidden, "SignatureDoesNotMatch")
	e.notStored(t, "curl/y")
	e.notStored(t, "curl/x/../y")
}

// TestExpect: the verdict comes before the body, so curl does not send a refused file.
func TestExpect(t *testing.T) {
	e := theEndpoint(t)
	path, content := file(t, 5, 8<<20)
	u := e.url(t, http.MethodPut, "curl/expect")
	old := e.input(http.MethodPut, "curl/expect")
	old.Start = old.Start.Add(-2 * time.Hour)

	wait := []string{"--expect100-timeout", "30", "-H", "Expect: 100-continue", "-T", path}
	for name, tc := range map[string]struct{ url, code string }{
		"signature": {tampered(t, u), "SignatureDoesNotMatch"},
		"time":      {presign(t, old), "AccessDenied"},
		"bucket":    {presign(t, signer.PresignInput{Credentials: e.key, Method: http.MethodPut, Scheme: "http", Bucket: "absent-1250000000", Region: e.region, Key: "k", Start: time.Now(), Expires: time.Hour}), "NoSuchBucket"},
	} {
		a := e.curl(t, nil, append(wait, tc.url)...)
		require.Contains(t, string(a.Body), "<Code>"+tc.code+"</Code>", name)
		require.Zero(t, a.Sent, "%s: the body was sent although it was refused", name)
	}
	e.notStored(t, "curl/expect")

	a := e.curl(t, nil, append(wait, u)...)
	a.accepted(t, content)
	require.EqualValues(t, len(content), a.Sent)
	e.stored(t, "curl/expect", content)
}

// TestContentType: --data-binary adds curl's default type.
func TestContentType(t *testing.T) {
	e := theEndpoint(t)
	path, content := file(t, 6, 1000)
	in := e.input(http.MethodPut, "curl/type")
	in.Header = http.Header{"Content-Type": {"text/csv"}}
	u := presign(t, in)

	data := []string{"-X", "PUT", "--data-binary", "@" + path}
	a := e.curl(t, nil, append(data, u)...)
	a.refused(t, http.StatusForbidden, "SignatureDoesNotMatch")
	require.Contains(t, string(a.Body), "content-type=application%2Fx-www-form-urlencoded")
	e.notStored(t, "curl/type")

	e.curl(t, nil, append(data, "-H", "Content-Type: text/csv", u)...).accepted(t, content)
	require.Equal(t, "text/csv", e.stored(t, "curl/type", content).Header.Get("Content-Type"))

	// Where no type is signed, curl's default is accepted and stored.
	e.curl(t, nil, append(data, e.url(t, http.MethodPut, "curl/own-type"))...).accepted(t, content)
	require.Equal(t, "application/x-www-form-urlencoded", e.stored(t, "curl/own-type", content).Header.Get("Content-Type"))
}

// TestReadAndRemove reads and deletes an object.
func TestReadAndRemove(t *testing.T) {
	e := theEndpoint(t)
	path, content := file(t, 7, 1000)
	const key = "curl/life"
	e.curl(t, nil, "-T", path, e.url(t, http.MethodPut, key)).accepted(t, content)

	head := e.curl(t, nil, "-I", e.url(t, http.MethodHead, key))
	require.Equal(t, http.StatusOK, head.Status)
	require.Equal(t, "1000", head.Header.Get("Content-Length"))
	part := e.curl(t, nil, "-r", "10-19", e.url(t, http.MethodGet, key))
	require.Equal(t, http.StatusPartialContent, part.Status)
	require.Equal(t, content[10:20], part.Body)

	removed := e.curl(t, nil, "-X", "DELETE", e.url(t, http.MethodDelete, key))
	require.Equal(t, http.StatusNoContent, removed.Status)
	e.notStored(t, key)
	head = e.curl(t, nil, "-I", e.url(t, http.MethodHead, key))
	require.Equal(t, http.StatusNotFound, head.Status)
	require.Equal(t, "NoSuchKey", head.Header.Get("x-cos-error-code"))
}

// TestRefused has other refused requests.
func TestRefused(t *testing.T) {
	e := theEndpoint(t)
	path, content := file(t, 8, 1000)
	const key = "curl/refused"
	for name, tc := range map[string]struct {
		change func(*signer.PresignInput)
		code   string
	}{
		"over":          {func(in *signer.PresignInput) { in.Start = in.Start.Add(-2 * time.Hour) }, "AccessDenied"},
		"not yet":       {func(in *signer.PresignInput) { in.Start = in.Start.Add(time.Hour) }, "RequestTimeTooSkewed"},
		"unknown key":   {func(in *signer.PresignInput) { in.Credentials.SecretID = "AKIDnobody" }, "InvalidAccessKeyId"},
		"token missing": {func(in *signer.PresignInput) { in.Credentials = e.temp; in.Credentials.Token = "" }, "InvalidAccessKeyId"},
	} {
		in := e.input(http.MethodPut, key)
		tc.change(&in)
		a := e.curl(t, nil, "-T", path, presign(t, in))
		require.Equal(t, http.StatusForbidden, a.Status, name)
		require.Contains(t, string(a.Body), "<Code>"+tc.code+"</Code>", name)
		e.notStored(t, key)
	}
	a := e.curl(t, nil, "-T", path, "http://"+e.host()+"/"+key)
	a.refused(t, http.StatusForbidden, "AccessDenied")
	require.Contains(t, string(a.Body), "<Message>Access Denied.</Message>")
	e.notStored(t, key)
	e.curl(t, nil, "-T", path, e.url(t, http.MethodPut, key)).accepted(t, content)
}

// TestPresignCall lets the control listener sign, and runs the command line of its answer.
func TestPresignCall(t *testing.T) {
	e := theEndpoint(t)
	_, content := file(t, 9, 1000)
	reply := e.control(t, "presign", map[string]any{
		"method": "PUT", "bucket": e.bucket, "key": "curl/it's a key", "expires": "1h",
		"headers": map[string]string{"Content-Type": "text/plain; charset=utf-8"},
	})
	line, ok := reply["curl"].(string)
	require.True(t, ok, "%v", reply)
	require.Contains(t, line, "curl -T FILE ")
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "FILE"), content, 0o600))
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line+" --silent --show-error --fail-with-body")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "no_proxy=*")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Empty(t, out)
	got := e.stored(t, "curl/it's a key", content)
	require.Equal(t, "text/plain; charset=utf-8", got.Header.Get("Content-Type"))
}
