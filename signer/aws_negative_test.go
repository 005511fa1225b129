package signer_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// awsMutation changes one thing about a signed request; false: it does not
// apply.
type awsMutation struct {
	name   string
	change func(req *signer.Request, secret *string) bool
}

func awsMutations() []awsMutation {
	all := []awsMutation{
		{"other secret", func(_ *signer.Request, secret *string) bool { *secret += "x"; return true }},
		{"secret with a line break", func(_ *signer.Request, secret *string) bool { *secret += "\n"; return true }},
		{"other method", func(req *signer.Request, _ *string) bool { req.Method = "DELETE"; return true }},
		{"method in lower case", func(req *signer.Request, _ *string) bool { req.Method = strings.ToLower(req.Method); return true }},
		{"other key", func(req *signer.Request, _ *string) bool { req.Path += "x"; return true }},
		{"slash doubled", func(req *signer.Request, _ *string) bool { req.Path = "/" + req.Path; return true }},
		{"dot segment", func(req *signer.Request, _ *string) bool { req.Path = "/." + req.Path; return true }},
		{"key encoded once more", func(req *signer.Request, _ *string) bool {
			twice := strings.ReplaceAll(req.Path, "%", "%25")
			changed := twice != req.Path
			req.Path = twice
			return changed
		}},
		{"blank as a plus", func(req *signer.Request, _ *string) bool {
			plus := strings.ReplaceAll(req.Path, "%20", "+")
			changed := plus != req.Path
			req.Path = plus
			return changed
		}},
		{"a sub-resource more", func(req *signer.Request, _ *string) bool { *req = *withQuery(req, "acl"); return true }},
		{"an x-amz parameter more", func(req *signer.Request, _ *string) bool {
			*req = *withQuery(req, "x-amz-grant-read=everybody")
			return true
		}},
		{"an escaped x-amz parameter more", func(req *signer.Request, _ *string) bool {
			*req = *withQuery(req, "X%2DAmz%2Dmeta-a=1")
			return true
		}},
		{"an x-amz header more", func(req *signer.Request, _ *string) bool { req.Header.Set("X-Amz-Meta-A", "1"); return true }},
		{"signature changed", func(req *signer.Request, _ *string) bool {
			if a := req.Header.Get("Authorization"); a != "" {
				i := strings.LastIndexAny(a, "=:")
				if strings.HasPrefix(a, "AWS ") {
					i = strings.LastIndexByte(a, ':')
				}
				req.Header.Set("Authorization", a[:i+1]+swapFirst(a[i+1:]))
				return true
			}
			before, after, ok := strings.Cut(req.Query, "Signature=")
			*req = *received(req.Method, req.Host, req.Path+"?"+before+"Signature="+swapFirst(after), req.Header)
			return ok
		}},
		{"signature cut", func(req *signer.Request, _ *string) bool {
			a := req.Header.Get("Authorization")
			if a == "" {
				*req = *received(req.Method, req.Host, strings.TrimRight(req.Target(), "D3%")[:len(req.Target())-6], req.Header)
				return true
			}
			req.Header.Set("Authorization", a[:len(a)-1])
			return true
		}},
	}
	for _, name := range []string{"Content-Type", "X-Amz-Acl", "X-Amz-Date", "Date", "X-Amz-Content-Sha256"} {
		all = append(all,
			awsMutation{"changed " + name, func(req *signer.Request, _ *string) bool {
				v := req.Header[name]
				if v == nil {
					return false
				}
				req.Header[name] = []string{strings.NewReplacer("0Z", "1Z", "0 GMT", "1 GMT", "image", "text", "private", "public",
					"UNSIGNED-PAYLOAD", strings.Repeat("0", 64)).Replace(v[0])}
				return true
			}},
			awsMutation{"dropped " + name, func(req *signer.Request, _ *string) bool {
				had := req.Header[name] != nil
				delete(req.Header, name)
				return had
			}},
			awsMutation{"repeated " + name, func(req *signer.Request, _ *string) bool {
				had := req.Header[name] != nil
				req.Header[name] = append(req.Header[name], "x")
				return had
			}})
	}
	return all
}

