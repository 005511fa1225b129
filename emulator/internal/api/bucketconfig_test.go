package api_test

import (
	"crypto/md5"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

const (
	taggingDoc   = "<Tagging>\n    <TagSet><Tag><Key>age</Key><Value>18</Value></Tag></TagSet>\n</Tagging>"
	lifecycleDoc = `<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>`
	policyDoc    = `{"Statement":[{"Principal":{"qcs":["qcs::cam::anyone:anyone"]},"Effect":"allow","Action":"name/cos:GetBucket","Resource":"*"}],"version":"2.0"}`
	refererDoc   = `<RefererConfiguration><Status>Enabled</Status><RefererType>White-List</RefererType>` +
		`<DomainList><Domain>www.example.com</Domain></DomainList><EmptyReferConfiguration>Deny</EmptyReferConfiguration></RefererConfiguration>`
	strictDoc = `<StrictSignatureConfiguration><Rule><ID>all</ID><actionlist><action>Put*</action><action>DeleteObject</action></actionlist>` +
		`<headerlist><header>Content-Type</header><header>Host</header></headerlist><paramlist><param>all</param></paramlist></Rule></StrictSignatureConfiguration>`
)

// documents says of each configuration what the pages promise.
func documents() map[string]struct {
	good, bad string
	badCode   string
	put, del  int
	none      string // the code of a GET of none, or
	unset     string // what that shows
} {
	type row = struct {
		good, bad string
		badCode   string
		put, del  int
		none      string
		unset     string
	}
	return map[string]row{
		"tagging":          {taggingDoc, strings.Replace(taggingDoc, "age", "", 1), "InvalidTag", 204, 204, "NoSuchTagSet", ""},
		"lifecycle":        {lifecycleDoc, strings.Replace(lifecycleDoc, "Enabled", "On", 1), "MalformedXML", 200, 204, "NoSuchLifecycleConfiguration", ""},
		"policy":           {policyDoc, strings.Replace(policyDoc, "allow", "permit", 1), "MalformedPolicy", 204, 204, "NoSuchBucketPolicy", ""},
		"referer":          {refererDoc, strings.Replace(refererDoc, "White-List", "Red", 1), "MalformedXML", 200, 501, "", "<RefererConfiguration/>"},
		"strict-signature": {strictDoc, strings.Replace(strictDoc, "DeleteObject", "PostObject", 1), "InvalidArgument", 200, 204, "", "<StrictSignatureConfiguration/>"},
	}
}

func contentMD5(body string) string {
	sum := md5.Sum([]byte(body))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// holds: call PutBucketTagging; call GetBucketTagging; call DeleteBucketTagging; code InvalidTag; code NoSuchTagSet
// holds: call PutBucketLifecycle; call GetBucketLifecycle; call DeleteBucketLifecycle; code NoSuchLifecycleConfiguration; code MalformedXML
// holds: call PutBucketPolicy; call GetBucketPolicy; call DeleteBucketPolicy; code MalformedPolicy; code NoSuchBucketPolicy
// holds: call PutBucketReferer; call GetBucketReferer
// holds: call PutBucketStrictSignature; call GetBucketStrictSignature; call DeleteBucketStrictSignature
func TestBucketDocuments(t *testing.T) {
	for sub, c := range documents() {
		t.Run(sub, func(t *testing.T) {
			dir := t.TempDir()
			st, err := storage.OpenDisk(dir, storage.Options{})
			require.NoError(t, err)
			s := startOn(t, api.Config{}, st)
			target := "/?" + sub
			unset := func() {
				t.Helper()
				got := s.do(http.MethodGet, target, nil)
				if c.none != "" {
					s.requireRefused(got, sub, 404, c.none, "")
					return
				}
				require.Equal(t, 200, got.status)
				require.Equal(t, c.unset, string(got.body))
			}
			unset()
			type header = []string
			for _, refused := range []struct {
				doc, code string
				header    []string
			}{
				{c.bad, c.badCode, nil},
				{c.good, "BadDigest", header{"Content-Md5", contentMD5(c.good + " ")}},
				{c.good, "InvalidDigest", header{"Content-Md5", "bm8="}},
			} {
				got := s.do(http.MethodPut, target, []byte(refused.doc), refused.header...)
				s.requireRefused(got, refused.doc, 400, refused.code, "")
				unset()
			}
			for _, method := range []string{http.MethodPut, http.MethodGet, http.MethodDelete} {
				if method == http.MethodDelete && c.del == 501 {
					continue
				}
				got := s.send(&message{method: method, host: testHost, target: target, body: []byte(c.good)})
				s.requireRefused(got, "unsigned "+method, 403, "AccessDenied", "")
			}
			unset()

			put := s.do(http.MethodPut, target, []byte(c.good), "Content-Md5", contentMD5(c.good))
			require.Equal(t, c.put, put.status, "%s", put.body)
			require.Empty(t, put.body)
			shows := func() {
				t.Helper()
				got := s.do(http.MethodGet, target, nil)
				require.Equal(t, 200, got.status)
				require.Equal(t, "application/xml", got.header.Get("Content-Type"))
				require.Equal(t, c.good, string(got.body))
			}
			shows()
			// What is refused leaves what is there.
			require.Equal(t, 400, s.do(http.MethodPut, target, []byte(c.bad), "Content-Type", "application/xml").status)
			shows()

			require.NoError(t, st.Close()) // and a restart keeps it
			st, err = storage.OpenDisk(dir, storage.Options{})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, st.Close()) })
			s = startOn(t, api.Config{}, st)
			shows()
			deleted := s.do(http.MethodDelete, target, nil)
			require.Equal(t, c.del, deleted.status, "%s", deleted.body)
			if c.del == 204 {
				unset()
				require.Equal(t, 204, s.do(http.MethodDelete, target, nil).status)
			}
		})
	}
}

