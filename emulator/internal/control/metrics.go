package control

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/fault"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/metrics"
	"github.com/cosemu/cosemu/storage"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metricsPath has no API version, since Prometheus asks there by default.
const metricsPath = "/metrics"

// metricsCalls answer Prometheus. No metric names a bucket or a key.
type metricsCalls struct {
	*shared
	page http.Handler // the whole server's
}

func newMetricsCalls(s *shared) *metricsCalls {
	r := prometheus.NewRegistry()
	start, version := time.Now(), s.options.Version
	if version == "" {
		version = "devel"
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	r.MustRegister(
		s.emulator.Requests(),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "cosemu_build_info", Help: "Always 1. The version of cosemu and of Go.",
			ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
		}, func() float64 { return 1 }),
		gauge("cosemu_uptime_seconds", "Seconds since the start of the process, by the real clock.",
			func() float64 { return time.Since(start).Seconds() }),
		gauge("cosemu_accounts", "Accounts that were made since the start, without those that were removed.",
			func() float64 { return float64(len(s.emulator.Accounts().List())) }),
		gauge("cosemu_journal_entries", "Requests in the journal.", func() float64 {
			entries, _ := s.emulator.Journal().Len()
			return float64(entries)
		}),
		gauge("cosemu_journal_bytes", "Memory of the journal.", func() float64 {
			_, size := s.emulator.Journal().Len()
			return float64(size)
		}),
		&faultCollector{Plan: s.emulator.Faults()},
		&storedCollector{shared: s},
	)
	return &metricsCalls{s, promhttp.HandlerFor(r, promhttp.HandlerOpts{MaxRequestsInFlight: 4})}
}

// ofAccount is the page of one account: what it has stored, and what the journal has of it. Counters
// of requests would cost memory for each of many thousand accounts (choice 736).
func (c *metricsCalls) ofAccount(appID string) http.Handler {
	r := prometheus.NewRegistry()
	entries := c.emulator.Journal().Select(journal.Filter{Account: appID})
	r.MustRegister(metrics.InJournal(entries), &storedCollector{shared: c.shared, account: appID},
		&faultCollector{c.emulator.Faults(), appID})
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

func (c *metricsCalls) register(api huma.API) {
	huma.Register(api, huma.Operation{
		RejectUnknownQueryParameters: true, // a mistyped account would show the whole server
		Errors:                       []int{http.StatusNotFound},
		OperationID:                  "metrics", Method: http.MethodGet, Path: metricsPath, Tags: []string{"metrics"},
		Summary:     "Metrics for Prometheus: requests by operation, status, code and finding; stored objects; the journal",
		Description: "With account: the buckets and objects of the account, and its requests in the journal.",
		Responses: map[string]*huma.Response{"200": {
			Description: "The text format of Prometheus",
			Content:     map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}, func(_ context.Context, in *AccountInput) (*huma.StreamResponse, error) {
		a, err := c.account(in.Account)
		if err != nil {
			return nil, err
		}
		page := c.page
		if a != nil {
			page = c.ofAccount(a.AppID)
		}
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			r, w := humago.Unwrap(ctx)
			page.ServeHTTP(w, r)
		}}, nil
	})
}

// faultCollector counts faults and their hits: of an account, or "" for all.
type faultCollector struct {
	*fault.Plan
	account string
}

func faultDescs() (planned, hits *prometheus.Desc) {
	return prometheus.NewDesc("cosemu_faults", "Planned faults, those that are used up included.", nil, nil),
		prometheus.NewDesc("cosemu_fault_hits_total", "Requests since the start of the process that met a planned fault. A reset does not change it. "+
			"Of an account: those that met one of its faults which are still listed.", []string{"fault"}, nil)
}

// Describe implements prometheus.Collector.
func (c *faultCollector) Describe(out chan<- *prometheus.Desc) {
	planned, hits := faultDescs()
	out <- planned
	out <- hits
}

// Collect implements prometheus.Collector.
func (c *faultCollector) Collect(out chan<- prometheus.Metric) {
	count, total := c.Len(), c.Hits()
	if c.account != "" {
		list := c.List(c.account)
		count, total = len(list), map[fault.Word]int64{}
		for i := range list {
			total[list[i].Word] += list[i].Hits
		}
	}
	planned, hits := faultDescs()
	out <- prometheus.MustNewConstMetric(planned, prometheus.GaugeValue, float64(count))
	for _, word := range fault.Words() {
		out <- prometheus.MustNewConstMetric(hits, prometheus.CounterValue, float64(total[word]), string(word))
	}
}

// storedCollector counts what is stored. It looks at every object, so it remembers the result: for
// a second at least, and for so long that counting takes a twentieth of the time at most.
type storedCollector struct {
	*shared
	account string // whose; empty: all

	mu      sync.Mutex
	until   time.Time
	buckets int
	objects int
	bytes   int64
}

const (
	storedRest  = time.Second
	storedShare = 20
	storedPage  = 1000
)

// Describe implements prometheus.Collector.
func (c *storedCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range storedDescs() {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *storedCollector) Collect(out chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	desc := storedDescs()
	if start := time.Now(); start.After(c.until) {
		if err := c.count(); err != nil {
			c.log.Error("control: counting objects", "error", err)
			return // the other metrics still help
		}
		c.until = time.Now().Add(max(storedRest, storedShare*time.Since(start)))
	}
	for i, value := range []float64{float64(c.buckets), float64(c.objects), float64(c.bytes)} {
		out <- prometheus.MustNewConstMetric(desc[i], prometheus.GaugeValue, value)
	}
}

func storedDescs() [3]*prometheus.Desc {
	return [3]*prometheus.Desc{
		prometheus.NewDesc("cosemu_buckets", "Buckets.", nil, nil),
		prometheus.NewDesc("cosemu_objects", "Objects. Older versions do not count.", nil, nil),
		prometheus.NewDesc("cosemu_stored_bytes", "Bytes of these objects.", nil, nil),
	}
}

// count looks at every object.
func (c *storedCollector) count() error {
	store := c.emulator.Store()
	buckets, err := c.bucketsOf(c.account)
	if err != nil {
		return err
	}
	objects, size := 0, int64(0)
	for i := range buckets {
		o := storage.ListOptions{Max: storedPage}
		for {
			page, err := store.List(buckets[i].Name, o)
			if errors.Is(err, storage.ErrNoBucket) {
				break // deleted meanwhile
			}
			if err != nil {
				return err
			}
			for i := range page.Objects {
				size += page.Objects[i].Size
			}
			objects += len(page.Objects)
			if !page.Truncated {
				break
			}
			o.Marker = page.NextMarker
		}
	}
	c.buckets, c.objects, c.bytes = len(buckets), objects, size
	return nil
}
