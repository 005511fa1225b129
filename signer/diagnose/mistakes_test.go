//go:build !race

// Under the race detector this test takes minutes, and pure functions give it
// nothing to find; the package's other tests run there.

package diagnose_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer/diagnose"
)

// TestMistakes makes every mistake there is a row for in the requests of every
// SDK, and wants each named.
func TestMistakes(t *testing.T) {
	all := slices.Concat(arrivals(), signings())
	s := &scores{byID: map[diagnose.ID]*score{}}
	t.Run("sdk", func(t *testing.T) {
		for _, f := range loadVectors(t) {
			t.Run(f.SDK, func(t *testing.T) {
				t.Parallel()
				for i := range f.Cases {
					v := &f.Cases[i]
					if !v.Holds {
						continue
					}
					for j := range all {
						m := &all[j]
						if m.every > 1 && (i+j)%m.every != 0 {
							continue
						}
						s.try(t, m, newTrial(t, v))
					}
				}
			})
		}
	})
	s.report(t)
	for i := range all {
		require.NotZero(t, s.of(all[i].want).mutations[all[i].name], "the mutation %q never applies", all[i].name)
	}
	for _, row := range diagnose.Rows() {
		if !row.Accepted {
			sc := s.of(diagnose.ID(row.ID))
			require.NotZero(t, sc.first, "no mutation is named %s", row.ID)
			require.Empty(t, sc.others, "%s, for example %s", row.ID, sc.example)
		}
	}
}
