package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/storage"
)

const (
	// beyondBodies is what the process needs beside the objects, in bytes.
	beyondBodies = 64 << 20
	// heapRoom is how many bytes may be allocated between two collections while
	// less than that is alive: a full journal is then scanned a third as often.
	heapRoom = 96 << 20
	// mostPercent bounds that room by what is alive, so that an idle process
	// stays small.
	mostPercent = 400
)

// limitRuntime tells the garbage collector how many bytes of memory the process
// was given, and lets it run less often while little of that is used. A GOMEMLIMIT
// and a GOGC in the environment win, each over its own part. The returned
// function undoes both.
func limitRuntime(env []string, given int64, st *storage.Store) (undo func()) {
	limit, percent := func() {}, func() {}
	if lang.Lookup(env, "GOMEMLIMIT") == "" {
		_, most := st.Memory()
		before := debug.SetMemoryLimit(runtimeLimit(given, most))
		limit = func() { debug.SetMemoryLimit(before) }
	}
	if lang.Lookup(env, "GOGC") == "" {
		percent = giveRoom()
	}
	return func() { limit(); percent() }
}

// runtimeLimit is nine tenths of the memory given, and never less than the
// objects may take and some more.
func runtimeLimit(given, objects int64) int64 {
	return max(given/10*9, objects+beyondBodies)
}

// giveRoom adapts the collector's percentage after each collection, until undo.
// The limit of the process still holds: near it the runtime collects earlier.
func giveRoom() (undo func()) {
	var (
		mu     sync.Mutex
		undone bool
		live   = []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		before = debug.SetGCPercent(100)
		set    = 100
		adapt  func(struct{})
	)
	adapt = func(struct{}) {
		mu.Lock()
		defer mu.Unlock()
		if undone {
			return
		}
		metrics.Read(live)
		if next := gcPercent(live[0].Value.Uint64()); next < set*9/10 || next > set*10/9 {
			debug.SetGCPercent(next)
			set = next
		}
		// Nothing refers to this object, so that its cleanup runs after the next
		// collection.
		runtime.AddCleanup(new([32]byte), adapt, struct{}{})
	}
	adapt(struct{}{})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		undone = true
		debug.SetGCPercent(before)
	}
}

// gcPercent is the GOGC that goes with so many bytes alive.
func gcPercent(live uint64) int {
	return int(max(100, min(mostPercent, heapRoom*100/max(live, 1))))
}
