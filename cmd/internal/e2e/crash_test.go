package e2e

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

const (
	crashes       = 20
	crashWriters  = 6
	keysPerWriter = 8
)

// TestKill kills the server under load, twenty times with the same folder. The load stores,
// replaces, uploads in parts, appends, copies, deletes and adds versions. After each restart the
// test compares the objects with what the writers know: an acknowledged change is there and
// complete, an interrupted one happened completely or not at all, and no file of it remains.
func TestKill(t *testing.T) {
	bin, data := build(t), t.TempDir()
	writers := make([]*writer, crashWriters)
	for i := range writers {
		writers[i] = &writer{id: i, keys: map[string]*history{}, versions: map[string]version{}}
	}

	orphans := 0
	for round := range crashes {
		s := start(t, bin, data)
		if round == 0 {
			makeVersionsBucket(t, s.client(t))
		}
		acks := s.killUnderLoad(t, writers, round)
		left := countFiles(t, filepath.Join(data, "blobs"))

		s = start(t, bin, data)
		var keys []string
		files := settleVersions(t, s.client(t), writers)
		for _, w := range writers {
			held, n := w.settle(t, s.client(t))
			keys, files = append(keys, held...), files+n
		}
		slices.Sort(keys)
		require.Equal(t, keys, listed(t, s.client(t)), "round %d", round)
		// The sweep runs in the background, so the test waits for its end.
		require.Eventually(t, func() bool { return countFiles(t, filepath.Join(data, "blobs")) == files },
			startLimit, 5*time.Millisecond, "round %d: files on the disk that no object needs", round)
		orphans += left - files
		t.Logf("round %d: %d changes acknowledged, %d objects whole, %d orphans gone", round, acks, len(keys), left-files)
		s.stop(t)
		s.keepsSecrets(t)
		require.NotContains(t, string(s.output(t)), "cosemu rescue")
	}
	require.Positive(t, orphans, "no upload was ever cut short: the test killed an idle server")
}

// killUnderLoad lets the writers work until enough changes are acknowledged, kills the server
// during the others, and returns the number of acknowledged changes.
func (s *server) killUnderLoad(t *testing.T, writers []*writer, round int) int64 {
	t.Helper()
	var (
		acks   atomic.Int64
		dying  atomic.Bool
		enough = make(chan struct{})
		want   = int64(60 + 5*round)
		errs   = make([]error, len(writers))
		wg     sync.WaitGroup
	)
	for i, w := range writers {
		client := s.client(t)
		wg.Go(func() {
			errs[i] = w.work(t.Context(), client, round, &dying, func() {
				if acks.Add(1) == want {
					close(enough)
				}
			})
			if errs[i] != nil && !dying.Load() {
				s.kill() // the others can stop
			}
		})
	}
	select {
	case <-enough:
	case <-s.ended:
	case <-time.After(startLimit):
	}
	dying.Store(true)
	s.kill()
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.GreaterOrEqual(t, acks.Load(), want)
	return acks.Load()
}

// client returns a client with the permanent key.
func (s *server) client(t *testing.T) *signer.Client {
	t.Helper()
	cred, tr := permanentKey(), &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &signer.Client{
		Addr: s.api, HTTP: &http.Client{Transport: tr}, Credentials: &cred,
		Bucket: bucket, Region: region, Now: time.Now,
	}
}

// version is a content of a key as a list of pieces. Without pieces there is no object.
type version struct {
	pieces []piece
	files  int // the number of files of its body
}

// none reports whether there is no object.
func (v version) none() bool { return len(v.pieces) == 0 }

// piece is a number of bytes made from a seed.
type piece struct {
	seed uint64
	size int
}

func (v version) content() (all []byte) {
	for _, p := range v.pieces {
		b := make([]byte, p.size)
		var key [32]byte
		copy(key[:], strconv.FormatUint(p.seed, 10))
		_, _ = rand.NewChaCha8(key).Read(b) // never fails
		all = append(all, b...)
	}
	return all
}

// history is what the writer knows about a key.
type history struct {
	acked version
	// pending was sent after acked and has no answer. It is nil where all changes have one.
	pending version
	sent    bool // pending was sent
}

// writer changes keys of its own, one after the other.
type writer struct {
	id    int
	seeds uint64
	keys  map[string]*history
	// versions are the acknowledged versions by id.
	versions map[string]version
}

