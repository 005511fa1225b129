package index

import (
	"bytes"
	"slices"
	"sync/atomic"

	"github.com/RaduBerinde/btreemap"
)

// A cursor reads rows in pages. The first page after a Seek is small, because most callers want one
// row; the next ones grow.
const (
	firstPage   = 4
	largestPage = 64
)

// treeCursor is the Cursor of a Tree.
type treeCursor struct {
	tree         rows          // its nodes do not change while scans counts this cursor
	scans        *atomic.Int64 // nil: closed
	lower, upper []byte
	size         int // of the page
	page         [][]byte
	at           int
	take         func(row []byte, _ struct{}) bool // adds to page; made once
}

// Seek implements Cursor.
func (c *treeCursor) Seek(key []byte) bool {
	if bytes.Compare(key, c.lower) < 0 {
		key = c.lower
	}
	c.size = firstPage
	return c.load(btreemap.GE(key))
}

// Next implements Cursor.
func (c *treeCursor) Next() bool {
	if c.at+1 < len(c.page) {
		c.at++
		return true
	}
	if len(c.page) < c.size || c.size == 0 { // at the end, or Seek was never called
		c.page, c.at = c.page[:0], 0
		return false
	}
	last := c.page[c.at]
	c.size = min(4*c.size, largestPage)
	return c.load(btreemap.GT(last))
}

func (c *treeCursor) load(from btreemap.LowerBound[[]byte]) bool {
	c.page, c.at = slices.Grow(c.page[:0], c.size), 0
	c.tree.AscendFunc(from, btreemap.LT(c.upper), c.take)
	return len(c.page) > 0
}

// Key implements Cursor.
func (c *treeCursor) Key() []byte {
	row := c.page[c.at]
	return row[:len(row):len(row)]
}

// Value implements Cursor.
func (c *treeCursor) Value() ([]byte, error) { return rowValue(c.page[c.at]), nil }

// Close implements Cursor.
func (c *treeCursor) Close() error {
	if c.scans != nil {
		scans := c.scans
		*c = treeCursor{} // a closed cursor holds no rows in memory
		scans.Add(-1)
	}
	return nil
}
