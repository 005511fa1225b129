package storage

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/RaduBerinde/btreemap"

	"github.com/cosemu/cosemu/storage/internal/memfs"
)

const (
	// treeDegree is half of how many rows a node holds.
	treeDegree = 32
	// treeAside is the longest batch that is made while readers wait.
	treeAside = 64
	// treePortion is how many rows are taken out of a tree at once.
	treePortion = 256
)

// rows are the rows of a treeIndex: the key of each, whose capacity reaches
// over its value, which thus needs neither a pointer nor memory of its own.
// They are never written again.
type rows = btreemap.BTreeMap[[]byte, struct{}]

func newRows() *rows { return btreemap.New[[]byte, struct{}](treeDegree, bytes.Compare) }

func makeRow(key, value []byte) []byte {
	row := make([]byte, len(key)+len(value))
	copy(row[copy(row, key):], value)
	return row[:len(key)]
}

func rowValue(row []byte) []byte { return row[len(row):cap(row)] }

// rowCost is about what a row takes in bytes, its place in a node included.
func rowCost(row []byte) int64 { return int64(cap(row)) + 64 }

// treeIndex is the Index of a store in memory: a B-tree. A clone of it costs
// nothing until one of the two changes, and then the nodes on the way to the
// change; it shares the others. So a scan has its moment for itself, and no
// lock is held while it is read. A change clones only if a scan is open.
type treeIndex struct {
	write sync.Mutex // held by a batch from its beginning to its end

	// mu is held for as long as a few rows take.
	mu    sync.RWMutex
	tree  *rows
	scans *atomic.Int64 // that are open and see the nodes of tree

	bytes  int64         // what all rows take; a batch's, as is write
	budget *memfs.Budget // where they count; nothing is refused for it here
}

func newTree(b *memfs.Budget) *treeIndex {
	return &treeIndex{tree: newRows(), scans: new(atomic.Int64), budget: b}
}

// Get implements Index.
func (ix *treeIndex) Get(dst, key []byte) (value []byte, found bool, err error) {
	ix.mu.RLock()
	row, _, found := ix.tree.Get(key)
	ix.mu.RUnlock()
	return append(dst, rowValue(row)...), found, nil
}

// Apply implements Index.
func (ix *treeIndex) Apply(ops ...Op) error {
	var few [8][]byte
	made := few[:0]
	long := len(ops) > treeAside
	for i := range ops {
		var row []byte
		switch ops[i].Kind {
		case OpPut:
			row = makeRow(ops[i].Key, ops[i].Value)
		case OpDelete:
		case OpDeleteRange: // of who knows how many
			long = true
		default:
			return fmt.Errorf("storage: unknown index operation %d", ops[i].Kind)
		}
		made = append(made, row)
	}
	ix.write.Lock()
	defer ix.write.Unlock()
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if !long {
		if ix.scans.Load() > 0 {
			ix.tree, ix.scans = ix.tree.Clone(), new(atomic.Int64)
		}
		ix.tree = ix.changed(ix.tree, ops, made)
		return nil
	}
	next := ix.tree.Clone()
	ix.mu.Unlock()
	next = ix.changed(next, ops, made)
	ix.mu.Lock()
	ix.tree, ix.scans = next, new(atomic.Int64)
	return nil
}

// changed makes the changes of a batch to t, or to another tree in its place.
// The rows of those that put one are made already.
func (ix *treeIndex) changed(t *rows, ops []Op, made [][]byte) *rows {
	before := ix.bytes
	for i := range ops {
		switch op := &ops[i]; op.Kind {
		case OpPut:
			ix.bytes += rowCost(made[i])
			if old, _, replaced := t.ReplaceOrInsert(made[i], struct{}{}); replaced {
				ix.bytes -= rowCost(old)
			}
		case OpDelete:
			ix.delete(t, op.Key)
		case OpDeleteRange:
			t = ix.withoutRange(t, op.Key, op.Value)
		}
	}
	ix.budget.Add(ix.bytes - before)
	return t
}

func (ix *treeIndex) delete(t *rows, key []byte) {
	if old, _, found := t.Delete(key); found {
		ix.bytes -= rowCost(old)
	}
}

// withoutRange removes the rows with lower ≤ key < upper. It costs what it
// removes; or, when next to nothing else is there, as in a Reset, what stays.
func (ix *treeIndex) withoutRange(t *rows, lower, upper []byte) *rows {
	var gone [treePortion][]byte
	for removed, look := 0, treePortion; ; {
		n := 0
		t.AscendFunc(btreemap.GE(lower), btreemap.LT(upper), func(row []byte, _ struct{}) bool {
			gone[n] = row
			n++
			return n < len(gone)
		})
		for _, row := range gone[:n] {
			ix.delete(t, row)
		}
		if n < len(gone) {
			return t
		}
		if removed += n; removed < look {
			continue
		}
		look *= 2 // so that all looks together cost less than the removals
		if stay, few := outsideOf(t, lower, upper, removed/8); few {
			t, ix.bytes = newRows(), 0
			for _, row := range stay {
				t.ReplaceOrInsert(row, struct{}{})
				ix.bytes += rowCost(row)
			}
			return t
		}
	}
}

// outsideOf returns the rows outside of a range, if there are at most limit.
func outsideOf(t *rows, lower, upper []byte, limit int) (stay [][]byte, few bool) {
	add := func(row []byte, _ struct{}) bool {
		stay = append(stay, row)
		return len(stay) <= limit
	}
	t.AscendFunc(btreemap.Min[[]byte](), btreemap.LT(lower), add)
	if len(stay) <= limit {
		t.AscendFunc(btreemap.GE(upper), btreemap.Max[[]byte](), add)
	}
	return stay, len(stay) <= limit
}

// Scan implements Index.
func (ix *treeIndex) Scan(lower, upper []byte) (Cursor, error) {
	bounds := makeRow(lower, upper) // the caller's are the caller's again
	c := &treeCursor{lower: bounds, upper: rowValue(bounds)}
	c.take = func(row []byte, _ struct{}) bool {
		c.page = append(c.page, row)
		return len(c.page) < c.size
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	// The head of the tree is the cursor's own, for a clone changes it.
	c.tree, c.scans = *ix.tree, ix.scans
	c.scans.Add(1)
	return c, nil
}

// Close implements Index.
func (ix *treeIndex) Close() error {
	ix.tree = newRows()
	return nil
}
