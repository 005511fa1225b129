package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

func begun() time.Time { return time.Unix(1_770_000_000, 5).UTC() }

// begin starts an upload of a key in bucket b.
func begin(t testing.TB, s *storage.Store, key string) storage.Upload {
	t.Helper()
	u, err := s.CreateUpload("b", storage.Upload{Object: storage.Object{Key: key, Modified: begun()}})
	require.NoError(t, err)
	return u
}

// putPart stores a part whose ETag tells its number and size.
func putPart(t testing.TB, s *storage.Store, u storage.Upload, number int, body []byte) {
	t.Helper()
	st := stage(t, s, body, int64(len(body)))
	p := storage.Part{Number: number, ETag: fmt.Sprint(number, "-", len(body)), CRC64: uint64(number), Modified: begun()}
	require.NoError(t, st.CommitPart("b", u.Key, u.ID, p))
}

// numbers lists the parts that an upload has.
func numbers(t testing.TB, s *storage.Store, u storage.Upload) []int {
	t.Helper()
	parts, err := s.Parts("b", u.Key, u.ID)
	require.NoError(t, err)
	out := make([]int, 0, len(parts))
	for _, p := range parts {
		out = append(out, p.Number)
	}
	return out
}

// complete makes an object of the parts of these numbers, all without any.
func complete(t testing.TB, s *storage.Store, u storage.Upload, chosen ...int) error {
	t.Helper()
	parts, err := s.Parts("b", u.Key, u.ID)
	require.NoError(t, err)
	if len(chosen) > 0 {
		parts = slices.DeleteFunc(parts, func(p storage.Part) bool { return !slices.Contains(chosen, p.Number) })
		require.Len(t, parts, len(chosen))
	}
	return second(s.CompleteUpload("b", u.Key, u.ID, parts, storage.Object{ETag: "joined"}, storage.CommitOptions{}))
}

func TestUpload(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		template := storage.Object{
			Key: "k/ä", Modified: begun(), StorageClass: "STANDARD_IA", ACL: "public-read",
			Header: []storage.Field{{Name: "Content-Type", Value: "a/b"}}, Tags: []storage.Field{{Name: "t", Value: "v"}},
		}
		u, err := s.CreateUpload("b", storage.Upload{Object: template, Initiator: "1250000000"})
		require.NoError(t, err)
		require.Regexp(t, `^1770000000[0-9a-f]{64}$`, u.ID)
		require.NotEqual(t, u.ID, begin(t, s, "k/ä").ID)
		got, err := s.Upload("b", "k/ä", u.ID)
		require.NoError(t, err)
		require.Equal(t, storage.Upload{Object: template, ID: u.ID, Initiator: "1250000000"}, got)

		sizes := map[int]int{1: 25_000, 2: 7, 3: 0, 10_000: 40_000}
		bodies := map[int][]byte{}
		for _, n := range []int{10_000, 2, 1, 3} { // in any order
			bodies[n] = content(sizes[n], byte(n))
			putPart(t, s, u, n, bodies[n])
		}
		_, err = s.Stat("b", "k/ä")
		require.ErrorIs(t, err, storage.ErrNoObject, "nothing shows before the end")
		parts, err := s.Parts("b", "k/ä", u.ID)
		require.NoError(t, err)
		require.Len(t, parts, 4)
		for i, n := range []int{1, 2, 3, 10_000} {
			p := parts[i]
			require.Equal(t, n, p.Number)
			require.Equal(t, int64(sizes[n]), p.Size)
			require.Equal(t, fmt.Sprint(n, "-", sizes[n]), p.ETag)
			require.Equal(t, uint64(n), p.CRC64)
			require.Equal(t, begun(), p.Modified)
		}

		o := template
		o.ETag, o.CRC64 = "e-4", 7
		require.NoError(t, second(s.CompleteUpload("b", "k/ä", u.ID, parts, o, storage.CommitOptions{})))
		stat, err := s.Stat("b", "k/ä")
		require.NoError(t, err)
		require.Equal(t, int64(65_007), stat.Size)
		require.Equal(t, u.ID, stat.UploadID)
		require.Equal(t, template.Header, stat.Header)
		whole := slices.Concat(bodies[1], bodies[2], bodies[3], bodies[10_000])
		require.Equal(t, whole, getBody(t, s, "b", "k/ä"))
		_, err = s.Upload("b", "k/ä", u.ID)
		require.ErrorIs(t, err, storage.ErrNoUpload)

		// A later body ends what the object has to do with the upload.
		require.NoError(t, second(stage(t, s, []byte("new"), -1).Commit("b", stat, storage.CommitOptions{})))
		stat, err = s.Stat("b", "k/ä")
		require.NoError(t, err)
		require.Empty(t, stat.UploadID)
	})
}

