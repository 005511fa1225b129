package memfs

import "sync/atomic"

// Budget bounds the memory that files take, in bytes. It counts the chunks of all
// files, what is set aside for bodies that are being uploaded, and what others
// add. A nil Budget has no bound. It is safe for concurrent use.
type Budget struct {
	most int64
	used atomic.Int64
}

// NewBudget returns a budget of so many bytes, all of them free.
func NewBudget(most int64) *Budget { return &Budget{most: most} }

// Take takes n bytes if so many are free, and reports whether it did.
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

// Add takes n bytes even if they are not free. A negative n frees bytes.
func (b *Budget) Add(n int64) {
	if b != nil && n != 0 {
		b.used.Add(n)
	}
}

// Spent reports whether nothing is free.
func (b *Budget) Spent() bool { return b != nil && b.used.Load() >= b.most }

// Used is how many bytes are taken. Because of Add it can be more than Most.
func (b *Budget) Used() int64 {
	if b == nil {
		return 0
	}
	return b.used.Load()
}

// Most is how many bytes may be taken; 0 means no bound.
func (b *Budget) Most() int64 {
	if b == nil {
		return 0
	}
	return b.most
}
