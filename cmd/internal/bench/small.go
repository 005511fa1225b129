package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
)

const (
	smallBody   = 1 << 10
	connections = 16
)

// variant is a way to run cosemu, and its aim.
type variant struct {
	name  string
	args  []string
	count int     // uploads in a turn
	aim   float64 // the least ratio to the bare server; 0: no aim
	send  sender
}

func (b *bench) smallVariants() []variant {
	disk := func(name string) []string { return []string{"--data", filepath.Join(b.dir, name)} }
	return []variant{
		{"in memory", nil, b.Small, 0.60, raw},
		{"in memory, sent by http.Client", nil, b.Small / 2, 0, client},
		{"in memory, --log-level error", []string{"--log-level", "error"}, b.Small, 0, raw},
		{"on disk", disk("small"), b.Disk, 0.15, raw},
		{"on disk, --log-level error", append(disk("quiet"), "--log-level", "error"), b.Disk, 0, raw},
		{"on disk, --fsync", append(disk("fsync"), "--fsync"), b.Fsync, 0, raw},
	}
}

// measureSmall compares the rates of 1 KiB uploads.
func (b *bench) measureSmall(ctx context.Context) error {
	bare, err := b.startBare(ctx)
	if err != nil {
		return err
	}
	variants := b.smallVariants()
	pairs := make([]*pair, len(variants))
	for i, v := range variants {
		s, err := b.startCosemu(ctx, v.args...)
		if err != nil {
			return err
		}
		pairs[i] = &pair{base: load{server: bare}, other: load{server: s}, send: v.send}
	}
	for round := range b.Rounds + 1 {
		for i, v := range variants {
			// The first turn is a warm-up for connections, pools and the heap of the client.
			if err := pairs[i].turn(ctx, b.signer, fmt.Sprintf("v%d/%d/", i, round), v.count, round > 0); err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
		}
	}
	for i, v := range variants {
		b.add(pairs[i].row(fmt.Sprintf("1 KiB PUT, %d connections, %s", connections, v.name), "bare", v.aim))
	}
	return nil
}

// pair is two servers that get the same requests in turns.
type pair struct {
	base, other load
	send        sender
	ratios      []float64
}

// load is one side of a pair, and the results of its turns.
type load struct {
	*server
	form  uploads   // of its requests; nil: that of the pair
	rates []float64 // requests per second
	costs []float64 // processor time of the server per request, in µs
	own   []float64 // and of the client
}

// uploads makes n uploads of body with new keys.
type uploads func(prefix string, n int, body []byte) ([][]byte, error)

// turn measures both sides once, in alternating order, so that a machine that changes its speed
// favours neither.
func (p *pair) turn(ctx context.Context, q requests, prefix string, n int, counts bool) error {
	all, err := q.uploads(prefix, n, pattern(smallBody))
	if err != nil {
		return err
	}
	steps := []*load{&p.base, &p.other}
	if len(p.ratios)%2 == 1 {
		slices.Reverse(steps)
	}
	for _, l := range steps {
		send := all
		if l.form != nil {
			if send, err = l.form(prefix, n, pattern(smallBody)); err != nil {
				return err
			}
		}
		before, own := l.cpu(), processorTime("self")
		speed, err := rate(ctx, p.send, l.addr, connections, send)
		if err != nil {
			return err
		}
		if counts {
			l.rates = append(l.rates, speed)
			l.costs = append(l.costs, float64(l.cpu()-before)/float64(n)/1e3)
			l.own = append(l.own, float64(processorTime("self")-own)/float64(n)/1e3)
		}
	}
	if counts {
		p.ratios = append(p.ratios, p.other.rates[len(p.ratios)]/p.base.rates[len(p.ratios)])
	}
	return nil
}

// row compares the other side with the base.
func (p *pair) row(what, base string, aim float64) row {
	r := row{
		What: what, Unit: "of " + base, Value: median(p.ratios), Low: slices.Min(p.ratios), High: slices.Max(p.ratios),
		Best: slices.Max(p.other.rates) / slices.Max(p.base.rates), Aim: aim, AtLeast: true, Note: fmt.Sprintf("%.0f/s, %s %.0f/s", median(p.other.rates), base, median(p.base.rates)),
	}
	if cost := median(p.other.costs); cost > 0 && median(p.base.costs) > 0 {
		r.Note += fmt.Sprintf("; processor time each %.1f µs, %s %.1f µs, client %.1f µs", cost, base, median(p.base.costs), median(p.base.own))
		r.Work = (median(p.base.costs) + median(p.base.own)) / (cost + median(p.other.own))
	}
	return r
}

// pattern returns a body of n bytes.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 31 >> 3)
	}
	return b
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}