func swapFirst(s string) string {
	if strings.HasPrefix(s, "a") {
		return "b" + s[1:]
	}
	return "a" + s[1:]
}

// TestAWSNegativeMatrix breaks a request of each carrier in each way. The control
// is the request itself, and TestAWSUnsigned for what may change.
func TestAWSNegativeMatrix(t *testing.T) {
	hits := map[string]int{}
	for kind, make := range awsCases() {
		for _, m := range awsMutations() {
			req, secret := make(), awsSecret
			require.True(t, signer.Verify(req, mustFind(t, req), secret, awsOptions()).OK, "control: %s", kind)
			if !m.change(req, &secret) {
				continue
			}
			c, err := signer.FindClaim(req)
			require.NotNil(t, c, "%s %s: never anonymous", kind, m.name)
			res := signer.Verify(req, c, secret, awsOptions())
			require.False(t, res.OK, "%s: %s: %v: %s\n%s", kind, m.name, err, res.HttpString, res.StringToSign)
			require.Empty(t, res.Reading)
			hits[m.name]++
		}
	}
	for _, m := range awsMutations() {
		require.NotZero(t, hits[m.name], m.name)
	}
}

// TestAWSClaimChanged breaks what the claim says.
func TestAWSClaimChanged(t *testing.T) {
	for kind, make := range awsCases() {
		for name, change := range map[string]func(c *signer.Claim){
			"signature": func(c *signer.Claim) { c.Signature = swapFirst(c.Signature) },
			"longer":    func(c *signer.Claim) { c.Signature += "0" },
			"empty":     func(c *signer.Claim) { c.Signature = "" },
			"family":    func(c *signer.Claim) { c.Family = signer.QSign },
			"other":     func(c *signer.Claim) { c.Family = signer.AWS4 + signer.AWS2 - c.Family },
			"form":      func(c *signer.Claim) { c.Carrier = signer.CarrierForm },
			"no fields": func(c *signer.Claim) { c.AWS = nil },
			"unsound": func(c *signer.Claim) {
				c.AWS = &signer.AWSFields{Date: c.AWS.Date, Scope: c.AWS.Scope, PayloadHash: c.AWS.PayloadHash}
			},
		} {
			req := make()
			c := mustFind(t, req)
			change(c)
			require.False(t, signer.Verify(req, c, awsSecret, awsOptions()).OK, "%s %s", kind, name)
		}
		if kind[:4] != "AWS4" {
			continue
		}
		for name, change := range map[string]func(c *signer.Claim){
			"region":  func(c *signer.Claim) { c.AWS.Scope.Region = "us-east-1" },
			"day":     func(c *signer.Claim) { c.AWS.Scope.Date = "20261125" },
			"service": func(c *signer.Claim) { c.AWS.Scope.Service = "ec2" },
			"scope":   func(c *signer.Claim) { c.AWS.Scope.Raw += "x" },
			"date":    func(c *signer.Claim) { c.AWS.Date = "20261124T080001Z" },
			"hash":    func(c *signer.Claim) { c.AWS.PayloadHash = strings.Repeat("0", 64) },
			"headers": func(c *signer.Claim) { c.HeaderList = c.HeaderList[1:] },
		} {
			req := make()
			c := mustFind(t, req)
			change(c)
			require.False(t, signer.Verify(req, c, awsSecret, awsOptions()).OK, "%s %s", kind, name)
		}
	}
}

// TestAWSQueryChanged breaks the parameters of the pre-signed URLs one by one.
func TestAWSQueryChanged(t *testing.T) {
	for kind, req := range map[string]*signer.Request{"AWS4": awsQuery(), "AWS2": aws2Query()} {
		for _, p := range req.Params {
			if kind == "AWS2" && p.Name == "AWSAccessKeyId" {
				continue // names the key pair, and is not signed by AWS2
			}
			piece := p.Name + "=" + p.Value
			for _, target := range []string{
				strings.Replace(req.Target(), piece, p.Name+"="+swapFirst(p.Value), 1),
				strings.Replace(req.Target(), piece, "", 1),
			} {
				changed := received(req.Method, req.Host, target, req.Header)
				c, _ := signer.FindClaim(changed)
				require.False(t, c != nil && signer.Verify(changed, c, awsSecret, awsOptions()).OK, "%s %s", kind, target)
			}
		}
	}
}