// TestPartReplaced: the last one of a number counts, the one before is gone.
func TestPartReplaced(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		u := begin(t, s, "k")
		for _, size := range []int{50_000, 10, 0, 60_000, 20} {
			putPart(t, s, u, 1, content(size, 1))
			require.NoError(t, storage.Check(s), size)
		}
		require.NoError(t, complete(t, s, u))
		require.Equal(t, content(20, 1), getBody(t, s, "b", "k"))
	})
}

// TestCompleteSome: the parts chosen become the object, the others go, and so
// does what was there before.
func TestCompleteSome(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		putBody(t, s, "b", "k", content(90_000, 9))
		r, err := s.Open("b", "k")
		require.NoError(t, err)
		u := begin(t, s, "k")
		for n := 1; n <= 6; n++ {
			putPart(t, s, u, n, content(n*5_000, byte(n)))
			putPart(t, s, u, n+6, content(n, byte(n)))
		}
		require.NoError(t, complete(t, s, u, 2, 5, 8))
		require.Equal(t, slices.Concat(content(10_000, 2), content(25_000, 5), content(2, 2)), getBody(t, s, "b", "k"))
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, content(90_000, 9), got, "who reads the old one goes on")
		require.NoError(t, r.Close())
	})
}

func TestAbortUpload(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		put(t, s, "k", "before")
		u, other := begin(t, s, "k"), begin(t, s, "k")
		for n := 1; n <= 5; n++ {
			putPart(t, s, u, n, content(n*4_000, byte(n)))
			putPart(t, s, other, n, content(n*4_000, byte(n)))
		}
		require.NoError(t, s.AbortUpload("b", "k", u.ID))
		require.NoError(t, storage.Check(s))
		require.ErrorIs(t, s.AbortUpload("b", "k", u.ID), storage.ErrNoUpload)
		_, err := s.Parts("b", "k", u.ID)
		require.ErrorIs(t, err, storage.ErrNoUpload)
		require.Equal(t, "before", get(t, s, "k"))
		require.Equal(t, []int{1, 2, 3, 4, 5}, numbers(t, s, other))
		require.NoError(t, s.AbortUpload("b", "k", other.ID))
		files, err := storage.Files(s)
		require.NoError(t, err)
		if len(files) > 0 { // "before" is a file in some modes
			require.Len(t, files, 1)
		}
	})
}

