package index

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Sizes of the index. An object takes a few hundred bytes, so small sizes are enough
// and keep an idle process small.
const (
	tableSize    = 4 << 20 // bounds what is read from the log at the next open
	tables       = 2       // one that fills, one on its way to a file
	blockCache   = 8 << 20
	maxOpenFiles = 64
)

// Config says where an index lives.
type Config struct {
	Dir  string
	FS   vfs.FS
	Lock *pebble.Lock // on Dir; nil: Pebble takes it
	Log  *slog.Logger // nil: nothing is logged
	// ReadOnly leaves every file as it is.
	ReadOnly bool

	check folderCheck
	acked *acked // nil: the last acknowledged change is not recorded
}

// folderCheck checks that the files of the index are still in their folder.
type folderCheck interface {
	logThere() error // cheap enough for each change
	there() error
}

// Pebble is an Index over Pebble. Each Apply waits until its log record was
// written to the file system; whether that reaches the disk or just the
// operating system is up to the file system.
type Pebble struct {
	db    *pebble.DB
	log   *pebbleLogger
	check folderCheck // nil: the folder cannot go
	acked *acked
}

// OpenPebble opens or makes an index.
func OpenPebble(c Config) (ix *Pebble, err error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	ix = &Pebble{log: &pebbleLogger{log: c.Log}, check: c.check, acked: c.acked}
	// Pebble takes the memory of its tables out of the cache.
	cache := pebble.NewCache(tables*tableSize + blockCache)
	defer cache.Unref()
	opts := &pebble.Options{
		FS:                          c.FS,
		Lock:                        c.Lock,
		ReadOnly:                    c.ReadOnly,
		Cache:                       cache,
		MemTableSize:                tableSize,
		MemTableStopWritesThreshold: tables,
		MaxOpenFiles:                maxOpenFiles,
		MaxManifestFileSize:         1 << 20,
		// Not the newest: later formats take the end of a log that was never
		// synced for damage, and without DiskConfig.Fsync none is.
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
	ix.db, err = pebble.Open(c.Dir, opts)
	return ix, err
}

// Get implements Index.
func (ix *Pebble) Get(dst, key []byte) ([]byte, bool, error) {
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
func (ix *Pebble) Scan(lower, upper []byte) (Cursor, error) {
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
func (ix *Pebble) Apply(ops ...Op) (err error) {
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
	if ix.check != nil {
		// A change that went to a removed file is lost, so it must not be acknowledged.
		if err := ix.check.logThere(); err != nil {
			err = ix.log.fail(err)
			return errors.Join(fmt.Errorf("%w: %w", ErrUnknown, err), b.Close())
		}
	}
	if ix.acked != nil && b.Count() > 0 {
		ix.acked.note(uint64(b.SeqNum()) + uint64(b.Count()) - 1)
	}
	return b.Close()
}

// Probe reports what is wrong with the index or its folder, if anything is.
func (ix *Pebble) Probe() error {
	if err := ix.log.broken(); err != nil {
		return err
	}
	if ix.check != nil {
		if err := ix.check.there(); err != nil {
			return ix.log.fail(err)
		}
	}
	if e := ix.log.corrupt.Load(); e != nil {
		return *e
	}
	return nil
}

func addOp(b *pebble.Batch, op Op) error {
	switch op.Kind {
	case Put:
		return b.Set(op.Key, op.Value, nil)
	case Delete:
		return b.Delete(op.Key, nil)
	case DeleteRange:
		return b.DeleteRange(op.Key, op.Value, nil)
	}
	return fmt.Errorf("storage: unknown index operation %d", op.Kind)
}

// Tidy writes the index anew without the marks that removed rows leave.
func (ix *Pebble) Tidy() (err error) {
	if err := ix.log.broken(); err != nil {
		return err
	}
	defer ix.log.recovered(&err)
	return ix.db.Compact(context.Background(), []byte{0}, []byte{0xff}, false)
}

// Close implements Index.
func (ix *Pebble) Close() error {
	// A broken index cannot be closed: its files stay open until the process ends.
	if err := ix.log.broken(); err != nil {
		return err
	}
	return ix.db.Close()
}

// pebbleCursor is a Cursor over Pebble's iterator. It keeps the first error, which the iterator
// forgets at its next move.
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

// Back calls use for the rows with lower ≤ key < upper from the last one on. So it reaches the rows
// behind a damaged place, where Scan ends.
func (ix *Pebble) Back(lower, upper []byte, use func(key, value []byte)) error {
	cur, err := ix.Scan(lower, upper)
	if err != nil {
		return err
	}
	it := cur.(*pebbleCursor).it
	for ok := it.Last(); ok; ok = it.Prev() {
		v, err := it.ValueAndErr()
		if err != nil {
			return errors.Join(err, it.Close())
		}
		use(it.Key(), v)
	}
	return it.Close()
}
