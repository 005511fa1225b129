package signer_test

import (
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

func TestEncode(t *testing.T) {
	// The table of the document "Request Signature", and what it leaves out.
	table := map[string]string{
		" ": "%20", ";": "%3B", "!": "%21", "<": "%3C", "\"": "%22", "=": "%3D", "#": "%23", ">": "%3E", "$": "%24",
		"?": "%3F", "%": "%25", "@": "%40", "&": "%26", "[": "%5B", "'": "%27", "\\": "%5C", "(": "%28", "]": "%5D",
		")": "%29", "^": "%5E", "*": "%2A", "`": "%60", "+": "%2B", "{": "%7B", ",": "%2C", "|": "%7C", "/": "%2F",
		"}": "%7D", ":": "%3A", "\x00": "%00", "\n": "%0A", "\x7f": "%7F", "\xff": "%FF", "腾": "%E8%85%BE",
	}
	for plain, want := range table {
		require.Equal(t, want, signer.Encode(plain))
		require.Equal(t, plain, signer.Decode(want))
		require.Equal(t, plain, signer.Decode(strings.ToLower(want)))
		require.Equal(t, strings.ToLower(want), signer.CanonicalKey(plain))
	}
	const stay = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
	require.Equal(t, stay, signer.Encode(stay))
	require.Equal(t, strings.ToLower(stay), signer.CanonicalKey(stay))
	require.Equal(t, "a/b%20c//d", signer.EncodePath("a/b c//d"))
}

func TestDecode(t *testing.T) {
	tests := []struct{ in, plain, form string }{
		{"", "", ""},
		{"a+b", "a+b", "a b"},
		{"a%2Bb+c", "a+b+c", "a+b c"},
		{"%41%4a%4A", "AJJ", "AJJ"},
		{"%", "%", "%"},
		{"%4", "%4", "%4"},
		{"%zz%41", "%zzA", "%zzA"},
		{"%4z%", "%4z%", "%4z%"},
		{"%%41", "%A", "%A"},
		{"%2541", "%41", "%41"},
	}
	for _, tt := range tests {
		require.Equal(t, tt.plain, signer.Decode(tt.in), tt.in)
		require.Equal(t, tt.form, signer.DecodeForm(tt.in), tt.in)
	}
}

func TestReadRequestKeepsEveryByte(t *testing.T) {
	const target = "//a%2Fb/../%zz;x/%E4%B8%AD+中?&&a;b=1;2&=v&k&k=&q==x&%zz=%&a+b=c+d&"
	req := received(http.MethodPut, "h:9000", target, nil)
	require.Equal(t, target, req.Target())
	require.Equal(t, "//a%2Fb/../%zz;x/%E4%B8%AD+中", req.Path)
	require.Equal(t, "h:9000", req.Host)
	require.Equal(t, []signer.Param{
		{Name: "a;b", Value: "1;2", HasValue: true},
		{Name: "", Value: "v", HasValue: true},
		{Name: "k"},
		{Name: "k", HasValue: true},
		{Name: "q", Value: "=x", HasValue: true},
		{Name: "%zz", Value: "%", HasValue: true},
		{Name: "a+b", Value: "c+d", HasValue: true},
	}, req.Params)
}

func TestReadRequestForms(t *testing.T) {
	tests := []struct{ target, path, query string }{
		{"/", "/", ""},
		{"/k?", "/k", ""},
		{"/k?a?b", "/k", "a?b"},
		{"/a#b?c#d", "/a#b", "c#d"},
		{"http://h/k?a=1", "/k", "a=1"},
		{"http://h", "/", ""},
		{"http://h?a=1", "/", "a=1"},
		{"http://user:pw@h:80//k", "//k", ""},
		{"//h/k", "//h/k", ""},
		{"/http://h/k", "/http://h/k", ""},
		{"*", "*", ""},
	}
	for _, tt := range tests {
		req := received(http.MethodPut, "h", tt.target, nil)
		require.Equal(t, tt.path, req.Path, tt.target)
		require.Equal(t, tt.query, req.Query, tt.target)
	}
	// A request that was made here and never went over a wire.
	r, err := http.NewRequest(http.MethodPut, "http://h:1/a%2Fb?x=1", nil)
	require.NoError(t, err)
	req := signer.ReadRequest(r)
	require.Equal(t, "/a%2Fb?x=1", req.Target())
	require.Equal(t, "h:1", req.Host)
	require.Equal(t, "h", signer.ReadRequest(httptest.NewRequest(http.MethodGet, "http://h/", nil)).Host)
	require.Equal(t, "h", signer.ReadRequest(&http.Request{URL: &url.URL{Host: "h"}}).Host)
}

func TestNewRequest(t *testing.T) {
	req, err := signer.NewRequest(http.MethodPut, "https://user@b.example:8443/a b/中?x=y z#fragment?", http.Header{
		"x-cos-acl": {"private"}, "transfer-encoding": {"chunked"},
	})
	require.NoError(t, err)
	require.Equal(t, "b.example:8443", req.Host)
	require.Equal(t, "/a b/中?x=y z", req.Target())
	require.Equal(t, []string{"private"}, req.Header["X-Cos-Acl"])
	require.Equal(t, []string{"chunked"}, req.TransferEncoding)

	req, err = signer.NewRequest(http.MethodPut, "/k", http.Header{"Host": {"h"}})
	require.NoError(t, err)
	require.Equal(t, "h", req.Host)

	for _, bad := range []string{"", "b.example/k", "://h/k", "https://", "https:///k", "/k", "b.example/https://x"} {
		_, err := signer.NewRequest(http.MethodPut, bad, nil)
		require.Error(t, err, bad)
	}
	_, err = signer.NewRequest("", "https://h/", nil)
	require.Error(t, err)
}

func TestRequestParam(t *testing.T) {
	req := received(http.MethodGet, "h", "/?Uploads&version%49d=%2B+&a=1&A=2", nil)
	p, ok := req.Param("uploads")
	require.True(t, ok)
	require.False(t, p.HasValue)
	p, ok = req.Param("versionid")
	require.True(t, ok)
	require.Equal(t, "versionId", p.DecodedName())
	require.Equal(t, "++", p.DecodedValue())
	p, ok = req.Param("a")
	require.True(t, ok)
	require.Equal(t, "1", p.Value)
	_, ok = req.Param("b")
	require.False(t, ok)
}

// TestHostileSize: what is listed and what is sent may each be as long as a
// request can be, and together they must not cost their product.
func TestHostileSize(t *testing.T) {
	// A busy machine can spoil one comparison, but no product hides from five.
	for range 5 {
		if hostileCost(t, 32_000) < 24*hostileCost(t, 4_000) {
			return
		}
	}
	t.Fatal("eight times the size cost over 24 times the work; a product would be 64")
}

// hostileCost judges a request of n distinct parameters, n headers and two
// lists that name them all, and gives the least time of three.
func hostileCost(t *testing.T, n int) time.Duration {
	t.Helper()
	names := make([]string, n)
	h := http.Header{}
	for i := range names {
		names[i] = "x" + strconv.Itoa(n+i)
		h[http.CanonicalHeaderKey(names[i])] = []string{"v"}
	}
	list := strings.Join(names, ";")
	query := strings.Join(names, "=+&")
	h.Set("Authorization", "q-sign-algorithm=sha1&q-ak=a&q-sign-time=1;2&q-key-time=1;3&q-header-list=host;"+list+
		"&q-url-param-list="+list+"&q-signature="+"no reading is tried again for a signature of this length")

	least := time.Duration(math.MaxInt64)
	for range 3 {
		start := time.Now()
		req := received(http.MethodPut, "h", "/b/k?"+query, h)
		res := signer.Verify(req, mustClaim(t, req), testSecret, signer.VerifyOptions{})
		least = min(least, time.Since(start))
		require.False(t, res.OK)
		require.Less(t, len(res.HttpString), 4*(len(query)+2*len(list)))
	}
	return least
}
