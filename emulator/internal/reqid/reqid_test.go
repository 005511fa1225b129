package reqid_test

import (
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/reqid"
)

func decode(tb testing.TB, id string) string {
	tb.Helper()
	plain, err := base64.StdEncoding.DecodeString(id)
	require.NoError(tb, err)
	return string(plain)
}

// TestShape: a decoded id has the form of ids in the documentation and in published answers:
// 5e903dc9_64b82a09_31fc8_…, 6044ac2a_e5b92a09_20449_7543385.
func TestShape(t *testing.T) {
	at := time.Unix(0x6044ac2a, 999_999_999).In(time.FixedZone("CST", 8*3600))
	id := reqid.NewSource().New(at)
	const form = `^6044ac2a_[0-9a-f]{8}_[0-9a-f]{5}_[0-9a-f]{7}$`
	require.Regexp(t, form, "6044ac2a_e5b92a09_20449_7543385", "the published one")
	require.Regexp(t, form, decode(t, id.String()))
	require.Contains(t, decode(t, id.String()), "_0100007f_", "127.0.0.1, its bytes reversed")

	// Seen: cos-nodejs-sdk-v5 issue 29.
	const seen = "OGVmYzZiMmQzYjA2OWNhODk0NTRkMTBiOWVmMDAxODc0OWRkZjk0ZDM1NmI1M2E2MTRlY2MzZDhmNmI5MWI1OTI5MWRkM2I1ZDU3ZWE5Y2YzNDYzZTEzY2JlMjU3NDQ0MTAzNGQyNTFiM2NjYjgzZjgwNGNmNTRjMmM3OWNhZGM="
	const trace = `^8efc6b2d3b069ca89454d10b9ef00187[0-9a-f]{96}$`
	require.Regexp(t, trace, decode(t, seen))
	require.Regexp(t, trace, decode(t, id.TraceID()))
	require.Len(t, id.TraceID(), len(seen))
}

func TestSame(t *testing.T) {
	id := reqid.NewSource().New(time.Unix(1, 0))
	text, trace := id.String(), id.TraceID()
	again := id
	require.Equal(t, text, again.String())
	require.Equal(t, trace, again.TraceID())
}

// TestUnique: ids differ within a source and between sources, even at a frozen time.
func TestUnique(t *testing.T) {
	at := time.Unix(1795507200, 0)
	var mu sync.Mutex
	seen := make(map[string]bool)
	var wg sync.WaitGroup
	const sources, goroutines, each = 2, 4, 500
	for range sources {
		s := reqid.NewSource()
		for range goroutines {
			wg.Go(func() {
				for range each {
					id := s.New(at)
					mu.Lock()
					seen[id.String()], seen[id.TraceID()] = true, true
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	require.Len(t, seen, 2*sources*goroutines*each)
	for id := range seen {
		require.NotContains(t, id, "\n")
		require.False(t, strings.HasPrefix(id, "AAAA"))
	}
}

// TestFarTimes: each time of the emulator's clock makes a valid id.
func TestFarTimes(t *testing.T) {
	for _, at := range []time.Time{time.Unix(0, 0), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)} {
		plain := decode(t, reqid.NewSource().New(at).String())
		require.Regexp(t, `^[0-9a-f]+_0100007f_[0-9a-f]{5}_[0-9a-f]{7}$`, plain)
	}
}

func TestAllocations(t *testing.T) {
	s, at := reqid.NewSource(), time.Unix(1795507200, 0)
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = s.New(at) }))
	id := s.New(at)
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { _ = id.String() }), 1.0)
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { _ = id.TraceID() }), 1.0)
}

func BenchmarkString(b *testing.B) {
	s, at := reqid.NewSource(), time.Unix(1795507200, 0)
	b.ReportAllocs()
	for b.Loop() {
		_ = s.New(at).String()
	}
}

func BenchmarkTraceID(b *testing.B) {
	id := reqid.NewSource().New(time.Unix(1795507200, 0))
	b.ReportAllocs()
	for b.Loop() {
		_ = id.TraceID()
	}
}

func TestOurs(t *testing.T) {
	require.True(t, reqid.Ours(reqid.NewSource().New(time.Now()).String()))
	for _, text := range []string{
		"", "yesterday", "NjA0NGFjMmFfZTViOTJhMDlfMjA0NDlfNzU0MzM4NQ==", "MDEwMDAwN2Y=",
	} {
		require.False(t, reqid.Ours(text), text)
	}
}