// TestUploadRefusals: what is refused changes nothing.
func TestUploadRefusals(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		u := begin(t, s, "k")
		putPart(t, s, u, 1, content(10_000, 1))
		putPart(t, s, u, 2, content(10, 2))
		parts, err := s.Parts("b", "k", u.ID)
		require.NoError(t, err)
		commitPart := func(bucket, key, id string, number int) error {
			st := stage(t, s, content(6_000, 1), -1)
			defer func() { require.NoError(t, st.Abort()) }()
			return st.CommitPart(bucket, key, id, storage.Part{Number: number})
		}
		changed := slices.Clone(parts)
		changed[0].Segments = changed[1].Segments
		missing := append(slices.Clone(parts), storage.Part{Number: 3})
		completing := func(parts []storage.Part, c storage.CommitOptions) error {
			return second(s.CompleteUpload("b", "k", u.ID, parts, storage.Object{}, c))
		}
		long := strings.Repeat("k", storage.MaxKeySize+1)
		for name, c := range map[string]struct{ got, want error }{
			"no bucket to begin in": {second(s.CreateUpload("x", u)), storage.ErrNoBucket},
			"key too long":          {second(s.CreateUpload("b", storage.Upload{Object: storage.Object{Key: long}})), storage.ErrName},
			"no key":                {second(s.CreateUpload("b", storage.Upload{})), storage.ErrName},
			"part, no bucket":       {commitPart("x", "k", u.ID, 1), storage.ErrNoBucket},
			"part, other key":       {commitPart("b", "l", u.ID, 1), storage.ErrNoUpload},
			"part, other upload":    {commitPart("b", "k", u.ID[1:], 1), storage.ErrNoUpload},
			"part, longer upload":   {commitPart("b", "k", u.ID+"0", 1), storage.ErrNoUpload},
			"part 0":                {commitPart("b", "k", u.ID, 0), storage.ErrNoPart},
			"part 10001":            {commitPart("b", "k", u.ID, storage.MaxPart+1), storage.ErrNoPart},
			"part changed":          {completing(changed, storage.CommitOptions{}), storage.ErrNoPart},
			"part missing":          {completing(missing, storage.CommitOptions{}), storage.ErrNoPart},
			"parts not in order":    {completing([]storage.Part{parts[1], parts[0]}, storage.CommitOptions{}), storage.ErrNoPart},
			"part twice":            {completing([]storage.Part{parts[0], parts[0]}, storage.CommitOptions{}), storage.ErrNoPart},
			"complete, other key":   {second(s.CompleteUpload("b", "l", u.ID, parts, storage.Object{}, storage.CommitOptions{})), storage.ErrNoUpload},
			"complete, no bucket":   {second(s.CompleteUpload("x", "k", u.ID, parts, storage.Object{}, storage.CommitOptions{})), storage.ErrNoBucket},
			"look, other key":       {second(s.Upload("b", "l", u.ID)), storage.ErrNoUpload},
			"list, other key":       {second(s.ListParts("b", "l", u.ID, storage.PartOptions{Max: 1})), storage.ErrNoUpload},
			"abort, other key":      {s.AbortUpload("b", "l", u.ID), storage.ErrNoUpload},
			"bucket not empty":      {s.DeleteBucket("b"), storage.ErrBucketNotEmpty},
		} {
			require.ErrorIs(t, c.got, c.want, name)
		}
		require.NoError(t, storage.Check(s))
		require.Equal(t, []int{1, 2}, numbers(t, s, u))
		require.Empty(t, keys(t, s, "b"))

		put(t, s, "k", "in the way")
		require.ErrorIs(t, completing(parts, storage.CommitOptions{IfAbsent: true}), storage.ErrObjectExists)
		require.Equal(t, "in the way", get(t, s, "k"))
		require.Equal(t, []int{1, 2}, numbers(t, s, u))
		require.NoError(t, second(s.Delete("b", "k", time.Time{})))

		require.NoError(t, completing(parts, storage.CommitOptions{IfAbsent: true}))
		require.ErrorIs(t, completing(parts, storage.CommitOptions{IfAbsent: true}), storage.ErrNoUpload, "not: object exists")
		require.Equal(t, slices.Concat(content(10_000, 1), content(10, 2)), getBody(t, s, "b", "k"))
		require.NoError(t, second(s.Delete("b", "k", time.Time{})))
		require.NoError(t, s.DeleteBucket("b"), "nothing is left of it")
		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
	})
}

func second[T any](_ T, err error) error { return err }

// TestUploadsOutliveTheProcess: an abandoned upload is there after a restart,
// and can be completed.
func TestUploadsOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	s := reopen(t, dir)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
	u := begin(t, s, "k")
	putPart(t, s, u, 1, content(30_000, 1))
	putPart(t, s, u, 2, content(3, 2))
	storage.SetUnclean(s) // the next start sweeps
	require.NoError(t, s.Close())

	s = reopen(t, dir)
	<-s.Swept()
	require.NoError(t, storage.Check(s))
	page, err := s.ListUploads("b", storage.UploadOptions{Max: 10})
	require.NoError(t, err)
	require.Len(t, page.Uploads, 1)
	require.Equal(t, u.ID, page.Uploads[0].ID)
	putPart(t, s, u, 2, content(5_000, 3))
	require.NoError(t, complete(t, s, u))
	storage.SetUnclean(s)
	require.NoError(t, s.Close())

	s = reopen(t, dir)
	<-s.Swept()
	require.Equal(t, slices.Concat(content(30_000, 1), content(5_000, 3)), getBody(t, s, "b", "k"))
	require.NoError(t, s.Close())
}

