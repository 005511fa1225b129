package api_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/storage"
)

// The accounts of these tests: the owner with his uin, another one, a user of
// that, and one that no list ever names.
const (
	ownerUIN    = "100000000001"
	otherUIN    = "100000000002"
	otherSubUIN = "100000000021"
)

func ownerWithUIN() keyring.Key {
	k := testKey()
	k.OwnerUIN = ownerUIN
	return k
}

func otherAccount() keyring.Key {
	return keyring.Key{SecretID: "AKIDother", SecretKey: "secretOfTheOther", AppID: "1300000001", OwnerUIN: otherUIN}
}

func otherSub() keyring.Key {
	k := otherAccount()
	k.SecretID, k.UIN = "AKIDotherSub", otherSubUIN
	return k
}

func stranger() keyring.Key {
	return keyring.Key{SecretID: "AKIDstranger", SecretKey: "secretOfAStranger", AppID: "1300000009"}
}

// startACL runs an emulator that knows all of them, with one private bucket
// that holds the objects a, dir/b and dir/sub/c.
func startACL(t *testing.T) *server {
	t.Helper()
	s := start(t, api.Config{Keys: []keyring.Key{ownerWithUIN(), otherAccount(), otherSub(), stranger()}})
	for _, key := range []string{"a", "dir/b", "dir/sub/c"} {
		require.Equal(t, 200, s.do("PUT", "/"+key, []byte(key)).status)
	}
	return s
}

// as sends a request in somebody's name; the zero key sends it unsigned.
func (s *server) as(who keyring.Key, method, target string, body []byte, header ...string) *answer {
	s.tb.Helper()
	if who.SecretID == "" {
		h := http.Header{}
		for i := 0; i < len(header); i += 2 {
			h.Add(header[i], header[i+1])
		}
		return s.send(&message{method: method, target: target, host: testHost, header: h, body: body})
	}
	return s.send(s.signedBy(who, method, testHost, target, body, header...))
}

// callers are those that the tables below ask about, in this order.
func callers() []keyring.Key {
	return []keyring.Key{ownerWithUIN(), otherAccount(), otherSub(), stranger(), {}}
}

// requireStatuses asks the same for every caller.
func (s *server) requireStatuses(want [5]int, method, target string, body []byte, what ...any) {
	s.tb.Helper()
	for i, who := range callers() {
		a := s.as(who, method, target, body)
		require.Equal(s.tb, want[i], a.status, append([]any{"caller %d: %s %s: %s", i, method, target, a.body}, what...)...)
		if want[i] == 403 && method != "HEAD" {
			require.Equal(s.tb, "AccessDenied", a.code())
		}
	}
}

// TestBucketACLDocument: the requests of the page on PUT Bucket acl, and the
// answer of that on GET Bucket acl.
//
// holds: call PutBucketACL; call GetBucketACL; header x-cos-acl; header x-cos-grant-write; header x-cos-grant-read-acp
func TestBucketACLDocument(t *testing.T) {
	want := goldenBody(t, "acl-bucket.xml")
	s := startACL(t)
	a := s.do("GET", "/?acl", nil)
	require.Equal(t, 200, a.status)
	require.Equal(t, "application/xml", a.header.Get("Content-Type"))
	require.Contains(t, string(a.body), "<Permission>FULL_CONTROL</Permission>", "the owner alone")
	require.Empty(t, a.header.Get("X-Cos-Acl"))

	a = s.do("PUT", "/?acl", nil, "x-cos-acl", "public-read", "x-cos-grant-write", `id="100000000002"`, "x-cos-grant-read-acp", `id="100000000002"`)
	require.Equal(t, 200, a.status, string(a.body))
	require.Empty(t, a.body)
	a = s.do("GET", "/?acl", nil)
	require.Equal(t, want, string(a.body))

	require.Equal(t, 200, s.do("PUT", "/?acl", nil).status, "nothing said: private")
	require.NotContains(t, string(s.do("GET", "/?acl", nil).body), "AllUsers")
	require.Equal(t, 200, s.do("PUT", "/?acl", []byte(want)).status)
	require.Equal(t, want, string(s.do("GET", "/?acl", nil).body))
}

func goldenBody(t *testing.T, name string) string {
	t.Helper()
	doc, err := os.ReadFile("../../../testdata/golden/" + name)
	require.NoError(t, err)
	return string(doc)
}

