package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"math"
	"sync"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/google/uuid"

	"github.com/cosemu/cosemu/storage/internal/bilingual"
	"github.com/cosemu/cosemu/storage/internal/blob"
	"github.com/cosemu/cosemu/storage/internal/folder"
	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
	"github.com/cosemu/cosemu/storage/internal/memfs"
)

// Options are the choices for a Store. The zero value is good.
type Options struct {
	// Fsync makes an acknowledged change survive a loss of power, not just
	// the end of the process.
	Fsync bool
	// Inline is the size in bytes up to which a body is kept in the index
	// instead of in a file of its own; 0: every body is a file. At 1 KiB a row
	// takes a tenth of the time of a file, at 4 KiB a quarter, at 8 KiB little
	// less.
	Inline int
	// MaxMemory is what a store in memory may hold, in bytes: bodies, and the
	// rows that name them; 0 is three quarters of MemoryGiven. Beyond it new
	// bodies are refused with ErrMemory. Deleting makes room again.
	MaxMemory int64
	// MemoryGiven is what MemoryGiven returns, for a caller that has asked already;
	// 0: it is asked.
	MemoryGiven int64
	// Log gets what an operator should know; nil for nothing.
	Log *slog.Logger

	sweepBatch  int  // 0 but in tests
	keepOrphans bool // for a rescue: bodies that no row names stay
}

func (o Options) logger() *slog.Logger {
	if o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Log
}

// Store keeps buckets and objects. All methods are safe for concurrent use.
//
// Its methods belong to the embedded types, one for each kind of thing that it keeps. These share
// core, which holds the rows, the bodies and the locks.
type Store struct {
	*core
	buckets
	objects
	uploads
	documents
	damage
}

// parts is what newStore makes a store of. Files and index must be this store's alone.
type parts struct {
	files  *blob.Files
	ix     index.Index
	memory *memfs.Budget // nil: on disk
	full   func() bool   // whether disk or memory is known to be full; nil: never
	cutOff string        // which changes the index has lost; "": none
}

// newStore returns a store. It closes the index when it is closed, but not when
// newStore fails.
func newStore(p parts, o Options) (*Store, error) {
	c := &core{
		files:    p.files,
		ix:       p.ix,
		log:      o.logger(),
		inline:   o.Inline,
		full:     p.full,
		memory:   p.memory,
		problems: problems{log: o.logger()},
		seed:     maphash.MakeSeed(),
		scratch:  sync.Pool{New: func() any { return new(scratch) }},
	}
	if c.full == nil {
		c.full = func() bool { return false }
	}
	s := &Store{core: c, buckets: buckets{c}, objects: objects{c}, uploads: uploads{c}, documents: documents{c}, damage: damage{c}}
	var err error
	if c.fresh, err = checkFormat(p); err != nil {
		return nil, err
	}
	if err := c.loadBuckets(); err != nil {
		return nil, err
	}
	if err := c.ranks.load(c.ix); err != nil {
		return nil, err
	}
	if err := s.recallDamage(); err != nil {
		return nil, err
	}
	if err := s.noteCutOff(p.cutOff); err != nil {
		return nil, err
	}
	clean, err := takeClean(c.ix)
	if err != nil {
		return nil, err
	}
	c.sweep = blob.NewSweeper(c.files, c.named, o.sweepBatch)
	c.sweep.Start(!c.fresh && !clean && !o.keepOrphans && len(c.problems.list) == 0 && c.cutOff == "")
	return s, nil
}

// checkFormat reads the format of the data, or writes it into a fresh index.
func checkFormat(p parts) (fresh bool, err error) {
	const format = folder.Format
	key := keys.Meta("format")
	v, found, err := p.ix.Get(nil, key)
	if err != nil {
		return false, err
	}
	if !found {
		if err := neverUsed(p.files); err != nil {
			return true, err
		}
		return true, p.ix.Apply(index.Op{Kind: index.Put, Key: key, Value: binary.AppendUvarint(nil, format)})
	}
	got, n := binary.Uvarint(v)
	switch {
	case n > 0 && got < format:
		return false, p.ix.Apply(index.Op{Kind: index.Put, Key: key, Value: binary.AppendUvarint(nil, format)})
	case n <= 0:
		return false, fmt.Errorf("%w: format version %x", ErrFormat, v)
	case got > format:
		return false, newerFormat(got)
	}
	return false, nil
}

func newerFormat(got uint64) error {
	return bilingual.Errorf("%w: format version %d was written by a newer cosemu; this one reads up to %d",
		"%w：格式版本 %d 由更新的 cosemu 写入，这个版本最高支持 %d", ErrFormat, got, folder.Format)
}

// newerFile is newerFormat for the format file. The index holds the format, too.
func newerFile(got uint64) error {
	return bilingual.Errorf("%w (if no newer one wrote here, the file %s is damaged: remove it)",
		"%w（如果没有更新的版本写过这里，则是文件 %s 已损坏：请删除它）", newerFormat(got), folder.FormatName)
}

// neverUsed refuses an empty index beside bodies, because it cannot be theirs.
func neverUsed(files *blob.Files) error {
	if !files.OnDisk() {
		return nil
	}
	bodies, err := files.Any()
	if err == nil && bodies {
		err = &DamageError{Faults: []Text{{En: "index/ is empty, and blobs/ holds bodies", Zh: "index/ 是空的，blobs/ 里却有数据"}}}
	}
	return err
}

// takeClean reads and removes the note that the store was closed in order, which
// means that there are no orphans. It removes the note in any case, because that
// puts a change into the new log: from it the next start can tell whether the
// manifest has lost its end.
func takeClean(ix index.Index) (bool, error) {
	key := keys.Meta("clean")
	_, clean, err := ix.Get(nil, key)
	if err != nil {
		return false, err
	}
	return clean, ix.Apply(index.Op{Kind: index.Delete, Key: key})
}

// Memory is what a store in memory holds now, and may hold, in bytes; 0 and 0
// for one on disk.
func (s *Store) Memory() (used, most int64) { return s.memory.Used(), s.memory.Most() }

// named calls use for every body that a row names.
func (s *core) named(use func(id uuid.UUID) error) error {
	cur, err := s.ix.Scan([]byte{0}, []byte{0xff})
	if err != nil {
		return err
	}
	err = eachSegments(cur, func(segs []Segment) error {
		for i := range segs {
			if err := use(segs[i].Blob); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, cur.Close())
}

// leastGiven is the memory in bytes that is assumed where no source tells it.
const leastGiven = 1 << 30

// MemoryGiven is how much memory in bytes this process may use: the limit of
// its cgroup (v1 or v2), or the memory of the machine, whichever is less.
func MemoryGiven() int64 {
	return given(memlimit.FromCgroup, memlimit.FromSystem)
}

// given is the smallest value that the sources report.
func given(sources ...memlimit.Provider) int64 {
	var least uint64 = math.MaxInt64
	for _, source := range sources {
		if n, err := source(); err == nil && n > 0 {
			least = min(least, n)
		}
	}
	if least == math.MaxInt64 {
		return leastGiven
	}
	return int64(least)
}