// TestResetEndsUploads: nothing of them is left, and a part on its way is
// refused.
func TestResetEndsUploads(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		u := begin(t, s, "k")
		putPart(t, s, u, 1, content(30_000, 1))
		late := stage(t, s, content(30_000, 2), -1)
		require.NoError(t, s.Reset())
		require.ErrorIs(t, late.CommitPart("b", "k", u.ID, storage.Part{Number: 2}), storage.ErrNoBucket)
		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
		require.ErrorIs(t, second(s.Upload("b", "k", u.ID)), storage.ErrNoUpload)
		files, err := storage.Files(s)
		require.NoError(t, err)
		require.Empty(t, files)
	})
}

// TestPartsAtOnce: many writers of parts, some of the same number, while others
// complete and abort. One completion wins; its object is whole; and nothing of
// the rest is left.
func TestPartsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		u := begin(t, s, "k")
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				for n := range 40 {
					if err := commitPart(s, u, 1+(n*7+w)%40, w); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		require.Len(t, numbers(t, s, u), 40)

		var mu sync.Mutex
		won := 0
		for w := range 6 {
			wg.Go(func() { // goes on beside the ends of the upload
				if err := commitPart(s, u, 100+w, w); err != nil && !errors.Is(err, storage.ErrNoUpload) {
					t.Error(err)
				}
			})
			wg.Go(func() {
				parts, err := s.Parts("b", "k", u.ID)
				if err == nil {
					err = second(s.CompleteUpload("b", "k", u.ID, parts[:40], storage.Object{}, storage.CommitOptions{}))
				}
				if err == nil {
					mu.Lock()
					won++
					mu.Unlock()
				} else if !errors.Is(err, storage.ErrNoUpload) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, won)
		body := getBody(t, s, "b", "k")
		for n := 1; n <= 40; n++ {
			size := sizeOf(n)
			var got int
			_, err := fmt.Sscanf(string(body[:8]), "%d", &got)
			require.NoError(t, err)
			require.Equal(t, versioned(got, size), body[:size])
			require.Equal(t, n, got%1000)
			body = body[size:]
		}
		require.Empty(t, body)
	})
}

// commitPart stores a part that shows its number and who wrote it.
func commitPart(s *storage.Store, u storage.Upload, number, writer int) error {
	body := versioned(writer*1000+number, sizeOf(number))
	st, err := s.Stage(int64(len(body)))
	if err != nil {
		return err
	}
	if _, err := st.Write(body); err != nil {
		return err
	}
	return st.CommitPart("b", u.Key, u.ID, storage.Part{Number: number})
}

// TestTenThousandParts: as many as there may be, and the object that comes of
// them is read from end to end and anywhere.
func TestTenThousandParts(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		if strings.HasSuffix(t.Name(), "/disk") || strings.HasSuffix(t.Name(), "/disk_fsync") {
			return // ten thousand files, and nothing new
		}
		u := begin(t, s, "k")
		var whole bytes.Buffer
		for n := 1; n <= storage.MaxPart; n++ {
			p := content(1+n%50, byte(n))
			whole.Write(p)
			putPart(t, s, u, n, p)
		}
		require.NoError(t, complete(t, s, u))
		require.True(t, bytes.Equal(whole.Bytes(), getBody(t, s, "b", "k")))
		r, err := s.Open("b", "k")
		require.NoError(t, err)
		rnd := rand.New(rand.NewPCG(1, 2))
		p := make([]byte, 300)
		for range 300 {
			off := rnd.IntN(whole.Len() - len(p))
			_, err := r.ReadAt(p, int64(off))
			require.NoError(t, err)
			require.Equal(t, whole.Bytes()[off:off+len(p)], p)
		}
		require.NoError(t, r.Close())
		require.NoError(t, second(s.Delete("b", "k", time.Time{})))
	})
}
