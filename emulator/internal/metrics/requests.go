// Package metrics counts requests for Prometheus. A name that a client chooses, such as a bucket or
// a key, is never a label.
package metrics

import (
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cosemu/cosemu/emulator/internal/journal"
)

const (
	// maxSeries bounds the memory of the counters. What would be one more is counted as other
	// (choice 752).
	maxSeries = 2000
	// maxLabel is the longest label value in bytes.
	maxLabel = 64
	other    = "other"
)

// Requests counts requests by operation, status, code of the error and most likely finding. It is
// safe for concurrent use, and a [prometheus.Collector].
type Requests struct {
	*prometheus.CounterVec

	mu    sync.RWMutex
	known map[labels]prometheus.Counter
}

// labels are the label values of a counter.
type labels struct {
	operation, code, diagnosis string
	status                     int
}

// NewRequests returns counters without any requests.
func NewRequests() *Requests {
	return &Requests{
		known: map[labels]prometheus.Counter{},
		CounterVec: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cosemu_requests_total",
			Help: "Requests since the start of the process, by operation, status, error code and most likely finding. A reset does not change it.",
		}, labelNames()),
	}
}

func labelNames() []string { return []string{"operation", "status", "code", "diagnosis"} }

// InJournal counts some entries of the journal, by the same labels.
func InJournal(entries []*journal.Entry) prometheus.Collector {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "cosemu_journal_requests",
		Help: "Requests of the account in the journal, by operation, status, error code and most likely finding.",
	}, labelNames())
	known := map[labels]bool{}
	for _, e := range entries {
		l := labelsOf(e)
		if !known[l] {
			l.bound(len(known) >= maxSeries)
			known[l] = true
		}
		g.WithLabelValues(l.values()...).Inc()
	}
	return g
}

func labelsOf(e *journal.Entry) labels {
	l := labels{operation: e.Operation, code: e.Code, status: e.Status}
	if len(e.Diagnosis) > 0 {
		l.diagnosis = e.Diagnosis[0]
	}
	return l
}

// bound replaces what is too long to be a label; all, if full.
func (l *labels) bound(full bool) {
	for _, text := range []*string{&l.operation, &l.code, &l.diagnosis} {
		if full || len(*text) > maxLabel || !utf8.ValidString(*text) {
			*text = other
		}
	}
	if full {
		l.status = 0
	}
}

func (l *labels) values() []string {
	return []string{l.operation, strconv.Itoa(l.status), l.code, l.diagnosis}
}

// Count counts a request.
func (r *Requests) Count(e *journal.Entry) {
	l := labelsOf(e)
	r.mu.RLock()
	c, ok := r.known[l]
	r.mu.RUnlock()
	if !ok {
		c = r.add(l)
	}
	c.Inc()
}

// add returns the counter of labels that are new.
func (r *Requests) add(l labels) prometheus.Counter {
	r.mu.Lock()
	defer r.mu.Unlock()
	l.bound(len(r.known) >= maxSeries)
	c, ok := r.known[l]
	if !ok {
		c = r.WithLabelValues(l.values()...)
		r.known[l] = c
	}
	return c
}
