package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/storage"
)

// The buckets of the attacks: one is the victim's, the other is where the
// attacker would have its URL lead.
const (
	victim = "vict-1250000000"
	second = "second-1250000000"
	local  = "127.0.0.1:9000"
)

// forgery is a signature over one request, sent with another.
type forgery struct {
	name         string
	signedHost   string // empty: as sent
	signedPath   string
	method       string // PUT when empty
	host, target string
	// bucket and key are where the request leads when it is accepted; empty: it
	// must be refused.
	bucket, key string
}

// sign signs for one host and path, as an SDK does that signs its host and sends
// the request somewhere else.
func sign(tb testing.TB, s *server, key keyring.Key, method, host, path string) string {
	tb.Helper()
	c := signer.Canonical{Method: method, Path: path, Headers: []signer.Pair{signer.NewPair("host", host)}}
	now := s.clock.Now().Unix()
	times := fmt.Sprintf("%d;%d", now, now+3600)
	k := signer.NewSigningKey(key.SecretKey, times)
	return "q-sign-algorithm=sha1&q-ak=" + key.SecretID + "&q-sign-time=" + times + "&q-key-time=" + times +
		"&q-header-list=host&q-url-param-list=&q-signature=" + k.Sign(signer.StringToSign(times, c.HttpString()))
}

func (f *forgery) send(s *server) *answer {
	s.tb.Helper()
	if f.method == "" {
		f.method = http.MethodPut
	}
	if f.signedHost == "" {
		f.signedHost = f.host
	}
	auth := sign(s.tb, s, testKey(), f.method, f.signedHost, f.signedPath)
	return s.send(&message{
		method: f.method, target: f.target, host: f.host, header: http.Header{"Authorization": {auth}}, body: []byte("x"),
	})
}

func buckets(names ...string) []api.BucketConfig {
	list := make([]api.BucketConfig, 0, len(names))
	for _, n := range names {
		list = append(list, api.BucketConfig{Name: n, Region: testRegion})
	}
	return list
}

// stored are all objects there are, as "bucket/key".
func (s *server) stored() []string {
	s.tb.Helper()
	var found []string
	all, err := s.store.Buckets()
	require.NoError(s.tb, err)
	for _, b := range all {
		page, err := s.store.List(b.Name, storage.ListOptions{Max: 100})
		require.NoError(s.tb, err)
		for _, o := range page.Objects {
			found = append(found, b.Name+"/"+o.Key)
		}
	}
	return found
}

