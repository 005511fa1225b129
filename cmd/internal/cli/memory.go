package cli

import (
	"runtime/debug"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/storage"
)

// beyondBodies is what the process needs beside the objects, in bytes.
const beyondBodies = 64 << 20

// limitRuntime makes the garbage collector work harder before the memory that
// the process was given is used up. A GOMEMLIMIT in the environment wins. The
// returned function takes the limit back.
func limitRuntime(env []string, st *storage.Store) (undo func()) {
	given := slices.ContainsFunc(env, func(e string) bool {
		name, value, _ := strings.Cut(e, "=")
		return name == "GOMEMLIMIT" && value != ""
	})
	if given {
		return func() {}
	}
	_, most := st.Memory()
	before := debug.SetMemoryLimit(runtimeLimit(storage.MemoryGiven(), most))
	return func() { debug.SetMemoryLimit(before) }
}

// runtimeLimit is nine tenths of the memory given, and never less than the
// objects may take and some more.
func runtimeLimit(given, objects int64) int64 {
	return max(given/10*9, objects+beyondBodies)
}