// holds: code XMLSizeLimit; code MalformedPolicy
func TestDocumentsThatAreTooLong(t *testing.T) {
	s := start(t, api.Config{})
	for target, want := range map[string]struct{ code, doc string }{
		"/?tagging":   {"XMLSizeLimit", taggingDoc},
		"/?lifecycle": {"XMLSizeLimit", lifecycleDoc},
		"/?policy":    {"MalformedPolicy", policyDoc},
	} {
		long := []byte(want.doc + strings.Repeat(" ", 1<<20))
		m := s.signed(http.MethodPut, target, long)
		s.requireRefused(s.send(m), target, 400, want.code, "")
		m.chunked = true // a length that nobody says
		s.requireRefused(s.send(m), target, 400, want.code, "")
		m.body = []byte(want.doc)
		require.Less(t, s.send(m).status, 300, "the control")
	}
}

// holds: call GetBucketLocation; call GetBucketVersioning
func TestLocationAndVersioning(t *testing.T) {
	s := start(t, api.Config{Buckets: []api.BucketConfig{{Name: testBucket, Region: testRegion, ACL: api.ACLPublicRead}}})
	got := s.do(http.MethodGet, "/?location", nil)
	require.Equal(t, 200, got.status)
	require.Equal(t, "<?xml version='1.0' encoding='utf-8' ?>\n<LocationConstraint>ap-guangzhou</LocationConstraint>", string(got.body))
	s.requireRefused(s.send(&message{method: http.MethodGet, host: testHost, target: "/?location"}), "unsigned", 403, "AccessDenied", "Access Denied.")

	for _, m := range []*message{s.signed(http.MethodGet, "/?versioning", nil), {method: http.MethodGet, host: testHost, target: "/?versioning"}} {
		got = s.send(m)
		require.Equal(t, 200, got.status, "%s", got.body)
		require.Equal(t, "<VersioningConfiguration/>", string(got.body))
	}
}

// holds: call PutBucketReferer; header referer; code AccessDenied
func TestReferer(t *testing.T) {
	s := start(t, api.Config{Buckets: []api.BucketConfig{{Name: testBucket, ACL: api.ACLPublicReadWrite}}})
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("x")).status)
	from := func(method, referer string) *answer {
		t.Helper()
		m := &message{method: method, host: testHost, target: "/a", header: http.Header{}}
		if method == http.MethodPut {
			m.target, m.body = "/b", []byte("theirs")
		}
		if referer != "" {
			m.header.Set("Referer", referer)
		}
		return s.send(m)
	}
	denied := func(got *answer) {
		t.Helper()
		s.requireRefused(got, "referer", 403, "AccessDenied", "You are denied by bucket referer rule")
	}
	set := func(doc string) {
		t.Helper()
		require.Equal(t, 200, s.do(http.MethodPut, "/?referer", []byte(doc)).status)
	}
	require.Equal(t, 200, from(http.MethodGet, "http://other.test/").status)

	set(refererDoc)
	require.Equal(t, 200, from(http.MethodGet, "http://www.example.com/page").status)
	denied(from(http.MethodGet, "http://other.test/"))
	denied(from(http.MethodGet, ""))
	denied(from(http.MethodPut, "http://other.test/"))
	s.requireNothing(testBucket, "b")
	require.Equal(t, 200, from(http.MethodPut, "https://www.example.com/").status)
	s.requireStored(testBucket, "b", []byte("theirs"))

	signed := s.signed(http.MethodGet, "/a", nil) // exempt
	signed.header.Set("Referer", "http://other.test/")
	require.Equal(t, 200, s.send(signed).status)
	require.Equal(t, 200, s.do(http.MethodGet, "/a", nil).status)
	signed.target = "/c" // and its signature is judged first
	s.requireRefused(s.send(signed), "signed", 403, "SignatureDoesNotMatch", "")

	set(strings.Replace(refererDoc, "White", "Black", 1))
	denied(from(http.MethodGet, "http://www.example.com/page"))
	require.Equal(t, 200, from(http.MethodGet, "http://other.test/").status)
	set(strings.Replace(refererDoc, "Deny", "Allow", 1))
	require.Equal(t, 200, from(http.MethodGet, "").status)
	denied(from(http.MethodGet, "http://other.test/"))
	set(strings.Replace(refererDoc, "Enabled", "Disabled", 1))
	require.Equal(t, 200, from(http.MethodGet, "http://other.test/").status)
	set(refererDoc)
	denied(from(http.MethodGet, "http://other.test/"))
	set("") // as the Go SDK removes it
	require.Equal(t, 200, from(http.MethodGet, "http://other.test/").status)
	require.Equal(t, "<RefererConfiguration/>", string(s.do(http.MethodGet, "/?referer", nil).body))
}