// key returns the name of the writer's key n. The object of the last key is made by appending.
func (w *writer) key(n int) string {
	if n == keysPerWriter-1 {
		return fmt.Sprintf("writer %d/log", w.id)
	}
	return fmt.Sprintf("writer %d/%d", w.id, n)
}

// work changes random keys until the server is killed, and returns an error that occurred before.
func (w *writer) work(ctx context.Context, c *signer.Client, round int, dying *atomic.Bool, acked func()) error {
	rnd := rand.New(rand.NewPCG(uint64(w.id), uint64(round)))
	for n := range keysPerWriter {
		if w.keys[w.key(n)] == nil {
			w.keys[w.key(n)] = &history{}
		}
	}
	for turn := 0; ; turn++ {
		key := w.key(rnd.IntN(keysPerWriter))
		h := w.keys[key]
		next, change := w.draw(rnd, key, h.acked)
		if turn%20 == w.id { // few enough for one page of a list
			next, change = h.acked, w.putVersion
		}
		h.pending, h.sent = next, true
		if err := change(ctx, c); err != nil {
			var answered *signer.Error
			if errors.As(err, &answered) || !dying.Load() {
				return fmt.Errorf("%s: %w", key, err)
			}
			return nil
		}
		h.acked, h.sent = next, false
		acked()
	}
}

// size chooses the size of the next object, sometimes 0.
func size(rnd *rand.Rand) int {
	switch rnd.IntN(8) {
	case 0:
		return -1
	case 1:
		return 0
	case 2, 3:
		return rnd.IntN(4 << 10)
	case 4, 5:
		return 64<<10 + rnd.IntN(256<<10)
	default:
		return 1<<20 + rnd.IntN(1<<20)
	}
}

// settle compares each key with its possible contents and records what it has. It returns the keys
// with objects, and the number of their files. Empty objects have none.
func (w *writer) settle(t *testing.T, c *signer.Client) (keys []string, files int) {
	t.Helper()
	for key, h := range w.keys {
		found := fetch(t, c, key)
		allowed := []version{h.acked}
		if h.sent {
			allowed = append(allowed, h.pending)
		}
		held := slices.IndexFunc(allowed, func(v version) bool {
			return v.none() == (found == nil) && bytes.Equal(v.content(), found)
		})
		require.NotEqual(t, -1, held, "%s: %d bytes (gone: %t) are none of %v", key, len(found), found == nil, allowed)
		h.acked, h.sent = allowed[held], false
		if found != nil {
			keys = append(keys, key)
		}
		files += h.acked.files
	}
	return keys, files
}

// listed returns the keys in the list of the bucket.
func listed(t *testing.T, c *signer.Client) (keys []string) {
	t.Helper()
	p, err := c.Presign(signer.PresignInput{Method: http.MethodGet, Query: url.Values{"max-keys": {"1000"}}})
	require.NoError(t, err)
	a, err := c.Send(t.Context(), p, nil)
	require.NoError(t, err)
	defer a.Body.Close()
	var page struct {
		XMLName  xml.Name `xml:"ListBucketResult"`
		Contents []struct{ Key string }
	}
	require.NoError(t, xml.NewDecoder(a.Body).Decode(&page))
	for _, o := range page.Contents {
		keys = append(keys, o.Key)
	}
	return keys
}

// fetch returns the body of an object after checking its digests, or nil where there is no object.
func fetch(t *testing.T, c *signer.Client, key string) []byte {
	t.Helper()
	a, err := c.Get(t.Context(), key, nil)
	var refused *signer.Error
	if errors.As(err, &refused) {
		require.Equal(t, "NoSuchKey", refused.Code)
		return nil
	}
	require.NoError(t, err)
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	require.NoError(t, err, key)
	sum := md5.Sum(body)
	if a.Header.Get("X-Cos-Object-Type") != "appendable" && !strings.Contains(a.ETag, "-") { // multipart objects have no MD5
		require.Equal(t, `"`+hex.EncodeToString(sum[:])+`"`, a.ETag, key)
	}
	crc := crc64.Checksum(body, crc64.MakeTable(crc64.ECMA))
	require.Equal(t, strconv.FormatUint(crc, 10), a.Header.Get("x-cos-hash-crc64ecma"), key)
	return body
}

// countFiles counts the files below dir.
func countFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return err
	}))
	return n
}
