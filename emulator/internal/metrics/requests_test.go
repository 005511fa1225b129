package metrics

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/journal"
)

func TestCount(t *testing.T) {
	r := NewRequests()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				r.Count(&journal.Entry{Operation: "PutObject", Status: 200, Bucket: "b", Key: "k"})
			}
			r.Count(&journal.Entry{
				Operation: "PutObject", Status: 403, Code: "AccessDenied", Diagnosis: []string{"expired", "clock-moved"},
			})
		})
	}
	wg.Wait()
	require.NoError(t, testutil.CollectAndCompare(r, strings.NewReader(`
# HELP cosemu_requests_total Requests since the start of the process, by operation, status, error code and most likely finding. A reset does not change it.
# TYPE cosemu_requests_total counter
cosemu_requests_total{code="",diagnosis="",operation="PutObject",status="200"} 800
cosemu_requests_total{code="AccessDenied",diagnosis="expired",operation="PutObject",status="403"} 8
`)))
}

// TestCountIsBounded: hostile labels take no more memory than many others, and no request is lost.
func TestCountIsBounded(t *testing.T) {
	r := NewRequests()
	const many = 3 * maxSeries
	for i := range many {
		r.Count(&journal.Entry{Status: i % 600, Code: strconv.Itoa(i)})
	}
	require.Equal(t, maxSeries+1, testutil.CollectAndCount(r))
	require.InDelta(t, many-maxSeries, testutil.ToFloat64(r.WithLabelValues(other, "0", other, other)), 0)

	r = NewRequests()
	r.Count(&journal.Entry{Code: strings.Repeat("x", maxLabel+1)})
	r.Count(&journal.Entry{Code: "\xff"})
	r.Count(&journal.Entry{Code: strings.Repeat("x", maxLabel)})
	require.InDelta(t, 2, testutil.ToFloat64(r.WithLabelValues("", "0", other, "")), 0)
	require.InDelta(t, 1, testutil.ToFloat64(r.WithLabelValues("", "0", strings.Repeat("x", maxLabel), "")), 0)
}

// TestInJournal: entries are counted, and hostile ones stay within the bound.
func TestInJournal(t *testing.T) {
	refused := &journal.Entry{Operation: "PutObject", Status: 403, Code: "AccessDenied", Diagnosis: []string{"expired"}}
	require.NoError(t, testutil.CollectAndCompare(InJournal([]*journal.Entry{refused, {Operation: "PutObject", Status: 200}, refused}), strings.NewReader(`
# HELP cosemu_journal_requests Requests of the account in the journal, by operation, status, error code and most likely finding.
# TYPE cosemu_journal_requests gauge
cosemu_journal_requests{code="",diagnosis="",operation="PutObject",status="200"} 1
cosemu_journal_requests{code="AccessDenied",diagnosis="expired",operation="PutObject",status="403"} 2
`)))
	var many []*journal.Entry
	for i := range 2 * maxSeries {
		many = append(many, &journal.Entry{Code: strconv.Itoa(i)})
	}
	require.Equal(t, maxSeries+1, testutil.CollectAndCount(InJournal(many)))
}

func TestCountAllocatesNothing(t *testing.T) {
	r, e := NewRequests(), &journal.Entry{Operation: "PutObject", Status: 200}
	r.Count(e)
	require.Zero(t, testing.AllocsPerRun(100, func() { r.Count(e) }))
}

func BenchmarkCount(b *testing.B) {
	r, e := NewRequests(), &journal.Entry{Operation: "PutObject", Status: 200}
	for b.Loop() {
		r.Count(e)
	}
}
