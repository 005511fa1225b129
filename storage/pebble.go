package storage

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Sizes of the index. It holds a few hundred bytes an object, so small ones
// do; they keep an idle process small.
const (
	indexMemTable  = 1 << 20
	indexCache     = 2 << 20
	indexOpenFiles = 64
)

// pebbleIndex is the Index over Pebble.
type pebbleIndex struct {
	db    *pebble.DB
	write *pebble.WriteOptions
}

// openPebble opens the index in dir of fs. With sync each Apply waits until
// its log record was written to fs; whether that reaches the disk or just the
// operating system is up to fs.
func openPebble(dir string, fs vfs.FS, sync bool, lock *pebble.Lock, log *slog.Logger) (*pebbleIndex, error) {
	cache := pebble.NewCache(indexCache)
	defer cache.Unref()
	opts := &pebble.Options{
		FS:                          fs,
		Lock:                        lock,
		Cache:                       cache,
		MemTableSize:                indexMemTable,
		MemTableStopWritesThreshold: 4,
		MaxOpenFiles:                indexOpenFiles,
		MaxManifestFileSize:         1 << 20,
		FormatMajorVersion:          pebble.FormatValueSeparation,
		Logger:                      pebbleLogger{log},
	}
	opts.Experimental.FileCacheShards = 1
	db, err := pebble.Open(dir, opts)
	if err != nil {
		return nil, err
	}
	ix := &pebbleIndex{db: db, write: pebble.NoSync}
	if sync {
		ix.write = pebble.Sync
	}
	return ix, nil
}

// Get implements Index.
func (ix *pebbleIndex) Get(dst, key []byte) ([]byte, bool, error) {
	v, closer, err := ix.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return dst, false, nil
	}
	if err != nil {
		return dst, false, err
	}
	dst = append(dst, v...)
	return dst, true, closer.Close()
}

// Scan implements Index.
func (ix *pebbleIndex) Scan(lower, upper []byte) (Cursor, error) {
	it, err := ix.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, err
	}
	return pebbleCursor{it}, nil
}

// Apply implements Index.
func (ix *pebbleIndex) Apply(ops ...Op) error {
	b := ix.db.NewBatch()
	for _, op := range ops {
		if err := addOp(b, op); err != nil {
			return errors.Join(err, b.Close())
		}
	}
	if err := b.Commit(ix.write); err != nil {
		return err
	}
	return b.Close()
}

func addOp(b *pebble.Batch, op Op) error {
	switch op.Kind {
	case OpPut:
		return b.Set(op.Key, op.Value, nil)
	case OpDelete:
		return b.Delete(op.Key, nil)
	case OpDeleteRange:
		return b.DeleteRange(op.Key, op.Value, nil)
	}
	return fmt.Errorf("storage: unknown index operation %d", op.Kind)
}

// Close implements Index.
func (ix *pebbleIndex) Close() error { return ix.db.Close() }

// pebbleCursor is a Cursor over Pebble's iterator.
type pebbleCursor struct{ it *pebble.Iterator }

func (c pebbleCursor) Seek(key []byte) bool   { return c.it.SeekGE(key) }
func (c pebbleCursor) Next() bool             { return c.it.Next() }
func (c pebbleCursor) Key() []byte            { return c.it.Key() }
func (c pebbleCursor) Value() ([]byte, error) { return c.it.ValueAndErr() }
func (c pebbleCursor) Close() error           { return c.it.Close() }

// pebbleLogger passes on what a person should see, and keeps quiet about
// flushes and compactions.
type pebbleLogger struct{ log *slog.Logger }

func (l pebbleLogger) Infof(string, ...any) {}

func (l pebbleLogger) Errorf(format string, args ...any) {
	l.log.Warn("index: " + fmt.Sprintf(format, args...))
}

// Fatalf must not return: Pebble calls it when it cannot go on without
// breaking its promise, for example when its log cannot be written. What was
// acknowledged is safe on disk.
func (l pebbleLogger) Fatalf(format string, args ...any) {
	panic("storage: the index cannot go on: " + fmt.Sprintf(format, args...))
}