// TestForgedPath: a signature whose path names no bucket opens the bucket that
// the address stands for, and no other; a path that was signed with a bucket
// never becomes a key of another.
func TestForgedPath(t *testing.T) {
	alias := map[string]string{local: victim}
	for _, c := range []struct {
		name    string
		buckets []string
		aliases map[string]string
		tries   []forgery
	}{
		{"one bucket, no alias", []string{victim}, nil, []forgery{
			{name: "path style", signedPath: "/" + victim + "/photo.jpg", host: local, target: "/" + victim + "/photo.jpg", bucket: victim, key: "photo.jpg"},
			{name: "Node.js and Python", signedPath: "/photo.jpg", host: local, target: "/" + victim + "/photo.jpg", bucket: victim, key: "photo.jpg"},
			{name: "Python without the port", signedHost: "127.0.0.1", signedPath: "/photo.jpg", host: local, target: "/" + victim + "/photo.jpg", bucket: victim, key: "photo.jpg"},
			{name: "signed for a bucket that is gone", signedPath: "/gone-1250000000/photo.jpg", host: local, target: "/" + victim + "/gone-1250000000/photo.jpg"},
			{name: "signed for a folder with digits", signedPath: "/photos-2024/1.jpg", host: local, target: "/" + victim + "/photos-2024/1.jpg", bucket: victim, key: "photos-2024/1.jpg"},
			{name: "for the cloud's host", signedPath: "/photo.jpg", host: "cos.ap-guangzhou.myqcloud.com", target: "/" + victim + "/photo.jpg", bucket: victim, key: "photo.jpg"},
		}},
		{"two buckets, no alias", []string{victim, second}, nil, []forgery{
			{name: "path style", signedPath: "/" + second + "/photo.jpg", host: local, target: "/" + second + "/photo.jpg", bucket: second, key: "photo.jpg"},
			{name: "turned on the second", signedPath: "/" + victim + "/photo.jpg", host: local, target: "/" + second + "/" + victim + "/photo.jpg"},
			{name: "escaped", signedPath: "/" + victim + "/photo.jpg", host: local, target: "/" + second + "/vict%2D1250000000/photo.jpg"},
			{name: "escaped slash", signedPath: "/" + victim + "/photo.jpg", host: local, target: "/" + second + "/" + victim + "%2Fphoto.jpg"},
			{name: "the bucket itself", signedPath: "/" + victim, host: local, target: "/" + second + "/" + victim},
			{name: "names no bucket", signedPath: "/photo.jpg", host: local, target: "/" + victim + "/photo.jpg"},
			{name: "names no bucket either", signedPath: "/photo.jpg", host: local, target: "/" + second + "/photo.jpg"},
			{name: "without the port", signedHost: "127.0.0.1", signedPath: "/photo.jpg", host: local, target: "/" + second + "/photo.jpg"},
			{name: "without the port, turned", signedHost: "127.0.0.1", signedPath: "/" + victim + "/a", host: local, target: "/" + second + "/" + victim + "/a"},
			{name: "at the domain", signedPath: "/photo.jpg", host: "cos.test", target: "/" + second + "/photo.jpg"},
			{name: "at the cloud's host", signedPath: "/photo.jpg", host: "cos.ap-guangzhou.myqcloud.com", target: "/" + second + "/photo.jpg"},
			{name: "virtual host", signedPath: "/photo.jpg", host: victim + ".cos.ap-guangzhou.myqcloud.com", target: "/photo.jpg", bucket: victim, key: "photo.jpg"},
		}},
		{"two buckets, an alias", []string{victim, second}, alias, []forgery{
			{name: "Go and Java", signedPath: "/photo.jpg", host: local, target: "/photo.jpg", bucket: victim, key: "photo.jpg"},
			{name: "Go with a deep key", signedPath: "/a/b//c", host: local, target: "/a/b//c", bucket: victim, key: "a/b//c"},
			{name: "Node.js and Python", signedPath: "/photo.jpg", host: local, target: "/" + victim + "/photo.jpg", bucket: victim, key: "photo.jpg"},
			{name: "Python without the port", signedHost: "127.0.0.1", signedPath: "/photo.jpg", host: local, target: "/" + victim + "/photo.jpg", bucket: victim, key: "photo.jpg"},
			{name: "Go, the port lost on the way", signedHost: local, signedPath: "/photo.jpg", host: "127.0.0.1", target: "/photo.jpg", bucket: victim, key: "photo.jpg"},
			{name: "path style, the same bucket", signedPath: "/" + victim + "/photo.jpg", host: local, target: "/" + victim + "/photo.jpg", bucket: victim, key: "photo.jpg"},
			{name: "path style, another bucket", signedPath: "/" + second + "/photo.jpg", host: local, target: "/" + second + "/photo.jpg", bucket: second, key: "photo.jpg"},
			{name: "alias's key turned on another bucket", signedPath: "/photo.jpg", host: local, target: "/" + second + "/photo.jpg"},
			{name: "the same without the port", signedHost: "127.0.0.1", signedPath: "/photo.jpg", host: local, target: "/" + second + "/photo.jpg"},
			{name: "another bucket's URL as a key of the alias's", signedPath: "/" + second + "/photo.jpg", host: local, target: "/" + victim + "/" + second + "/photo.jpg"},
			{name: "the alias's URL as a key of the alias's", signedPath: "/" + victim + "/photo.jpg", host: local, target: "/" + victim + "/" + victim + "/photo.jpg"},
			{name: "the alias's URL as a key of another", signedPath: "/" + victim + "/photo.jpg", host: local, target: "/" + second + "/" + victim + "/photo.jpg"},
			{name: "at another port", signedPath: "/photo.jpg", host: "127.0.0.1:9001", target: "/" + victim + "/photo.jpg"},
			{name: "signed for another port", signedHost: "127.0.0.1:9001", signedPath: "/photo.jpg", host: local, target: "/photo.jpg"},
		}},
		{"two addresses", []string{victim, second}, map[string]string{local: victim, "127.0.0.1:9001": second}, []forgery{
			{name: "first", signedPath: "/a", host: local, target: "/a", bucket: victim, key: "a"},
			{name: "second", signedPath: "/a", host: "127.0.0.1:9001", target: "/a", bucket: second, key: "a"},
			{name: "second, Node.js", signedPath: "/a", host: "127.0.0.1:9001", target: "/" + second + "/a", bucket: second, key: "a"},
			{name: "without the port, one", signedHost: "127.0.0.1", signedPath: "/a", host: local, target: "/a"},
			{name: "without the port, other", signedHost: "127.0.0.1", signedPath: "/a", host: "127.0.0.1:9001", target: "/a"},
			{name: "without the port, path style", signedHost: "127.0.0.1", signedPath: "/" + second + "/a", host: local, target: "/" + second + "/a", bucket: second, key: "a"},
			{name: "moved to the other's path", signedPath: "/a", host: local, target: "/" + second + "/a"},
		}},
		{"a custom domain", []string{victim, second}, map[string]string{"uploads.test": victim}, []forgery{
			{name: "a key", signedPath: "/a", host: "uploads.test", target: "/a", bucket: victim, key: "a"},
			{name: "a key with a bucket's name", signedPath: "/" + second + "/a", host: "uploads.test", target: "/" + second + "/a", bucket: victim, key: second + "/a"},
			{name: "no bucket in its path", signedPath: "/a", host: "uploads.test", target: "/" + victim + "/a"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, api.Config{Buckets: buckets(c.buckets...), Aliases: c.aliases, Domains: []string{"cos.test"}, Endpoint: local})
			for _, f := range c.tries {
				t.Run(f.name, func(t *testing.T) {
					a := f.send(s)
					if f.bucket == "" {
						require.Equal(t, http.StatusForbidden, a.status)
						require.Equal(t, "SignatureDoesNotMatch", a.code())
						require.Empty(t, s.stored())
						return
					}
					require.Equal(t, http.StatusOK, a.status, "%s", a.body)
					require.Equal(t, []string{f.bucket + "/" + f.key}, s.stored())
					s.remove(f.bucket, f.key)
				})
			}
		})
	}
}

