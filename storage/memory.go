package storage

import (
	"math"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// leastGiven is what a process has at the least, in bytes, where nobody says.
const leastGiven = 1 << 30

// MemoryGiven is how much memory in bytes this process may use: the limit of
// its cgroup (v1 or v2), or the memory of the machine, whichever is less.
func MemoryGiven() int64 {
	return given(memlimit.FromCgroup, memlimit.FromSystem)
}

// given is the least that the sources know of.
func given(sources ...memlimit.Provider) int64 {
	var least uint64 = math.MaxInt64
	for _, source := range sources {
		if n, err := source(); err == nil && n > 0 {
			least = min(least, n)
		}
	}
	if least == math.MaxInt64 {
		return leastGiven
	}
	return int64(least)
}