// TestPutBucketACLRefusals: nothing changes when a list is refused.
//
// holds: call PutBucketACL; code AttachmentFull; code InvalidArgument; code XMLSizeLimit
func TestPutBucketACLRefusals(t *testing.T) {
	s := startACL(t)
	require.Equal(t, 200, s.do("PUT", "/?acl", nil, "x-cos-acl", "public-read").status)
	before := string(s.do("GET", "/?acl", nil).body)
	doc := goldenBody(t, "acl-bucket.xml")
	for name, c := range map[string]struct {
		body    string
		header  []string
		code    string
		message string
	}{
		"canned":        {"", []string{"x-cos-acl", "[object Undefined]"}, "InvalidArgument", "x-cos-acl value invalid:[object Undefined]"}, // seen: cos-wx-sdk-v5 issue 12
		"of objects":    {"", []string{"x-cos-acl", "default"}, "InvalidArgument", "x-cos-acl value invalid:default"},
		"grant":         {"", []string{"x-cos-grant-read", "somebody"}, "InvalidArgument", "x-cos-grant-read value invalid:somebody"},
		"body":          {"<xml/>", nil, "InvalidArgument", "AccessControlPolicy is not well-formed."},
		"body, headers": {"<xml/>", []string{"x-cos-acl", "private"}, "InvalidArgument", "AccessControlPolicy is not well-formed."}, // seen: overtrue/qcloud-cos-client issue 11
		"too many":      {strings.Replace(doc, "</AccessControlList>", strings.Repeat(doc[strings.Index(doc, "<Grant>"):strings.Index(doc, "</Grant>")+8], 98)+"</AccessControlList>", 1), nil, "AttachmentFull", ""},
		"too long":      {doc + strings.Repeat(" ", 64<<10), nil, "XMLSizeLimit", ""},
	} {
		a := s.do("PUT", "/?acl", []byte(c.body), c.header...)
		require.Equal(t, 400, a.status, name)
		require.Equal(t, c.code, a.code(), name)
		if c.message != "" {
			require.Equal(t, c.message, a.message(), name)
		}
		require.Equal(t, before, string(s.do("GET", "/?acl", nil).body), name)
	}
	require.Equal(t, 200, s.do("PUT", "/?acl", []byte(doc), "x-cos-acl", "private").status, "the control; the header wins")
	require.NotContains(t, string(s.do("GET", "/?acl", nil).body), "AllUsers")
}

// TestBucketACLPermissions: what each permission of a bucket opens, to whom,
// and what it leaves closed.
//
// holds: call GetBucketACL; call GetObjectACL; header x-cos-grant-read; header x-cos-grant-write; header x-cos-grant-read-acp; header x-cos-grant-full-control; code AccessDenied
func TestBucketACLPermissions(t *testing.T) {
	const others, sub, all, signed, nobody = 0, 1, 2, 3, 4
	forWhom := map[int][5]bool{
		others: {true, true, true, false, false}, sub: {true, false, true, false, false},
		all: {true, true, true, true, true}, signed: {true, true, true, true, false}, nobody: {true},
	}
	id := map[int]string{others: `id="100000000002"`, sub: `id="100000000002/100000000021"`, all: `id="qcs::cam::anyone:anyone"`}
	for _, c := range []struct {
		header, value string
		read, write   int
		readACP       int
	}{
		{"x-cos-acl", "private", nobody, nobody, nobody},
		{"x-cos-acl", "public-read", all, nobody, nobody},
		{"x-cos-acl", "public-read-write", all, all, nobody},
		{"x-cos-acl", "authenticated-read", signed, nobody, nobody},
		{"x-cos-grant-read", id[others], others, nobody, nobody},
		{"x-cos-grant-read", id[sub], sub, nobody, nobody},
		{"x-cos-grant-write", id[others], nobody, others, nobody},
		{"x-cos-grant-write", id[all], nobody, all, nobody},
		{"x-cos-grant-read-acp", id[others], nobody, nobody, others},
		{"x-cos-grant-write-acp", id[others], nobody, nobody, nobody},
		{"x-cos-grant-full-control", id[sub], sub, sub, sub},
		{"x-cos-grant-full-control", id[others], others, others, others},
	} {
		t.Run(c.header+" "+c.value, func(t *testing.T) {
			s := startACL(t)
			require.Equal(t, 200, s.do("PUT", "/?acl", nil, c.header, c.value).status)
			statuses := func(whom, good int) (want [5]int) {
				for i, may := range forWhom[whom] {
					want[i] = 403
					if may {
						want[i] = good
					}
				}
				return want
			}
			s.requireStatuses(statuses(c.read, 200), "HEAD", "/", nil)
			s.requireStatuses(statuses(c.read, 200), "GET", "/", nil)
			s.requireStatuses(statuses(c.read, 200), "GET", "/?uploads", nil)
			s.requireStatuses(statuses(c.read, 200), "GET", "/dir/b", nil)
			s.requireStatuses(statuses(c.readACP, 200), "GET", "/?acl", nil)
			s.requireStatuses(statuses(c.readACP, 200), "GET", "/a?acl", nil)
			s.requireStatuses(statuses(nobody, 404), "GET", "/?policy", nil)
			for i, may := range forWhom[c.write] {
				key := "new" + string(rune('0'+i))
				a := s.as(callers()[i], "PUT", "/"+key, []byte("x"))
				if may {
					require.Equal(t, 200, a.status, "caller %d", i)
					s.requireStored(testBucket, key, []byte("x"))
					require.Equal(t, 204, s.as(callers()[i], "DELETE", "/"+key, nil).status)
					continue
				}
				require.Equal(t, 403, a.status, "caller %d", i)
				s.requireNothing(testBucket, key)
				require.Equal(t, 403, s.as(callers()[i], "DELETE", "/a", nil).status)
				s.requireStored(testBucket, "a", []byte("a"))
			}
		})
	}
}

