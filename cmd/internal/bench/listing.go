package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"time"
)

// pageKeys is the size of a page, the largest that the API gives.
const pageKeys = 1000

// pagesTimed bounds how many pages of one bucket are read.
const pagesTimed = 200

// listKey is the name of object i of a bucket that is to be listed; names sort
// as their numbers.
func listKey(i int) string { return fmt.Sprintf("key-%09d", i) }

// measureListing looks whether a page costs the same in a bucket of any size.
func (b *bench) measureListing(ctx context.Context) error {
	for _, mode := range []string{"in memory", "on disk"} {
		var first float64
		for _, keys := range b.Listings {
			page, err := b.listing(ctx, mode == "on disk", keys)
			if err != nil {
				return fmt.Errorf("%s, %d keys: %w", mode, keys, err)
			}
			r := row{
				What: fmt.Sprintf("page of %d out of %d keys, %s", pageKeys, keys, mode), Unit: "ms", Value: page,
			}
			if first == 0 {
				first = page
			} else {
				r.Unit, r.Value, r.Aim = fmt.Sprintf("of a page out of %d", b.Listings[0]), page/first, 1.5
				r.Note = fmt.Sprintf("%.2f ms", page)
			}
			b.add(r)
		}
	}
	return nil
}

// listing returns the median time of a page, in milliseconds.
func (b *bench) listing(ctx context.Context, disk bool, keys int) (float64, error) {
	var args []string
	if disk {
		dir := filepath.Join(b.dir, "list-"+strconv.Itoa(keys))
		if err := fill(dir, keys); err != nil {
			return 0, err
		}
		args = []string{"--data", dir}
	}
	s, err := b.startCosemu(ctx, append(args, "--log-level", "error")...)
	if err != nil {
		return 0, err
	}
	if !disk {
		if err := b.fillByAPI(ctx, s, keys); err != nil {
			return 0, err
		}
	}
	c, err := dial(ctx, s.addr)
	if err != nil {
		return 0, err
	}
	defer c.close()
	var times []float64
	for i := range min(pagesTimed, max(keys/pageKeys, 20)) {
		took, err := b.page(c, i*pageKeys%keys)
		if err != nil {
			return 0, err
		}
		times = append(times, took)
	}
	return median(times), b.stop(s)
}

// page reads the page that begins with key number at, in milliseconds.
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

// fillByAPI uploads n empty objects, for a store that has no folder.
func (b *bench) fillByAPI(ctx context.Context, s *server, n int) error {
	const portion = 50_000
	for from := 0; from < n; from += portion {
		all := make([][]byte, min(portion, n-from))
		for i := range all {
			var err error
			if all[i], err = b.signer.head(http.MethodPut, listKey(from+i), nil, 0); err != nil {
				return err
			}
		}
		if _, err := rate(ctx, raw, s.addr, connections, all); err != nil {
			return err
		}
	}
	return nil
}