// TestForgedPathDelete: what holds for writing holds for deleting and reading.
func TestForgedPathDelete(t *testing.T) {
	s := start(t, api.Config{Buckets: buckets(victim, second)})
	require.Equal(t, 200, s.send(s.signedBy(testKey(), http.MethodPut, local, "/"+second+"/"+victim+"/photo.jpg", []byte("x"))).status)
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodHead} {
		f := forgery{method: method, signedPath: "/" + victim + "/photo.jpg", host: local, target: "/" + second + "/" + victim + "/photo.jpg"}
		require.Equal(t, 403, f.send(s).status, method)
		require.Len(t, s.stored(), 1)
	}
	ok := forgery{method: http.MethodDelete, signedPath: "/" + second + "/" + victim + "/photo.jpg", host: local, target: "/" + second + "/" + victim + "/photo.jpg"}
	require.Equal(t, 204, ok.send(s).status)
}

// TestForgedPathAccounts: the one bucket is that of the key's account, not any.
func TestForgedPathAccounts(t *testing.T) {
	const other = "other-1260000000"
	s := start(t, api.Config{Buckets: buckets(victim, other)})
	require.Equal(t, 200, (&forgery{signedPath: "/a", host: local, target: "/" + victim + "/a"}).send(s).status)
	a := (&forgery{signedPath: "/b", host: local, target: "/" + other + "/b"}).send(s)
	require.Equal(t, "SignatureDoesNotMatch", a.code(), "not a question of rights")
	a = (&forgery{signedPath: "/" + other + "/b", host: local, target: "/" + victim + "/" + other + "/b"}).send(s)
	require.Equal(t, "SignatureDoesNotMatch", a.code())
	require.Equal(t, []string{victim + "/a"}, s.stored())
}

