package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Sizes of the index. It takes a few hundred bytes an object, so small ones do
// and keep an idle process small.
const (
	indexTable     = 4 << 20 // bounds what is read from the log at the next open
	indexTables    = 2       // one that fills, one on its way to a file
	indexCache     = 8 << 20 // for blocks of files
	indexOpenFiles = 64
)

// pebbleConfig says where an index lives.
type pebbleConfig struct {
	dir  string
	fs   vfs.FS
	lock *pebble.Lock // on dir; nil: taken by Pebble
	log  *slog.Logger
	// readOnly leaves every file as it is.
	readOnly bool
	// present looks whether the folder is there, logThere whether the log of
	// changes is; nil: they cannot go.
	present, logThere func() error
	acked             *acked // is told of each change; nil: nobody is
}

// pebbleIndex is the Index over Pebble. Each Apply waits until its log record
// was written to the file system; whether that reaches the disk or just the
// operating system is up to the file system.
type pebbleIndex struct {
	db                *pebble.DB
	log               *pebbleLogger
	present, logThere func() error
	acked             *acked
}

func openPebble(c pebbleConfig) (ix *pebbleIndex, err error) {
	always := func() error { return nil }
	ix = &pebbleIndex{log: &pebbleLogger{log: c.log}, present: always, logThere: always, acked: c.acked}
	if c.present != nil {
		ix.present, ix.logThere = c.present, c.logThere
	}
	// Pebble takes the memory of its tables out of the cache.
	cache := pebble.NewCache(indexTables*indexTable + indexCache)
	defer cache.Unref()
	opts := &pebble.Options{
		FS:                          c.fs,
		Lock:                        c.lock,
		ReadOnly:                    c.readOnly,
		Cache:                       cache,
		MemTableSize:                indexTable,
		MemTableStopWritesThreshold: indexTables,
		MaxOpenFiles:                indexOpenFiles,
		MaxManifestFileSize:         1 << 20,
		// Not the newest: later formats take the end of a log that was never
		// synced for damage, and without Options.Fsync none is.
		FormatMajorVersion: pebble.FormatColumnarBlocks,
		Logger:             ix.log,
		EventListener:      &pebble.EventListener{DataCorruption: ix.log.corrupted},
	}
	opts.Experimental.FileCacheShards = 1
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		opts.Levels[i].Compression = func() *sstable.CompressionProfile { return sstable.NoCompression }
	}
	defer ix.log.recovered(&err)
	ix.db, err = pebble.Open(c.dir, opts)
	return ix, err
}

// Get implements Index.
func (ix *pebbleIndex) Get(dst, key []byte) ([]byte, bool, error) {
	if err := ix.log.broken(); err != nil {
		return dst, false, err
	}
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
	if err := ix.log.broken(); err != nil {
		return nil, err
	}
	it, err := ix.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, err
	}
	return &pebbleCursor{it: it}, nil
}

