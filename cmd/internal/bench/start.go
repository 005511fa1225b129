package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/storage"
)

// measureStart compares the times from exec to the first answer.
func (b *bench) measureStart(ctx context.Context) error {
	filled := filepath.Join(b.dir, "filled")
	if err := fill(filled, b.Stored); err != nil {
		return err
	}
	empty := filepath.Join(b.dir, "empty")
	for _, v := range []struct {
		name  string
		args  []string
		fresh string // a folder to remove after each start
	}{
		{name: "in memory"},
		{name: "on a new folder", args: []string{"--data", empty}, fresh: empty},
		{name: fmt.Sprintf("on a folder of %d objects", b.Stored), args: []string{"--data", filled}},
	} {
		var late, bares []float64
		for round := range b.Starts + 1 {
			bare, err := b.startOnce(b.startBare(ctx))
			if err != nil {
				return err
			}
			took, err := b.startOnce(b.startCosemu(ctx, v.args...))
			if err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
			if v.fresh != "" {
				if err := os.RemoveAll(v.fresh); err != nil {
					return err
				}
			}
			if round > 0 { // the first start reads the binary from the disk
				bares, late = append(bares, bare), append(late, took-bare)
			}
		}
		b.add(row{
			What: "ready " + v.name, Unit: "ms after bare", Value: median(late), Low: slices.Min(late), High: slices.Max(late),
			Aim: 25, Note: fmt.Sprintf("bare %.1f ms", median(bares)),
		})
	}
	return nil
}

// startOnce stops a server that was just started, and returns the time of its start in
// milliseconds.
func (b *bench) startOnce(s *server, err error) (float64, error) {
	if err != nil {
		return 0, err
	}
	return float64(s.ready) / float64(time.Millisecond), b.stop(s)
}

// fill makes a data folder of n small objects, without a server.
func fill(dir string, n int) (err error) {
	st, err := storage.OpenDisk(dir, storage.Options{})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := st.Close(); err == nil {
			err = cerr
		}
	}()
	return fillStore(st, n)
}

// fillStore makes the default bucket and n empty objects in it.
func fillStore(st *storage.Store, n int) error {
	now := time.Now().UTC()
	if err := st.CreateBucket(storage.Bucket{
		Name: config.DefaultBucket, Region: region, Owner: config.DefaultAppID, ACL: "private", Created: now,
	}); err != nil {
		return err
	}
	var wg sync.WaitGroup
	errs := make([]error, fillers)
	for f := range fillers {
		wg.Go(func() {
			for i := f; i < n && errs[f] == nil; i += fillers {
				errs[f] = fillOne(st, listKey(i), now)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// fillers is how many goroutines fill a folder. The index log writes the objects of several in one
// step.
const fillers = 16

// fillOne stores an empty object.
func fillOne(st *storage.Store, key string, now time.Time) error {
	staged, err := st.Stage(0)
	if err != nil {
		return err
	}
	_, err = staged.Commit(config.DefaultBucket, storage.Object{
		Key: key, ETag: "d41d8cd98f00b204e9800998ecf8427e", Modified: now, StorageClass: "STANDARD",
		Header: []storage.Field{{Name: "Content-Type", Value: "application/octet-stream"}},
	}, storage.CommitOptions{})
	return err
}