// strictly signs with these headers and parameters alone.
func (s *server) strictly(method, target string, header http.Header, headers, params []string) *message {
	s.tb.Helper()
	if header == nil {
		header = http.Header{}
	}
	req, err := signer.NewRequest(method, "http://"+testHost+target, header)
	require.NoError(s.tb, err)
	k := testKey()
	signed, err := signer.Sign(req, signer.Credentials{SecretID: k.SecretID, SecretKey: k.SecretKey},
		signer.SignOptions{Start: s.clock.Now(), End: s.clock.Now().Add(3600e9), Headers: headers, Params: params})
	require.NoError(s.tb, err)
	header.Set("Authorization", signed.Authorization())
	return &message{method: method, target: target, host: testHost, header: header, body: []byte("x")}
}

// holds: call PutBucketStrictSignature; call DeleteBucketStrictSignature; answer x-cosemu-diagnosis; code AccessDenied
func TestStrictSignature(t *testing.T) {
	const missingHeader = "Strict signature missing header that must be signed"
	const missingParam = "Strict signature missing param that must be signed"
	s := start(t, api.Config{})
	loose := func() *message { return s.strictly(http.MethodPut, "/a?x=1", nil, nil, nil) }
	require.Equal(t, 200, s.send(loose()).status, "nothing has to be signed as long as nobody says so")
	s.remove(testBucket, "a")
	require.Equal(t, 200, s.do(http.MethodPut, "/?strict-signature", []byte(strictDoc)).status)

	typed := func() http.Header { return http.Header{"Content-Type": {"text/plain"}} }
	host, all, x := []string{"host"}, []string{"host", "content-type"}, []string{"x"}
	for _, c := range []struct {
		name, message string
		m             *message
	}{
		{"nothing signed", missingHeader, loose()},
		{"no host", missingHeader, s.strictly(http.MethodPut, "/a?x=1", nil, nil, x)},
		{"no param", missingParam, s.strictly(http.MethodPut, "/a?x=1", nil, host, nil)},
		{"a header that is there", missingHeader, s.strictly(http.MethodPut, "/a", typed(), host, nil)},
	} {
		got := s.send(c.m)
		s.requireRefused(got, c.name, 403, "AccessDenied", c.message)
		require.Contains(t, got.header.Get("x-cosemu-diagnosis"), "strict-signature", c.name)
		s.requireNothing(testBucket, "a")
	}
	for name, m := range map[string]*message{
		"all of it":         s.strictly(http.MethodPut, "/a?x=1", typed(), all, x),
		"what is there":     s.strictly(http.MethodPut, "/a", nil, host, nil),
		"another operation": s.strictly(http.MethodGet, "/a?x=1", nil, nil, nil),
	} {
		got := s.send(m)
		require.Contains(t, []int{200, 404}, got.status, "%s: %s", name, got.body)
		require.NotEqual(t, 403, got.status)
	}
	s.requireStored(testBucket, "a", []byte("x"))

	// After the time and before the signature; and unsigned requests have none.
	wrong := loose()
	wrong.target = "/other?x=1"
	s.requireRefused(s.send(wrong), "wrong and loose", 403, "AccessDenied", missingHeader)
	bare := s.send(&message{method: http.MethodPut, host: testHost, target: "/a", body: []byte("x")})
	s.requireRefused(bare, "unsigned", 403, "AccessDenied", "Access Denied.")
	late := loose()
	s.clock.Advance(2 * 3600e9)
	s.requireRefused(s.send(late), "late and loose", 403, "AccessDenied", "Request has expired")

	require.Equal(t, 204, s.do(http.MethodDelete, "/?strict-signature", nil).status)
	require.Equal(t, 200, s.send(loose()).status)
}

// A pre-signed URL holds under rules for all parameters: those that carry the
// signature are none of them.
//
// holds: call PutBucketStrictSignature
func TestStrictSignatureOfURLs(t *testing.T) {
	s := start(t, api.Config{Endpoint: "127.0.0.1:9000"})
	require.Equal(t, 200, s.do(http.MethodPut, "/?strict-signature", []byte(strictDoc)).status)
	reply, err := s.e.Presign(api.PresignRequest{Method: http.MethodPut, Bucket: testBucket, Key: "a", Expires: 3600e9})
	require.NoError(t, err)
	req, err := signer.NewRequest(http.MethodPut, reply.URL, nil)
	require.NoError(t, err)
	m := &message{method: http.MethodPut, host: req.Host, target: req.Path + "?" + req.Query, body: []byte("x")}
	require.Equal(t, 200, s.send(m).status)
	s.requireStored(testBucket, "a", []byte("x"))
	m.target += "&more=1"
	s.requireRefused(s.send(m), "a parameter more", 403, "AccessDenied", "Strict signature missing param that must be signed")
}
