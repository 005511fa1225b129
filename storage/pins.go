package storage

import (
	"sync"

	"github.com/google/uuid"
)

// pins counts who still needs a blob: its writer until the commit, and every
// open reader. A blob that nothing in the index names any more is removed at
// once when nobody holds it, else by the last holder. Inline segments have no
// file and are passed over.
type pins struct {
	mu   sync.Mutex
	held map[uuid.UUID]pin
}

type pin struct {
	holders int
	doomed  bool // to be removed when holders reaches zero
}

func newPins() *pins { return &pins{held: make(map[uuid.UUID]pin)} }

// hold adds a holder to every blob.
func (p *pins) hold(segs ...Segment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range segs {
		if s.Inline {
			continue
		}
		e := p.held[s.Blob]
		e.holders++
		p.held[s.Blob] = e
	}
}

// drop takes a holder off every blob and returns those to be removed now.
func (p *pins) drop(segs ...Segment) (dead []Segment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range segs {
		if s.Inline {
			continue
		}
		e := p.held[s.Blob]
		e.holders--
		if e.holders > 0 {
			p.held[s.Blob] = e
			continue
		}
		delete(p.held, s.Blob)
		if e.doomed {
			dead = append(dead, s)
		}
	}
	return dead
}

// doom marks blobs that the index no longer names and returns those that
// nobody holds, to be removed now.
func (p *pins) doom(segs ...Segment) (dead []Segment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range segs {
		if s.Inline {
			continue
		}
		if e, ok := p.held[s.Blob]; ok {
			e.doomed = true
			p.held[s.Blob] = e
			continue
		}
		dead = append(dead, s)
	}
	return dead
}

// isHeld reports whether anybody holds the blob.
func (p *pins) isHeld(blob uuid.UUID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.held[blob]
	return ok
}

// size is the number of blobs held.
func (p *pins) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.held)
}
