package storage

import (
	"bytes"
	"slices"
	"sync/atomic"

	"github.com/RaduBerinde/btreemap"
)

// A cursor takes few rows out of its tree where it is sought, for who seeks
// often wants no more than one, and more the longer it goes on.
const (
	firstPage   = 4
	largestPage = 64
)

// treeCursor is the Cursor of a treeIndex.
type treeCursor struct {
	tree         rows          // whose nodes nobody changes while scans counts it
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
	if len(c.page) < c.size || c.size == 0 { // that was the end, or never begun
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
		*c = treeCursor{} // whoever keeps it keeps no rows
		scans.Add(-1)
	}
	return nil
}