// TestAWSUnsigned: what a signature does not cover may change.
func TestAWSUnsigned(t *testing.T) {
	for kind, make := range awsCases() {
		req := make()
		req.Header.Set("User-Agent", "another")
		req.Header.Set("Accept", "*/*")
		if kind[:4] == "AWS2" {
			*req = *withQuery(req, "prefix=x")
			req.Host = "another"
		}
		require.True(t, signer.Verify(req, mustFind(t, req), awsSecret, awsOptions()).OK, kind)
	}
}

// TestAWS4Spelling: what means the same to S3 has one canonical form.
func TestAWS4Spelling(t *testing.T) {
	for _, c := range []struct {
		target string
		holds  bool
	}{
		{"/photos/a%20b.jpg?x=1", true},
		{"/photos%2Fa%20b%2Ejpg?x=1", true},
		{"/%70hotos/a%20b.jpg?&x=%31&", true},
		{"/photos/a+b.jpg?x=1", false},
		{"/photos/a%2520b.jpg?x=1", false},
		{"/photos//a%20b.jpg?x=1", false},
		{"/photos/./a%20b.jpg?x=1", false},
		{"/photos/a%20b.jpg?X=1", false},
		{"/photos/a%20b.jpg", false},
		{"/photos/a%20b.jpg?x=1&x=1", false},
	} {
		req := received(http.MethodPut, awsHost, c.target, awsHeader().Header)
		require.Equal(t, c.holds, signer.Verify(req, mustFind(t, req), awsSecret, awsOptions()).OK, c.target)
	}
	sign := func(canonicalQuery string) http.Header {
		canonical := "GET\n/\n" + canonicalQuery + "\nhost:h\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:" + awsDate +
			"\nx-amz-meta-a:one two,three\nx-amz-meta-gone:\n\nhost;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-gone\nUNSIGNED-PAYLOAD"
		return http.Header{
			"X-Amz-Date": {awsDate}, "X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}, "X-Amz-Meta-A": {"  one \t two ", "three"},
			"Authorization": {"AWS4-HMAC-SHA256 Credential=" + awsID + "/" + awsScope +
				",SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-gone,Signature=" +
				refAWS4(awsSecret, awsDate, awsRegion, canonical)},
		}
	}
	for target, query := range map[string]string{
		"/?b=2&a=1&a=0&acl&b-=3":         "a=0&a=1&acl=&b=2&b-=3",
		"/?prefix=a+b%2B%c3%a9&delim=/":  "delim=%2F&prefix=a%20b%2B%C3%A9",
		"/?~a=%7E&z=%zz&%61=":            "a=&z=%25zz&~a=~",
		"/?k=v=w&x;y=1":                  "k=v%3Dw&x%3By=1",
		"/?A=1&a=1&_=1&%E4%B8%AD=%26%3D": "%E4%B8%AD=%26%3D&A=1&_=1&a=1",
	} {
		req := received(http.MethodGet, "h", target, sign(query))
		res := signer.Verify(req, mustFind(t, req), awsSecret, signer.VerifyOptions{})
		require.True(t, res.OK, "%s: %s", target, res.HttpString)
	}
}

// TestAWS4DefaultPort: the one leniency, and that the caller may forbid it.
func TestAWS4DefaultPort(t *testing.T) {
	for port, reading := range map[string]string{":80": "host-port-80", ":443": "host-port-443", ":9000": "", "": ""} {
		canonical := "PUT\n/k\n" + awsQueryParams + "\ncontent-type:image/png\nhost:" + awsHost + port + "\n\ncontent-type;host\nUNSIGNED-PAYLOAD"
		req := received(http.MethodPut, awsHost, "/k?"+awsQueryParams+"&X-Amz-Signature="+refAWS4(awsSecret, awsDate, awsRegion, canonical),
			http.Header{"Content-Type": {"image/png"}})
		c := mustFind(t, req)
		res := signer.Verify(req, c, awsSecret, awsOptions())
		require.Equal(t, port != ":9000", res.OK, port)
		require.Equal(t, reading, res.Reading)
		o := awsOptions()
		o.Allows = func(signer.Reading) bool { return false }
		require.Equal(t, port == "", signer.Verify(req, c, awsSecret, o).OK)

		req.Host = awsHost + ":8080"
		require.False(t, signer.Verify(req, c, awsSecret, awsOptions()).OK, "sent with another port")
	}
}

