package snapshot_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/snapshot"
	"github.com/cosemu/cosemu/storage"
)

const corsXML = `<CORSConfiguration><CORSRule><AllowedOrigin>http://a.test</AllowedOrigin><AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>`

const policyJSON = `{"version":"2.0","Statement":[{"effect":"allow","principal":{"qcs":["qcs::cam::anyone:anyone"]},"action":["name/cos:GetObject"],` +
	`"resource":["qcs::cos:ap-guangzhou:uid/1250000000:photos-1250000000/*"]}]}`

func at(second int) time.Time { return time.Date(2026, 12, 1, 8, 0, second, 5000, time.UTC) }

func memory(t testing.TB, o storage.Options) *storage.Store {
	t.Helper()
	st, err := storage.OpenMemory(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	return st
}

func put(t testing.TB, st *storage.Store, bucket, body string, o storage.Object) {
	t.Helper()
	s, err := st.Stage(int64(len(body)))
	require.NoError(t, err)
	_, err = io.WriteString(s, body)
	require.NoError(t, err)
	o.CRC64 = storage.CRC64(0, []byte(body))
	_, err = s.Commit(bucket, o, storage.CommitOptions{})
	require.NoError(t, err)
}

// filled is a store with everything that a snapshot keeps.
func filled(t testing.TB) *storage.Store {
	t.Helper()
	st := memory(t, storage.Options{Inline: 100})
	bucket := func(name string) {
		require.NoError(t, st.CreateBucket(storage.Bucket{
			Name: name + "-1250000000", Region: "ap-beijing", Owner: "1250000000", ACL: "public-read r=100000000001", Created: at(0),
		}))
	}
	bucket("photos")
	bucket("photos-0") // sorts before photos with its APPID, after it without
	require.NoError(t, st.CreateBucket(storage.Bucket{Name: "other-1250000001", Owner: "1250000001"}))
	put(t, st, "other-1250000001", "of another account", storage.Object{Key: "k", Modified: at(1)})
	require.NoError(t, st.PutConfig("photos-1250000000", "cors", []byte(corsXML)))
	require.NoError(t, st.PutConfig("photos-1250000000", "policy", []byte(policyJSON)))
	require.NoError(t, st.PutConfig("photos-1250000000", "cosemu-default-cors", []byte("permissive")))
	for i, key := range []string{"a", "a/../../b", "a//c", "照片 1+.txt", "\xff\xfe not UTF-8", "empty"} {
		body := strings.Repeat(key, 40)
		if key == "empty" {
			body = ""
		}
		put(t, st, "photos-1250000000", body, storage.Object{
			Key: key, ETag: "0123456789abcdef", Modified: at(i), StorageClass: "STANDARD_IA", ACL: "private f=+", Appendable: i == 0,
			Header: []storage.Field{{Name: "Content-Type", Value: "text/plain"}, {Name: "x-cos-meta-n", Value: "v\xff"}},
			Tags:   []storage.Field{{Name: "t", Value: "u"}, {Name: "e"}},
		})
	}
	const versioned = "photos-0-1250000000"
	put(t, st, versioned, "before", storage.Object{Key: "v", Modified: at(1)})
	require.NoError(t, st.SetVersioning(versioned, storage.VersioningEnabled))
	put(t, st, versioned, "first", storage.Object{Key: "v", Modified: at(2)})
	_, err := st.Delete(versioned, "v", at(3))
	require.NoError(t, err)
	put(t, st, versioned, "second", storage.Object{Key: "v", Modified: at(4)})
	put(t, st, versioned, "w", storage.Object{Key: "w", Modified: at(4)})
	_, err = st.Delete(versioned, "w", at(5))
	require.NoError(t, err)
	require.NoError(t, st.SetVersioning(versioned, storage.VersioningSuspended))
	put(t, st, versioned, "suspended", storage.Object{Key: "w", Modified: at(6)})
	return st
}

func saved(t testing.TB, st *storage.Store, appID string) []byte {
	t.Helper()
	var file bytes.Buffer
	_, err := snapshot.Save(&file, st, appID)
	require.NoError(t, err)
	return file.Bytes()
}

func load(st *storage.Store, file []byte, o snapshot.LoadOptions) (snapshot.Summary, error) {
	return snapshot.Load(st, bytes.NewReader(file), int64(len(file)), o)
}

// TestRoundTrip: what was saved is loaded, and saves to the same bytes.
func TestRoundTrip(t *testing.T) {
	st := filled(t)
	file := saved(t, st, "1250000000")
	require.Equal(t, file, saved(t, st, "1250000000"))
	require.NotContains(t, string(file), "of another account")

	to := memory(t, storage.Options{})
	done, err := load(to, file, snapshot.LoadOptions{AppID: "1250000000"})
	require.NoError(t, err)
	require.Equal(t, []string{"photos-1250000000", "photos-0-1250000000"}, done.Buckets)
	require.Equal(t, 13, done.Objects)
	require.Equal(t, string(file), string(saved(t, to, "1250000000")))
	require.Equal(t, dump(t, st), dump(t, to))

	// Into another account: names and policy follow.
	_, err = load(to, file, snapshot.LoadOptions{AppID: "77"})
	require.NoError(t, err)
	doc, err := to.Config("photos-77", "policy")
	require.NoError(t, err)
	require.Contains(t, string(doc), "uid/77:photos-77/*")
	require.NotContains(t, string(doc), "1250000000")
	require.Equal(t, string(file), string(saved(t, to, "1250000000")), "the other account is as it was")
	b, err := to.Bucket("photos-77")
	require.NoError(t, err)
	require.Equal(t, "77", b.Owner)
}

// dump is all that the buckets of the account hold, but for ids.
func dump(t testing.TB, st *storage.Store) (all []string) {
	t.Helper()
	buckets, err := st.BucketsOf("1250000000")
	require.NoError(t, err)
	for _, b := range buckets {
		all = append(all, fmt.Sprint(b))
		page, err := st.ListVersions(b.Name, storage.VersionOptions{Max: 1000})
		require.NoError(t, err)
		for _, v := range page.Versions {
			line := fmt.Sprint(b.Name, v.Key, v.Modified, v.DeleteMarker, v.Latest, v.VersionID == storage.NullVersion)
			if !v.DeleteMarker {
				r, err := st.OpenVersion(b.Name, v.Key, v.VersionID)
				require.NoError(t, err)
				body, err := io.ReadAll(r)
				require.NoError(t, err)
				line += fmt.Sprint(string(body), r.ETag, r.CRC64, r.StorageClass, r.Header, r.ACL, r.Tags, r.Appendable)
				require.NoError(t, r.Close())
			}
			all = append(all, line)
		}
		for _, name := range b.Configs {
			doc, err := st.Config(b.Name, name)
			require.NoError(t, err)
			all = append(all, name+string(doc))
		}
	}
	return all
}

func TestBucketsThatAreThere(t *testing.T) {
	file := saved(t, filled(t), "1250000000")
	st := memory(t, storage.Options{})
	o := snapshot.LoadOptions{AppID: "1250000000"}
	require.NoError(t, st.CreateBucket(storage.Bucket{Name: "photos-0-1250000000", Owner: "1250000000"}))
	require.NoError(t, st.CreateBucket(storage.Bucket{Name: "stays-1250000000", Owner: "1250000000"}))
	put(t, st, "photos-0-1250000000", "mine", storage.Object{Key: "mine", Modified: at(1)})
	before := dump(t, st)
	var full *snapshot.NotEmptyError
	_, err := load(st, file, o)
	require.ErrorAs(t, err, &full)
	require.Equal(t, "photos-0-1250000000", full.Bucket)
	require.Equal(t, before, dump(t, st))
	o.Replace = true
	_, err = load(st, file, o)
	require.NoError(t, err)
	_, err = st.Stat("photos-0-1250000000", "mine")
	require.ErrorIs(t, err, storage.ErrNoObject)
	_, err = st.Bucket("stays-1250000000")
	require.NoError(t, err)
	require.Len(t, dump(t, st), len(dump(t, filled(t)))+1)
}

// TestAFullStoreKeepsNothing: when there is no room, the buckets of the file are as before.
func TestAFullStoreKeepsNothing(t *testing.T) {
	from := memory(t, storage.Options{})
	require.NoError(t, from.CreateBucket(storage.Bucket{Name: "b-1", Owner: "1"}))
	require.NoError(t, from.CreateBucket(storage.Bucket{Name: "c-1", Owner: "1"}))
	for i := range 8 {
		put(t, from, "b-1", strings.Repeat("x", 1<<20), storage.Object{Key: fmt.Sprint(i), Modified: at(i)})
	}
	file := saved(t, from, "1")
	st := memory(t, storage.Options{MaxMemory: 6 << 20})
	require.NoError(t, st.CreateBucket(storage.Bucket{Name: "b-1", Owner: "1", Region: "ap-beijing"}))
	require.NoError(t, st.PutConfig("b-1", "cosemu-default-cors", []byte("permissive")))
	_, err := load(st, file, snapshot.LoadOptions{AppID: "1"})
	require.ErrorIs(t, err, storage.ErrFull)
	b, err := st.Bucket("b-1")
	require.NoError(t, err)
	require.Equal(t, []any{"ap-beijing", []string{"cosemu-default-cors"}}, []any{b.Region, b.Configs})
	page, err := st.List("b-1", storage.ListOptions{Max: 10})
	require.NoError(t, err)
	require.Empty(t, page.Objects)
	_, err = st.Bucket("c-1")
	require.ErrorIs(t, err, storage.ErrNoBucket)
	put(t, st, "b-1", strings.Repeat("x", 4<<20), storage.Object{Key: "room again", Modified: at(1)})
}

// TestDamage: a file that lost its end, or in which a byte that counts has changed, loads nothing.
func TestDamage(t *testing.T) {
	file := saved(t, filled(t), "1250000000")
	good := memory(t, storage.Options{})
	_, err := load(good, file, snapshot.LoadOptions{AppID: "1250000000"})
	require.NoError(t, err)
	want := dump(t, good)
	refused := 0
	try := func(what string, damaged []byte) {
		t.Helper()
		st := memory(t, storage.Options{})
		_, err := load(st, damaged, snapshot.LoadOptions{AppID: "1250000000"})
		if err == nil { // a byte that means nothing: an owner's number, padding
			require.Equal(t, want, dump(t, st), what)
			return
		}
		refused++
		require.ErrorIs(t, err, snapshot.ErrDamaged, what)
		all, err := st.Buckets()
		require.NoError(t, err)
		require.Empty(t, all, what)
	}
	content := len(bytes.TrimRight(file, "\x00"))
	for n := 0; n < content; n += 97 {
		try(fmt.Sprint("cut off at ", n), file[:n])
	}
	require.Equal(t, (content+96)/97, refused)
	for i := 0; i < len(file); i += 7 {
		damaged := bytes.Clone(file)
		damaged[i] ^= 0x11
		try(fmt.Sprint("byte ", i), damaged)
	}
	require.Greater(t, refused, len(file)/28)
	try("appended", append(bytes.Clone(file[:content+512-content%512]), file...))
}

// An entry is one of a hand-made archive.
type entry struct {
	name, body string
	header     tar.Header
}

// archive makes an archive with a checksum that is right.
func archive(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var file bytes.Buffer
	w := tar.NewWriter(&file)
	sum := sha256.New()
	write := func(e entry) {
		h := e.header
		h.Name, h.Size, h.Mode = e.name, int64(len(e.body)), 0o644
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Typeflag != tar.TypeReg {
			h.Size, e.body = 0, ""
		}
		fmt.Fprintf(sum, "%s\x00%d\x00%s", h.Name, h.Size, e.body)
		require.NoError(t, w.WriteHeader(&h))
		_, err := io.WriteString(w, e.body)
		require.NoError(t, err)
	}
	for _, e := range entries {
		write(e)
	}
	end := hex.EncodeToString(sum.Sum(nil)) + "\n"
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "checksum", Size: int64(len(end)), Typeflag: tar.TypeReg}))
	_, err := io.WriteString(w, end)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return file.Bytes()
}

