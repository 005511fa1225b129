package memfs

import "sync/atomic"

// Budget bounds the memory that files take, in bytes. What it counts is what
// is held: the chunks of all files, what was promised to bodies on their way,
// and what others add. A nil Budget bounds nothing. It is safe for concurrent
// use.
type Budget struct {
	most int64
	used atomic.Int64
}

// NewBudget returns a budget of so many bytes, all of them free.
func NewBudget(most int64) *Budget { return &Budget{most: most} }

// Take takes n bytes if so many are free, and tells whether it did.
func (b *Budget) Take(n int64) bool {
	if b == nil || n <= 0 {
		return true
	}
	for {
		used := b.used.Load()
		if n > b.most-used {
			return false
		}
		if b.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// Add counts n bytes that are taken in any case, or, when n is negative, are
// free again.
func (b *Budget) Add(n int64) {
	if b != nil && n != 0 {
		b.used.Add(n)
	}
}

// Spent tells whether nothing is free.
func (b *Budget) Spent() bool { return b != nil && b.used.Load() >= b.most }

// Used is how many bytes are taken; it can be more than Most, by what was
// added.
func (b *Budget) Used() int64 {
	if b == nil {
		return 0
	}
	return b.used.Load()
}

// Most is how many bytes may be taken; 0: there is no bound.
func (b *Budget) Most() int64 {
	if b == nil {
		return 0
	}
	return b.most
}