// TestWriteACP: whom the bucket lets change its list can let himself do more.
//
// holds: call PutBucketACL; header x-cos-grant-write-acp
func TestWriteACP(t *testing.T) {
	s := startACL(t)
	for _, who := range callers()[1:] {
		require.Equal(t, 403, s.as(who, "PUT", "/?acl", nil, "x-cos-acl", "public-read").status)
	}
	require.Equal(t, 403, s.as(keyring.Key{}, "GET", "/a", nil).status, "nothing has changed")
	require.Equal(t, 200, s.do("PUT", "/?acl", nil, "x-cos-grant-write-acp", `id="100000000002"`).status)
	require.Equal(t, 403, s.as(stranger(), "PUT", "/?acl", nil, "x-cos-acl", "public-read").status)
	require.Equal(t, 200, s.as(otherAccount(), "PUT", "/?acl", nil, "x-cos-acl", "public-read").status)
	require.Equal(t, 200, s.as(keyring.Key{}, "GET", "/a", nil).status)
	require.Equal(t, 403, s.as(otherAccount(), "PUT", "/?acl", nil, "x-cos-acl", "private").status, "it took its own right away")
}

// TestPutBucketACLHeaders: a bucket begins with the list of its creation.
//
// holds: call PutBucket; header x-cos-acl; header x-cos-grant-write
func TestPutBucketACLHeaders(t *testing.T) {
	s := startACL(t)
	host := "fresh-1250000000.cos." + testRegion + ".myqcloud.com"
	send := func(who keyring.Key, method, target string, header ...string) *answer {
		return s.send(s.signedBy(who, method, host, target, nil, header...))
	}
	for _, bad := range []string{"default", "bucket-owner-read", "open"} {
		a := send(ownerWithUIN(), "PUT", "/", "x-cos-acl", bad)
		require.Equal(t, 400, a.status)
		require.Equal(t, "InvalidArgument", a.code())
	}
	_, err := s.store.Bucket("fresh-1250000000")
	require.ErrorIs(t, err, storage.ErrNoBucket)
	require.Equal(t, 200, send(ownerWithUIN(), "PUT", "/", "x-cos-acl", "authenticated-read", "x-cos-grant-write", `id="100000000002"`).status)
	require.Equal(t, 200, send(stranger(), "GET", "/").status)
	require.Equal(t, 403, send(stranger(), "DELETE", "/k").status)
	require.Equal(t, 204, send(otherAccount(), "DELETE", "/k").status)
}

// TestConfiguredACL: at a later start a configured ACL is set again, and one
// that was not configured stays.
func TestConfiguredACL(t *testing.T) {
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, st.Close()) }()
	for _, configured := range []string{"", api.ACLPrivate} {
		cfg := api.Config{Buckets: []api.BucketConfig{{Name: testBucket, Region: testRegion, ACL: configured}}}
		s := startOn(t, cfg, st)
		require.Equal(t, 200, s.do("PUT", "/?acl", nil, "x-cos-acl", "public-read").status)
		s = startOn(t, cfg, st)
		want := 200
		if configured != "" {
			want = 403
		}
		require.Equal(t, want, s.as(keyring.Key{}, "GET", "/", nil).status, "configured: %q", configured)
	}
}