// TestAWS2BucketSlash: a path that is the bucket may be signed with a slash, any
// other path may not.
func TestAWS2BucketSlash(t *testing.T) {
	const date = "Tue, 24 Nov 2026 08:00:00 GMT"
	for _, c := range []struct {
		path, signed, bucket, prefix string
		holds                        bool
	}{
		{"/b-1", "/b-1/", "", "/b-1", true},
		{"/b-1", "/b-1", "", "/b-1", true},
		{"/b-1/", "/b-1/", "", "/b-1", true},
		{"/b-1/", "/b-1", "", "/b-1", false},
		{"/b-1", "/b-1//", "", "/b-1", false},
		{"/b-1/k", "/b-1/k/", "", "/b-1", false},
		{"/k", "/b-1/k/", "b-1", "", false},
		{"/k", "/b-1/k/", "b-1", "/k", false},
		{"/b-1", "/b-1/", "", "", false},
	} {
		req := received(http.MethodGet, "h", c.path+"?prefix=x", http.Header{
			"Date": {date}, "Authorization": {"AWS " + awsID + ":" + refAWS2(awsSecret, "GET\n\n\n"+date+"\n"+c.signed)},
		})
		res := signer.Verify(req, mustFind(t, req), awsSecret, signer.VerifyOptions{Bucket: c.bucket, PathPrefix: c.prefix})
		require.Equal(t, c.holds, res.OK, "%+v", c)
	}
}

// TestAWS2Lines: AWS2 signs decoded values line by line, so an escaped line break
// could move one value into the place of another. Such a request never holds.
func TestAWS2Lines(t *testing.T) {
	sign := func(text string) string {
		return strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(refAWS2(awsSecret, text))
	}
	base := "/k?AWSAccessKeyId=" + awsID + "&Expires=1795508100&Signature="
	for text, more := range map[string]string{
		"PUT\n\n\n1795508100\n/examplebucket-1250000000/k":                              "",
		"PUT\n\nimage/png\n1795508100\n/examplebucket-1250000000/k":                     "&content-type=image%2Fpng",
		"PUT\nabc=\n\n1795508100\nx-amz-a:1\nx-amz-b:\n/examplebucket-1250000000/k?acl": "&x-amz-b&x-amz-a=1&acl&content-md5=abc%3D",
		"PUT\n\n\n1795508100\n/examplebucket-1250000000/k?acl&response-expires=a b":     "&response-expires=a+b&acl=",
	} {
		req := received(http.MethodPut, awsHost, base+sign(text)+more, http.Header{})
		res := signer.Verify(req, mustFind(t, req), awsSecret, awsOptions())
		require.True(t, res.OK, "control: %q", res.StringToSign)
	}
	for text, more := range map[string]string{
		"PUT\n\nimage\npng\n1795508100\n/examplebucket-1250000000/k":             "&content-type=image%0Apng",
		"PUT\n\n\n1795508100\nx-amz-a:1\nx-amz-b:2\n/examplebucket-1250000000/k": "&x-amz-a=1%0Ax-amz-b:2",
		"PUT\n\n\n1795508100\nx-amz-a:b:2\n/examplebucket-1250000000/k":          "&x-amz-a%3Ab=2",
		"PUT\n\n\n1795508100\n/examplebucket-1250000000/k?response-expires=a\nb": "&response-expires=a%0Ab",
		"PUT\n\n\n1795508100\nx-amz-acl:private\n/examplebucket-1250000000/k":    "&x-amz-acl=public",
		"PUT\n\ntext/plain\n1795508100\n/examplebucket-1250000000/k":             "&content-type=image%2Fpng",
	} {
		req := received(http.MethodPut, awsHost, base+sign(text)+more, http.Header{})
		require.False(t, signer.Verify(req, mustFind(t, req), awsSecret, awsOptions()).OK, more)
	}
}
