package diagnose_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/testdata/vectors"
)

func loadVectors(tb testing.TB) []vectors.File {
	tb.Helper()
	files, err := vectors.Load()
	require.NoError(tb, err)
	require.Len(tb, files, 12, "one file an SDK")
	return files
}

// score counts what became of the mistakes with one label.
type score struct {
	trials, first, proven, harmless int
	mutations                       map[string]int
	others                          map[diagnose.ID]int // named first in its place
	example                         string
}

type scores struct {
	mu   sync.Mutex
	byID map[diagnose.ID]*score
}

func (s *scores) of(id diagnose.ID) *score {
	if s.byID[id] == nil {
		s.byID[id] = &score{mutations: map[string]int{}, others: map[diagnose.ID]int{}}
	}
	return s.byID[id]
}

func (s *scores) try(t *testing.T, m *mutation, tr *trial) {
	if !m.apply(tr) {
		return
	}
	if m.resign {
		tr.resign()
	}
	r, mistake := tr.run()
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.of(m.want)
	if !mistake {
		sc.harmless++
		return
	}
	sc.trials++
	sc.mutations[m.name]++
	ids := r.IDs()
	if len(ids) == 0 || ids[0] != m.want && !slices.Contains(m.also, ids[0]) {
		first := diagnose.ID("nothing")
		if len(ids) > 0 {
			first = ids[0]
		}
		sc.others[first]++
		sc.example = tr.v.ID + ", " + m.name
		return
	}
	sc.first++
	if r.Findings[0].Proven {
		sc.proven++
	}
	checkReport(t, m, tr, r)
}

// checkReport holds a report against what the client really did.
func checkReport(t *testing.T, m *mutation, tr *trial, r *diagnose.Report) {
	where := tr.v.ID + ", " + m.name
	if !m.observed {
		require.True(t, r.Findings[0].Proven, where)
	}
	for _, f := range r.Findings {
		for _, text := range []string{f.Sentence.En, f.Sentence.Zh, f.Advice.En, f.Advice.Zh} {
			require.NotEmpty(t, text, where)
			require.NotRegexp(t, `(^|[^$])\{(name|signed|arrived|detail)\}`, text, where)
			// What is filled with nothing leaves two blanks, or one before a mark.
			bare := text
			for _, value := range []string{f.Signed, f.Arrived} {
				if value != "" {
					bare = strings.ReplaceAll(bare, value, "x")
				}
			}
			require.NotRegexp(t, `^[ ,.，。]|  | [,;:，。；：]( |$)| \.$|（）|：[。，]`, bare, where)
			require.NotContains(t, text, tr.v.SecretKey, where)
			require.False(t, tr.v.Token != "" && strings.Contains(text, tr.v.Token), where)
		}
		require.False(t, tr.v.Token != "" && strings.Contains(f.Signed+f.Arrived, tr.v.Token), where)
		if f.Proven {
			require.NotNil(t, r.Signed, where)
			require.True(t, f.ID == m.want || slices.Contains(m.also, f.ID), "%s: false proof of %s", where, f.ID)
		}
	}
	if r.Signed == nil || tr.claim != nil {
		return
	}
	if tr.signature == nil {
		require.Equal(t, stringToSign(tr.signTime, tr.signed.String()), r.Signed.StringToSign, where)
	}
	if tr.v.Token == "" {
		require.Equal(t, tr.signed.String(), r.Signed.HttpString, where)
	} else {
		require.NotContains(t, r.Signed.HttpString, signer.Encode(tr.v.Token), where)
	}
}

// report prints the table, and asserts the shares.
func (s *scores) report(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-20s %9s %7s %7s %7s %9s\n", "id", "mutations", "trials", "first", "proven", "harmless")
	trials, first := 0, 0
	for _, row := range diagnose.Rows() {
		if row.Accepted {
			continue
		}
		sc := s.of(diagnose.ID(row.ID))
		fmt.Fprintf(&b, "%-20s %9d %7d %7d %7d %9d", row.ID, len(sc.mutations), sc.trials, sc.first, sc.proven, sc.harmless)
		if len(sc.others) > 0 {
			fmt.Fprintf(&b, "  %v, e.g. %s", sc.others, sc.example)
		}
		b.WriteByte('\n')
		trials, first = trials+sc.trials, first+sc.first
	}
	fmt.Fprintf(&b, "%d of %d mistakes named first\n", first, trials)
	t.Log(b.String())
	require.NotZero(t, trials)
	require.GreaterOrEqual(t, float64(first)/float64(trials), 0.99)
	require.Zero(t, s.of(diagnose.Unknown).proven, "nothing is proven of a wrong secret")
}