// TestHostileArchives: each differs from one that loads by what its name says.
func TestHostileArchives(t *testing.T) {
	head := func(buckets string) entry {
		return entry{name: "manifest.json", body: `{"format":"cosemu snapshot","version":1,"appid":"1","buckets":[` + buckets + `]}`}
	}
	const b, versioned = `{"name":"b","region":"r","created":"2026-12-01T08:00:00Z"}`, `{"name":"b","region":"r","created":"2026-12-01T08:00:00Z","versioning":"Enabled"}`
	object := func(n int, text string) entry { return entry{name: fmt.Sprintf("b/%010d.json", n), body: text} }
	sum := fmt.Sprintf(`"crc64":"%d"`, crc64.Checksum([]byte("x"), crc64.MakeTable(crc64.ECMA)))
	const k1 = `{"key":"k","size":0,"modified":"2026-12-01T08:00:00Z"}`
	x := `{"key":"k","size":1,` + sum + `,"modified":"2026-12-01T08:00:00Z"`
	body := entry{name: "b/0000000001", body: "x"}
	good := map[string][]entry{
		"nothing":      {head("")},
		"a bucket":     {head(b)},
		"an object":    {head(b), object(1, x+"}"), body},
		"two versions": {head(versioned), object(1, k1), object(2, k1)},
		"a header":     {head(b), object(1, x+`,"header":[{"name":"x-cos-meta-a","value":"b"}]}`), body},
	}
	bad := map[string][]entry{
		"no manifest":               {object(1, k1)},
		"two manifests":             {head(b), head(b)},
		"another format":            {{name: "manifest.json", body: `{"format":"zip","version":1,"appid":"1","buckets":[]}`}},
		"a version to come":         {{name: "manifest.json", body: `{"format":"cosemu snapshot","version":2,"appid":"1","buckets":[]}`}},
		"an unknown member":         {{name: "manifest.json", body: `{"format":"cosemu snapshot","version":1,"appid":"1","buckets":[],"keys":[]}`}},
		"two documents":             {{name: "manifest.json", body: `{"format":"cosemu snapshot","version":1,"appid":"1","buckets":[]}{}`}},
		"no account":                {{name: "manifest.json", body: `{"format":"cosemu snapshot","version":1,"appid":"","buckets":[]}`}},
		"a bucket twice":            {head(b + "," + b)},
		"a bucket's name":           {head(strings.Replace(b, `"b"`, `"../b"`, 1))},
		"a bucket's ACL":            {head(strings.Replace(b, `"region"`, `"acl":"everybody","region"`, 1))},
		"a setting nobody has":      {head(strings.Replace(b, `"region"`, `"settings":{"website":"x"},"region"`, 1))},
		"a setting that is broken":  {head(strings.Replace(b, `"region"`, `"settings":{"cors":"<CORS"},"region"`, 1))},
		"a path that climbs":        {head(b), {name: "../b/0000000001.json", body: k1}},
		"an absolute path":          {head(b), {name: "/b/0000000001.json", body: k1}},
		"a path of its own":         {head(b), {name: "b/k.json", body: k1}},
		"a number left out":         {head(b), object(2, k1)},
		"a number twice":            {head(b), object(1, k1), object(1, k1)},
		"a key twice":               {head(b), object(1, k1), object(2, k1)},
		"keys out of order":         {head(b), object(1, k1), object(2, strings.Replace(k1, `"k"`, `"a"`, 1))},
		"a key that is too long":    {head(b), object(1, strings.Replace(k1, `"k"`, `"`+strings.Repeat("k", 851)+`"`, 1))},
		"no key":                    {head(b), object(1, strings.Replace(k1, `"k"`, `""`, 1))},
		"an object without bytes":   {head(b), object(1, x+"}")},
		"bytes without an object":   {head(b), body},
		"other bytes":               {head(b), object(1, x+"}"), {name: "b/0000000001", body: "y"}},
		"more bytes":                {head(b), object(1, x+"}"), {name: "b/0000000001", body: "xx"}},
		"a size below zero":         {head(b), object(1, strings.Replace(k1, `0,`, `-1,`, 1))},
		"a size of no disk":         {head(b), object(1, strings.Replace(k1, `:0,`, `:9000000000000000000,`, 1))},
		"a marker without versions": {head(b), object(1, strings.Replace(k1, `"size"`, `"delete_marker":true,"size"`, 1))},
		"a header of pages":         {head(b), object(1, x+`,"header":[{"name":"Set-Cookie","value":"a=b"}]}`), body},
		"a header with a break":     {head(b), object(1, x+`,"header":[{"name":"x-cos-meta-a","value":"b\r\nc: d"}]}`), body},
		"a header's name":           {head(b), object(1, x+`,"header":[{"name":"x-cos-meta-a: b\r\nc","value":"d"}]}`), body},
		"a description too long":    {head(b), object(1, x+`,"etag":"`+strings.Repeat("0", 70<<10)+`"}`), body},
		"a link":                    {head(b), object(1, x+"}"), {name: "b/0000000001", header: tar.Header{Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}}},
		"a folder":                  {head(b), {name: "b/", header: tar.Header{Typeflag: tar.TypeDir}}},
		"an extended header":        {head(b), {name: "b/0000000001.json", body: k1, header: tar.Header{PAXRecords: map[string]string{"SCHILY.xattr.a": "b"}, Format: tar.FormatPAX}}},
		"a sparse file":             {head(b), {name: "b/0000000001.json", body: k1, header: tar.Header{PAXRecords: map[string]string{"GNU.x": "b"}, Format: tar.FormatPAX}}},
	}
	for name, entries := range good {
		_, err := load(memory(t, storage.Options{}), archive(t, entries...), snapshot.LoadOptions{AppID: "7"})
		require.NoError(t, err, name)
	}
	names := make([]string, 0, len(bad))
	for name := range bad {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		st := memory(t, storage.Options{})
		_, err := load(st, archive(t, bad[name]...), snapshot.LoadOptions{AppID: "7"})
		require.ErrorIs(t, err, snapshot.ErrDamaged, name)
		all, err := st.Buckets()
		require.NoError(t, err)
		require.Empty(t, all, name)
	}
	// Whole, and then something more.
	whole := archive(t, good["an object"]...)
	_, err := load(memory(t, storage.Options{}), append(whole[:len(whole)-1024], whole...), snapshot.LoadOptions{AppID: "7"})
	require.ErrorIs(t, err, snapshot.ErrDamaged)
	_, err = load(memory(t, storage.Options{}), whole, snapshot.LoadOptions{AppID: strings.Repeat("7", 80)})
	require.ErrorIs(t, err, snapshot.ErrDamaged, "the names would be too long")
}

