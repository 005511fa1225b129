package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/cosemu/cosemu/emulator"
)

// pageKeys is the size of a page, the largest of the API.
const pageKeys = 1000

// pageTurns is how many pages of each bucket are read, in turns.
const pageTurns = 100

// listKey returns the key of object i. Keys sort like their numbers.
func listKey(i int) string { return fmt.Sprintf("key-%09d", i) }

// measureListing compares the time of a page in buckets of different sizes.
func (b *bench) measureListing(ctx context.Context) error {
	for _, mode := range []string{"in memory", "on disk"} {
		if err := b.listings(ctx, mode); err != nil {
			return fmt.Errorf("%s: %w", mode, err)
		}
	}
	return nil
}

// listed is a server with a bucket to list, and the times of its pages.
type listed struct {
	*server
	keys   int
	c      *connection
	times  []float64 // of a page in milliseconds
	ratios []float64 // to the page of the first server in the same turn
	cpu    int64     // processor time of the server for all pages, in nanoseconds
}

// listings reads pages of buckets of all sizes in turns, and compares each with the page of the
// smallest bucket.
func (b *bench) listings(ctx context.Context, mode string) error {
	var all []*listed
	for _, keys := range b.Listings {
		began := time.Now()
		l, err := b.listed(ctx, mode == "on disk", keys)
		if err != nil {
			return fmt.Errorf("%d keys: %w", keys, err)
		}
		b.say(fmt.Sprintf("  %d keys %s: filled in %.1f s", keys, mode, time.Since(began).Seconds()))
		all = append(all, l)
	}
	for _, l := range all { // not before: a server closes idle connections
		var err error
		if l.c, err = dial(ctx, l.addr); err != nil {
			return err
		}
	}
	const warm = 5
	for turn := range warm + pageTurns {
		for _, l := range all {
			if err := b.turnPage(l, turn, turn >= warm); err != nil {
				return fmt.Errorf("%d keys: %w", l.keys, err)
			}
		}
		if turn >= warm {
			for _, l := range all {
				l.ratios = append(l.ratios, l.times[turn-warm]/all[0].times[turn-warm])
			}
		}
	}
	for _, l := range all {
		b.add(l.row(mode, all[0]))
		l.c.close()
		if err := b.stop(l.server); err != nil {
			return err
		}
	}
	return nil
}

// turnPage reads a page, a different one in each turn.
func (b *bench) turnPage(l *listed, turn int, counts bool) error {
	before := l.server.cpu()
	took, err := b.page(l.c, turn*7919*pageKeys%l.keys) // a prime, for pages all over the bucket
	if err == nil && counts {
		l.times = append(l.times, took)
		l.cpu += l.server.cpu() - before
	}
	return err
}

func (l *listed) row(mode string, first *listed) row {
	r := row{What: fmt.Sprintf("page of %d out of %d keys, %s", pageKeys, l.keys, mode), Unit: "ms", Value: median(l.times)}
	each := float64(l.cpu) / float64(len(l.times)) / float64(time.Millisecond)
	r.Note = fmt.Sprintf("processor time %.2f ms", each)
	if l == first {
		return r
	}
	r.Note = fmt.Sprintf("%.2f ms; %s", r.Value, r.Note)
	r.Unit, r.Value, r.Aim = fmt.Sprintf("of a page out of %d", first.keys), median(l.ratios), 1.5
	r.Best = slices.Min(l.times) / slices.Min(first.times)
	if first.cpu > 0 {
		r.Work = float64(l.cpu) / float64(first.cpu)
	}
	return r
}

// listed starts a server with a bucket of this many keys. In memory, that is this program, which
// fills its store before it serves: a million uploads would take longer than all other measures.
func (b *bench) listed(ctx context.Context, disk bool, keys int) (*listed, error) {
	if !disk {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		s, err := b.start(ctx, func(addr string) []string {
			return []string{self, childCommand, addr, strconv.Itoa(emulator.DefaultJournalEntries), strconv.Itoa(keys)}
		})
		return &listed{server: s, keys: keys}, err
	}
	dir := filepath.Join(b.dir, "list-"+strconv.Itoa(keys))
	if err := fill(dir, keys); err != nil {
		return nil, err
	}
	s, err := b.startCosemu(ctx, "--data", dir, "--log-level", "error")
	return &listed{server: s, keys: keys}, err
}

// page reads the page that begins with key number at, and returns the time in milliseconds.
func (b *bench) page(c *connection, at int) (float64, error) {
	query := map[string][]string{"max-keys": {strconv.Itoa(pageKeys)}}
	if at > 0 {
		query["marker"] = []string{listKey(at - 1)}
	}
	request, err := b.signer.head(http.MethodGet, "", query, 0)
	if err != nil {
		return 0, err
	}
	var doc bytes.Buffer
	began := time.Now()
	status, err := c.do(request, &doc)
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	if n := bytes.Count(doc.Bytes(), []byte("<Key>")); status != http.StatusOK || n != pageKeys ||
		!bytes.Contains(doc.Bytes(), []byte("<Key>"+listKey(at)+"</Key>")) {
		return 0, fmt.Errorf("status %d and %d keys from %s on", status, n, listKey(at))
	}
	return float64(took) / float64(time.Millisecond), nil
}