// Apply implements Index.
func (ix *pebbleIndex) Apply(ops ...Op) (err error) {
	if err := ix.log.broken(); err != nil {
		return err
	}
	b := ix.db.NewBatch()
	for _, op := range ops {
		if err := addOp(b, op); err != nil {
			return errors.Join(err, b.Close())
		}
	}
	defer ix.log.recovered(&err)
	if err := b.Commit(pebble.Sync); err != nil {
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	// What went to a file that is no longer there is lost, and nobody is told
	// otherwise.
	if err := ix.logThere(); err != nil {
		err = ix.log.fail(err)
		return errors.Join(fmt.Errorf("%w: %w", ErrUnknown, err), b.Close())
	}
	if ix.acked != nil && b.Count() > 0 {
		ix.acked.note(uint64(b.SeqNum()) + uint64(b.Count()) - 1)
	}
	return b.Close()
}

// probe implements prober.
func (ix *pebbleIndex) probe() error {
	if err := ix.log.broken(); err != nil {
		return err
	}
	if err := ix.present(); err != nil {
		return ix.log.fail(err)
	}
	if e := ix.log.corrupt.Load(); e != nil {
		return *e
	}
	return nil
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

// tidy writes the index anew without what was removed.
func (ix *pebbleIndex) tidy() (err error) {
	if err := ix.log.broken(); err != nil {
		return err
	}
	defer ix.log.recovered(&err)
	return ix.db.Compact(context.Background(), []byte{0}, []byte{0xff}, false)
}

// Close implements Index.
func (ix *pebbleIndex) Close() error {
	// A broken index cannot be closed; all that is left is to end the process.
	if err := ix.log.broken(); err != nil {
		return err
	}
	return ix.db.Close()
}

// pebbleCursor is a Cursor over Pebble's iterator, which forgets an error when it
// is sent elsewhere.
type pebbleCursor struct {
	it  *pebble.Iterator
	err error
}

func (c *pebbleCursor) Seek(key []byte) bool   { return c.err == nil && c.there(c.it.SeekGE(key)) }
func (c *pebbleCursor) Next() bool             { return c.err == nil && c.there(c.it.Next()) }
func (c *pebbleCursor) Key() []byte            { return c.it.Key() }
func (c *pebbleCursor) Value() ([]byte, error) { return c.it.ValueAndErr() }

func (c *pebbleCursor) there(ok bool) bool {
	if !ok {
		c.err = c.it.Error()
	}
	return ok
}

// Close implements Cursor.
func (c *pebbleCursor) Close() error {
	if err := c.it.Close(); err != nil {
		return err
	}
	return c.err
}

// pebbleLogger passes on what a person should see, and keeps quiet about
// flushes and compactions.
type pebbleLogger struct {
	log     *slog.Logger
	fatal   atomic.Pointer[error] // why it cannot go on
	corrupt atomic.Pointer[error] // a file that does not hold what was written
	open    atomic.Bool
	warned  sync.Map // texts that were logged; a background job fails again and again
}

// fatalError says why an index cannot go on.
type fatalError struct {
	text  string
	cause error // nil if Pebble gave none
}

// Unwrap implements errors.
func (e *fatalError) Unwrap() error { return e.cause }

func (e *fatalError) Error() string {
	return "storage: the index cannot go on, restart to use what was acknowledged: " + e.text
}

// Infof implements pebble.Logger.
func (*pebbleLogger) Infof(string, ...any) {}

// Errorf implements pebble.Logger.
func (l *pebbleLogger) Errorf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !l.open.Load() || l.corrupt.Load() != nil {
		return // the error that ends the start says it, or the warning of the damage did
	}
	if _, twice := l.warned.LoadOrStore(format, true); !twice {
		l.log.Warn("storage: index: " + text)
	}
}

// opened says that the index is open: what is wrong with it from now on is logged.
func (l *pebbleLogger) opened() {
	l.open.Store(true)
	if e := l.corrupt.Load(); e != nil {
		l.log.Warn((*e).Error())
	}
}

// corrupted is told of a table whose checksum is wrong.
func (l *pebbleLogger) corrupted(info pebble.DataCorruptionInfo) {
	err := fmt.Errorf("%w: index/%s does not hold what was written; stop the server and run cosemu check",
		ErrDamaged, filepath.Base(info.Path))
	if l.corrupt.CompareAndSwap(nil, &err) && l.open.Load() {
		l.log.Warn(err.Error(), "cause", oneLine(info.Details))
	}
}

// Fatalf implements pebble.Logger. Pebble calls it when it cannot go on
// without breaking its promise, for example when its log cannot be written,
// and it must not return. From then on the index refuses all calls.
func (l *pebbleLogger) Fatalf(format string, args ...any) {
	e := &fatalError{text: fmt.Sprintf(format, args...)}
	for _, arg := range args {
		if err, ok := arg.(error); ok {
			e.cause = err
		}
	}
	_ = l.fail(e)
	panic(e)
}

// fail ends all work of the index. It returns why that ended first.
func (l *pebbleLogger) fail(err error) error {
	if l.fatal.CompareAndSwap(nil, &err) {
		l.log.Error(err.Error())
	}
	return *l.fatal.Load()
}

func (l *pebbleLogger) broken() error {
	if e := l.fatal.Load(); e != nil {
		return *e
	}
	return nil
}

// recovered turns the panic of Fatalf into an error.
func (l *pebbleLogger) recovered(err *error) {
	switch r := recover().(type) {
	case nil:
	case *fatalError:
		*err = fmt.Errorf("%w: %w", ErrUnknown, r)
	default:
		panic(r)
	}
}