// failing is a writer without room.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

var errFull = errors.New("no room")

// TestSaveSaysWhatFails: at whatever byte.
func TestSaveSaysWhatFails(t *testing.T) {
	st := filled(t)
	size := len(saved(t, st, "1250000000"))
	for n := 0; n < size; n += 301 {
		_, err := snapshot.Save(&failing{n}, st, "1250000000")
		require.ErrorIs(t, err, errFull, n)
	}
}

// FuzzLoad: no file makes it panic, and one that loads saves to a file that loads.
func FuzzLoad(f *testing.F) {
	f.Add(`{"format":"cosemu snapshot","version":1,"appid":"1","buckets":[{"name":"b","region":"r","created":"2026-12-01T08:00:00Z","versioning":"Enabled","settings":{"maz":"MAZ"}}]}`,
		`{"key":{"base64":"/w=="},"size":0,"modified":"2026-12-01T08:00:00Z","header":[{"name":"x-cos-meta-a","value":"b"}],"tags":[{"name":"t","value":""}]}`,
		`{"key":"\u00ff","size":0,"modified":"2026-12-01T08:00:00Z","delete_marker":true,"null_version":true}`)
	f.Fuzz(func(t *testing.T, manifest, first, second string) {
		file := archive(t, entry{name: "manifest.json", body: manifest}, entry{name: "b/0000000001.json", body: first}, entry{name: "b/0000000002.json", body: second})
		st := memory(t, storage.Options{MaxMemory: 64 << 20, MemoryGiven: 64 << 20})
		if _, err := load(st, file, snapshot.LoadOptions{AppID: "1250000000"}); err != nil {
			all, err := st.Buckets()
			require.NoError(t, err)
			require.Empty(t, all)
			return
		}
		again := memory(t, storage.Options{MaxMemory: 64 << 20, MemoryGiven: 64 << 20})
		_, err := load(again, saved(t, st, "1250000000"), snapshot.LoadOptions{AppID: "1250000000"})
		require.NoError(t, err)
		require.Equal(t, dump(t, st), dump(t, again))
	})
}
