package storage

import (
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGiven: the lower of what the cgroup and the machine say; one that says
// nothing, or that there is no limit, does not count.
func TestGiven(t *testing.T) {
	says := func(n uint64) func() (uint64, error) { return func() (uint64, error) { return n, nil } }
	silent := func() (uint64, error) { return 0, errors.New("no cgroup") }
	require.EqualValues(t, 512, given(says(512), says(1024)))
	require.EqualValues(t, 512, given(says(1024), says(512)))
	require.EqualValues(t, 512, given(silent, says(512)))
	require.EqualValues(t, 512, given(says(512), says(0)))
	require.EqualValues(t, 512, given(says(math.MaxUint64), says(512)))
	require.EqualValues(t, leastGiven, given(silent, silent))
}
