package index

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
	// shortBatch is the longest batch that is applied under the lock that readers wait for.
	shortBatch = 64
	// removeBatch is how many rows a removal of a range looks up at once.
	removeBatch = 256
)

// rows are the rows of a Tree. Each is one byte string: the key, with the value in the capacity
// behind it. So a row is one allocation and one pointer. It is never written again.
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

// Tree is an Index in memory: a B-tree. A clone shares all nodes until one of
// the two trees changes; then the nodes on the way to the change are copied. So
// a scan keeps the tree of its moment and holds no lock. A change clones the
// tree only while a scan is open.
type Tree struct {
	write sync.Mutex // held by a change from its beginning to its end

	// mu guards tree and scans. It is held for as long as a few rows take.
	mu    sync.RWMutex
	tree  *rows
	scans *atomic.Int64 // open scans that share the nodes of tree

	bytes  int64         // of all rows; guarded by write
	budget *memfs.Budget // counts them
}

// NewTree returns an empty index in memory. Its rows count in b, which may be nil; b refuses none
// of them.
func NewTree(b *memfs.Budget) *Tree {
	return &Tree{tree: newRows(), scans: new(atomic.Int64), budget: b}
}

// Get implements Index.
func (ix *Tree) Get(dst, key []byte) (value []byte, found bool, err error) {
	ix.mu.RLock()
	row, _, found := ix.tree.Get(key)
	ix.mu.RUnlock()
	return append(dst, rowValue(row)...), found, nil
}

// Apply implements Index.
func (ix *Tree) Apply(ops ...Op) error {
	var few [8][]byte
	made := few[:0]
	long := len(ops) > shortBatch
	for i := range ops {
		var row []byte
		switch ops[i].Kind {
		case Put:
			row = makeRow(ops[i].Key, ops[i].Value)
		case Delete:
		case DeleteRange: // may remove any number of rows
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

// changed applies ops to t and returns the tree that holds the result: t, or a
// new one. made holds the rows that the ops put.
func (ix *Tree) changed(t *rows, ops []Op, made [][]byte) *rows {
	before := ix.bytes
	for i := range ops {
		switch op := &ops[i]; op.Kind {
		case Put:
			ix.bytes += rowCost(made[i])
			if old, _, replaced := t.ReplaceOrInsert(made[i], struct{}{}); replaced {
				ix.bytes -= rowCost(old)
			}
		case Delete:
			ix.delete(t, op.Key)
		case DeleteRange:
			t = ix.withoutRange(t, op.Key, op.Value)
		}
	}
	ix.budget.Add(ix.bytes - before)
	return t
}

func (ix *Tree) delete(t *rows, key []byte) {
	if old, _, found := t.Delete(key); found {
		ix.bytes -= rowCost(old)
	}
}

// withoutRange removes the rows with lower ≤ key < upper. When few other rows
// are there, as in a reset, it puts those into a new tree instead, which is
// cheaper than removing row by row.
func (ix *Tree) withoutRange(t *rows, lower, upper []byte) *rows {
	var gone [removeBatch][]byte
	for removed, look := 0, removeBatch; ; {
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
		look *= 2 // so that looking costs less than removing
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
func (ix *Tree) Scan(lower, upper []byte) (Cursor, error) {
	bounds := makeRow(lower, upper) // a copy: the caller may reuse its own
	c := &treeCursor{lower: bounds, upper: rowValue(bounds)}
	c.take = func(row []byte, _ struct{}) bool {
		c.page = append(c.page, row)
		return len(c.page) < c.size
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	// A copy of the tree's head, because Clone changes the head.
	c.tree, c.scans = *ix.tree, ix.scans
	c.scans.Add(1)
	return c, nil
}

// Close implements Index.
func (ix *Tree) Close() error {
	ix.tree = newRows()
	return nil
}
