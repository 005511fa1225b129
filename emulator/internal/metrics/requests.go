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
		}, []string{"operation", "status", "code", "diagnosis"}),
	}
}

// Count counts a request.
func (r *Requests) Count(e *journal.Entry) {
	l := labels{operation: e.Operation, code: e.Code, status: e.Status}
	if len(e.Diagnosis) > 0 {
		l.diagnosis = e.Diagnosis[0]
	}
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
	for _, text := range []*string{&l.operation, &l.code, &l.diagnosis} {
		if len(r.known) >= maxSeries || len(*text) > maxLabel || !utf8.ValidString(*text) {
			*text = other
		}
	}
	if len(r.known) >= maxSeries {
		l.status = 0
	}
	c, ok := r.known[l]
	if !ok {
		c = r.WithLabelValues(l.operation, strconv.Itoa(l.status), l.code, l.diagnosis)
		r.known[l] = c
	}
	return c
}