// TestForgedPathLaterBucket: a bucket that somebody else makes does not get what
// older URLs of an alias upload.
func TestForgedPathLaterBucket(t *testing.T) {
	const made = "made-1260000000"
	theirs := keyring.Key{SecretID: "AKIDtheirs", SecretKey: "their-secret-their-secret", AppID: "1260000000"}
	s := start(t, api.Config{
		Buckets: buckets(victim), Keys: []keyring.Key{testKey(), theirs}, Aliases: map[string]string{local: victim},
	})
	ours := &forgery{signedPath: "/" + made + "/a", host: local, target: "/" + made + "/a"}
	before := ours.send(s)
	require.Equal(t, "NoSuchBucket", before.code(), "whatever it means, it means it from the start")
	create := &message{method: http.MethodPut, target: "/" + made, host: local, header: http.Header{
		"Authorization": {sign(t, s, theirs, http.MethodPut, local, "/"+made)}, "X-Cos-Acl": {"public-read-write"},
	}}
	require.Equal(t, 200, s.send(create).status)
	require.Equal(t, 200, ours.send(s).status)
	require.Equal(t, []string{made + "/a"}, s.stored())

	// A folder that looks like a bucket of an account that nobody has is a folder.
	folder := &forgery{signedPath: "/photos-1280000000/a", host: local, target: "/photos-1280000000/a"}
	require.Equal(t, 200, folder.send(s).status)
	s.requireStored(victim, "photos-1280000000/a", []byte("x"))
}

// pathFinding is the finding about the path in the newest entry of the journal.
func (s *server) pathFinding() diagnose.Finding {
	s.tb.Helper()
	entries := s.e.Journal().Select(journal.Filter{Limit: 1})
	require.NotEmpty(s.tb, entries)
	report := entries[0].Finding
	require.NotNil(s.tb, report)
	require.Equal(s.tb, diagnose.PathBucket, report.Findings[0].ID)
	return report.Findings[0]
}

// TestPathBucketFinding: a signature that names no bucket is refused with both
// ways out, and each of them works.
func TestPathBucketFinding(t *testing.T) {
	s := start(t, api.Config{Buckets: buckets(victim, second), Endpoint: local})
	f := forgery{signedPath: "/photo.jpg", host: local, target: "/" + second + "/photo.jpg"}
	a := f.send(s)
	require.Equal(t, 403, a.status)
	require.Equal(t, "path-bucket", a.header.Get("X-Cosemu-Diagnosis"))
	found := s.pathFinding()
	require.True(t, found.Proven)
	require.Contains(t, found.Advice.En, "--aliases "+local+"="+second)
	require.Contains(t, found.Advice.En, "/"+second+"/photo.jpg")
	require.Contains(t, found.Advice.Zh, "--aliases "+local+"="+second)

	host, bucket, _ := strings.Cut(local+"="+second, "=")
	aliased := start(t, api.Config{Buckets: buckets(victim, second), Aliases: map[string]string{host: bucket}})
	require.Equal(t, 200, f.send(aliased).status)
	whole := forgery{signedPath: f.target, host: local, target: f.target}
	require.Equal(t, 200, whole.send(s).status)

	// Where the rest of the path names a bucket, no alias would help.
	f = forgery{signedPath: "/" + victim + "/photo.jpg", host: local, target: "/" + second + "/" + victim + "/photo.jpg"}
	a = f.send(s)
	require.Equal(t, "path-bucket", a.header.Get("X-Cosemu-Diagnosis"))
	require.NotContains(t, s.pathFinding().Advice.En, "--aliases")
}
