package cli

import (
	"encoding/json"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

func TestRuntimeLimit(t *testing.T) {
	const mib = 1 << 20
	for _, c := range [][3]int64{ // given, max_memory, limit
		{512 * mib, 384 * mib, 512 * mib / 10 * 9},
		{512 * mib, 440 * mib, 504 * mib},
		{512 * mib, 0, 512 * mib / 10 * 9}, // objects in a folder
		{64 * mib, 48 * mib, 112 * mib},
	} {
		require.Equal(t, c[2], runtimeLimit(c[0], c[1]), c)
	}
}

// The collector's limit follows the memory given, unless GOMEMLIMIT was set;
// and the process has its own again afterwards.
func TestLimitRuntime(t *testing.T) {
	st, err := storage.OpenMemory(storage.Options{MaxMemory: 1 << 20})
	require.NoError(t, err)
	defer st.Close()
	own := debug.SetMemoryLimit(-1)
	undo := limitRuntime([]string{"HOME=/", "GOMEMLIMIT="}, storage.MemoryGiven(), st)
	require.Equal(t, runtimeLimit(storage.MemoryGiven(), 1<<20), debug.SetMemoryLimit(-1))
	undo()
	require.Equal(t, own, debug.SetMemoryLimit(-1))
	limitRuntime([]string{"GOMEMLIMIT=1GiB"}, storage.MemoryGiven(), st)()
	require.Equal(t, own, debug.SetMemoryLimit(-1))
}

// Little alive: four times as much may be added; from 24 MiB on 96 MiB; from 96
// MiB on as much again, as Go does by itself.
func TestGCPercent(t *testing.T) {
	const mib = 1 << 20
	for live, want := range map[uint64]int{0: 400, mib: 400, 24 * mib: 400, 32 * mib: 300, 48 * mib: 200, 96 * mib: 100, 400 * mib: 100} {
		require.Equal(t, want, gcPercent(live), live)
	}
}

// The percentage follows the live heap after a collection, unless GOGC was set;
// and the process has its own again afterwards.
func TestGiveRoom(t *testing.T) {
	st, err := storage.OpenMemory(storage.Options{MaxMemory: 1 << 20})
	require.NoError(t, err)
	defer st.Close()
	percent := func() int {
		now := debug.SetGCPercent(100)
		debug.SetGCPercent(now)
		return now
	}
	own := percent()
	undo := limitRuntime([]string{"GOGC="}, storage.MemoryGiven(), st)
	require.Greater(t, percent(), 100, "a test has little alive")
	held := make([]byte, 200<<20)
	require.Eventually(t, func() bool { runtime.GC(); return percent() == 100 }, patience, time.Millisecond)
	runtime.KeepAlive(held)
	require.Eventually(t, func() bool { runtime.GC(); return percent() > 100 }, patience, time.Millisecond)
	undo()
	require.Equal(t, own, percent())
	runtime.GC()
	runtime.GC()
	require.Equal(t, own, percent(), "it adapts no more")
	undo = limitRuntime([]string{"GOGC=70"}, storage.MemoryGiven(), st)
	require.Equal(t, own, percent())
	undo()
}

// max_memory is shown at the start and by /healthz, and holds.
func TestMaxMemory(t *testing.T) {
	s := serveHere(t, []string{"COSEMU_MAX_MEMORY=8MiB"})
	require.Contains(t, s.stdout.String(), "in memory, up to 8.0 MiB")
	status, body := send(t, "GET", "http://"+s.ready.Console+"/healthz", "")
	require.Equal(t, http.StatusOK, status)
	var h struct{ Memory struct{ Max int64 } }
	require.NoError(t, json.Unmarshal([]byte(body), &h), body)
	require.EqualValues(t, 8<<20, h.Memory.Max)
	status, body = send(t, "PUT", s.presign(nil, "--key=a"), strings.Repeat("x", 6<<20))
	require.Equal(t, http.StatusOK, status, body)
	status, body = send(t, "PUT", s.presign(nil, "--key=b"), strings.Repeat("x", 6<<20))
	require.Equal(t, http.StatusServiceUnavailable, status, body)
	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end())
	require.Contains(t, s.stderr.String(), "no space left in memory")

	s = serveHere(t, nil, "--data="+t.TempDir(), "--max-memory=8MiB")
	require.NotContains(t, s.stdout.String(), "up to")
	_, body = send(t, "GET", "http://"+s.ready.Console+"/healthz", "")
	require.NotContains(t, body, "memory")
	status, body = send(t, "PUT", s.presign(nil, "--key=a"), strings.Repeat("x", 9<<20))
	require.Equal(t, http.StatusOK, status, body)
}
